/** Thrown for a format of a version that is not known here. */
export class NewerVersion extends Error {
  constructor(what: string) {
    super(`this ${what} needs a newer version of dead-drop`);
  }
}

/** Thrown for what was made before version 1 was frozen: there is no reader of it. */
export class BeforeVersion1 extends Error {
  constructor(what: string, hint = '') {
    super(`this ${what} is of before version 1${hint}`);
  }
}

/** @throws NewerVersion for a later version than the known one, Error for an earlier one, of which there is none */
export function checkVersion(version: number, known: number, what: string): void {
  if (version > known) throw new NewerVersion(what);
  if (version !== known) throw new Error(`invalid ${what}`);
}
