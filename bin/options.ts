import { InvalidArgumentError, Option } from 'commander';
import { parseSealedId } from '../client/index.ts';

export const IDENTITY_FILE = 'dead-drop.identity';

export function identityOption(): Option {
  return new Option('--identity <file>', 'your identity').default(IDENTITY_FILE).env('DEAD_DROP_IDENTITY');
}

export function passphraseOption(): Option {
  return secretOption('--passphrase-fd', 'read the passphrase from this file descriptor instead of asking');
}

export function wordsOption(): Option {
  return secretOption('--words-fd', 'read the words from this file descriptor instead of asking');
}

/** An option that names the descriptor of a secret. */
export function secretOption(name: string, description: string): Option {
  return new Option(`${name} <number>`, description).argParser(wholeNumber(0, 1023));
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
  return /^-[\w-]{106}=$/.test(argument) ? `:${argument}` : argument;
}

/** Reads a sealed id, or undefined for `-`, which stands for standard input. */
export function sealedIdArgument(text: string): Uint8Array | undefined {
  if (text === '-') return undefined;
  try {
    return parseSealedId(text.replace(/^:/, ''));
  } catch {
    throw new InvalidArgumentError('A sealed id has 108 characters and ends in =.');
  }
}
