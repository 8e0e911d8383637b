/** Something in an app that would record sources, or might. */
export interface Violation {
  /** The construct. */
  readonly path: string;
  /** Its type, and the setting if it is one. */
  readonly what: string;
  readonly rule: string;
  /** Why it harms a source. */
  readonly harm: string;
}

/** One line for whoever deploys. */
export function lineOf({ path, what, rule, harm }: Violation): string {
  return `${path} (${what}): ${rule}: ${harm}`;
}
