import { fstatSync, openSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { readSealedId } from '../node/index.ts';
import { describe, say, Usage } from './terminal.ts';

export const IDENTITY_FILE = 'dead-drop.identity';
export const SIGNING_KEY_FILE = 'dead-drop.signing-key';

export function identityOption(): Option {
  return new Option('--identity <file>', 'your identity').default(IDENTITY_FILE).env('DEAD_DROP_IDENTITY');
}

export function passphraseOption(): Option {
  return secretOption('--passphrase-fd', 'read the passphrase from this file descriptor instead of asking');
}

export function wordsOption(): Option {
  return secretOption('--words-fd', 'read the words from this file descriptor instead of asking');
}

/** The file that a signing key is in, and how its passphrase comes. @param isNew - the default, where it is to be made */
export function signingKeyOptions(command: Command, isNew?: string): Command {
  const what =
    isNew === undefined ? 'signing key of the identity, when it is in a file of its own' : 'where to keep it';
  return command
    .addOption(new Option('--signing-key <file>', what).default(isNew))
    .addOption(
      secretOption('--signing-key-passphrase-fd', 'read the passphrase of the signing key from this descriptor'),
    );
}

/** An option that names the descriptor of a secret. */
export function secretOption(name: string, description: string): Option {
  return new Option(`${name} <number>`, description).argParser(wholeNumber(0, 1023));
}

/** Gives each option that takes the descriptor of a secret a sibling that takes its file, in a command and those below. */
export function addSecretFiles(command: Command): void {
  for (const below of command.commands) addSecretFiles(below);
  for (const { long, description, attributeName } of command.options.filter(({ long }) => long?.endsWith('-fd'))) {
    const name = fileOptionOf(long!);
    const what = description.replace(/this (file )?descriptor/, 'this file, or from standard input for -');
    const option = new Option(`${name} <file>`, what).argParser(openSecret);
    const fd = attributeName.call({ name: () => long!.slice(2), negate: false });
    option.attributeName = () => fd; // once it is open, it is a descriptor as any other
    command.addOption(option);
  }
}

/** The option of a secret's file beside that of its descriptor: `--words-file` beside `--words-fd`. */
export function fileOptionOf(option: string): string {
  return option.replace(/-fd$/, '-file');
}

/** Opens the file of a secret, or takes standard input for `-`. @returns a descriptor */
function openSecret(path: string): number {
  if (path === '-') return 0;
  try {
    const fd = openSync(path, 'r');
    const stat = fstatSync(fd);
    if (stat.isDirectory()) throw new Error('a folder');
    if (stat.isFile() && (stat.mode & 0o077) !== 0)
      say('others on this machine may read the file of that secret: chmod 600 takes that from them');
    return fd;
  } catch {
    throw new Usage('the file of a secret cannot be read'); // what was given may be the secret itself
  }
}

/** Reads a whole number in a range, and nothing that merely begins like one. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d{1,9}$/.test(text) || number < least || number > most) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return number;
  };
}

/** Reads how many letters for nobody a drop sends in a minute: what the construct takes. */
export function decoyRate(text: string): number {
  const number = Number(text);
  if (!/^\d{1,3}(\.\d{1,6})?$/.test(text) || number > 100) {
    throw new InvalidArgumentError('It must be a number from 0 to 100, like 30 or 0.5.');
  }
  return number;
}

/** Makes a parser's own error one of wrong usage, with what it accepts. */
export function checked<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(`${(error as Error).message}.`);
    }
  };
}

const UNIT_SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Reads a duration such as `90m`, `6h` or `2d`, of at most some days. @returns milliseconds */
export function duration(mostDays: number, leastDays = 0): (text: string) => number {
  return (text) => {
    const [, digits, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
    const seconds = Number(digits) * UNIT_SECONDS[(unit ?? 's') as keyof typeof UNIT_SECONDS];
    if (unit === undefined || seconds > mostDays * 86_400 || seconds < leastDays * 86_400) {
      const least = leastDays > 0 ? `at least ${leastDays}d and ` : '';
      throw new InvalidArgumentError(`It must be like 90m, 6h or 2d, and ${least}at most ${mostDays}d.`);
    }
    return seconds * 1000;
  };
}

/** One sealed id in 64 begins with a hyphen and would pass for an option. A colon in front, and it does not. */
export function shieldSealedId(argument: string): string {
  try {
    if (!argument.startsWith('-')) return argument;
    readSealedId(argument);
    return `:${argument}`;
  } catch {
    return argument;
  }
}

/** Reads a sealed id, or undefined for `-`, which stands for standard input. */
export function sealedIdArgument(text: string): Uint8Array | undefined {
  if (text === '-') return undefined;
  try {
    return readSealedId(text);
  } catch (error) {
    throw new Usage(describe(error)); // without what was given, which the parser's own error repeats
  }
}
