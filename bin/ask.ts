import { createReadStream, openSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { isatty, ReadStream, WriteStream } from 'node:tty';
import { MAILBOX_WORDS, withoutEnds, wordsIn } from '../node/index.ts';
import { fileOptionOf } from './options.ts';
import { Usage } from './terminal.ts';
import { type Screen, type Typing, typist } from './typing.ts';

/** Whether standard input was a secret: then it is no letter and no sealed id. */
export let isInputTaken = false;

/** A secret that a person is asked for, or that a script hands over on a file descriptor. */
export interface SecretPrompt {
  /** As the person knows it, like `Passphrase`. */
  readonly name: string;
  /** The option that names the descriptor. */
  readonly option: string;
  readonly fd: number | undefined;
  readonly signal: AbortSignal;
  /** Whether it is asked for twice. */
  readonly isNew?: boolean;
}

/**
 * A secret, from a file descriptor up to its end (a byte order mark in front and line ends behind it do not count), or asked
 * for on the terminal, twice when it is new. To be wiped by the caller.
 *
 * @throws Usage when there is neither, Error when it is empty or was mistyped
 */
export async function secret({ name, option, fd, signal, isNew }: SecretPrompt): Promise<Uint8Array> {
  const fileOption = fileOptionOf(option);
  const empty = () => new Error(`nothing was given for: ${name.toLowerCase()}`);
  if (fd !== undefined) {
    // Its own line editing would show a secret, and cut a long one.
    if (isatty(fd)) throw new Usage('that is the terminal: leave the option out, and you are asked');
    if (fd === 0 && isInputTaken)
      throw new Usage('standard input was a secret already: give the other one in a file of its own');
    if (fd === 0) isInputTaken = true;
    const bytes = await buffer(createReadStream('', { fd, autoClose: false, signal })).catch(() => {
      signal.throwIfAborted();
      throw new Usage(
        `file descriptor ${fd} cannot be read: open it in the shell, as in ${fd}< secret.txt, or give a file with ${fileOption}`,
      );
    });
    const given = withoutEnds(bytes);
    if (given.length === 0) throw empty();
    return given;
  }
  if (!hasTerminal()) {
    throw new Usage(
      `there is no terminal to ask for the ${name.toLowerCase()}: give it with ${fileOption} or ${option}`,
    );
  }
  // Twelve words may be pasted from a sheet, one on a line; a line with nothing ends them in any case.
  const isWhole = (typed: string) =>
    option !== '--words-fd' || wordsIn(typed).length >= MAILBOX_WORDS || /(^|\n)\s*$/.test(typed);
  const askFor = (what: string) => type({ prompt: `${what} (it does not show): `, isHidden: true, isWhole, signal });
  const first = await askFor(name);
  if (first === '') throw empty();
  if (isNew && (await askFor('The same once more')) !== first) throw new Error('the two differ: nothing was made');
  return Buffer.from(first);
}

/** Asks for yes or no on the terminal. @returns false where there is none, or anything but yes was typed */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  return hasTerminal() && /^y(es)?$/i.test(await ask(`${question} (yes or no) `, signal));
}

/** Asks something on the terminal. @returns what was typed, without what stands around it */
export async function ask(question: string, signal: AbortSignal): Promise<string> {
  return (await type({ prompt: question, signal })).trim();
}

/** A text of any length that is typed on the terminal, up to Ctrl-D. @param heading - lines above it */
export function typedText(signal: AbortSignal, heading = ''): Promise<string> {
  return type({ isText: true, heading, signal });
}

/**
 * Whether there is somebody to be asked: who sees standard error, and types on standard input or, where data comes from
 * that, on the terminal that the command was started from.
 */
export function hasTerminal(): boolean {
  return process.stderr.isTTY && keyboard() !== undefined;
}

let opened: { readonly keyboard: ReadStream | undefined } | undefined;

function keyboard(): ReadStream | undefined {
  opened ??= { keyboard: process.stdin.isTTY ? process.stdin : openKeyboard() };
  return opened.keyboard;
}

/** Windows has no such name, and a command there asks on standard input only. */
function openKeyboard(): ReadStream | undefined {
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    return undefined;
  }
}

/** Where what is typed shows: the terminal, and never a file that standard error goes to. */
export function screen(stderr: Screen & { readonly isTTY?: boolean } = process.stderr, path = '/dev/tty'): Screen {
  if (stderr.isTTY) return stderr;
  try {
    return new WriteStream(openSync(path, 'w'));
  } catch {
    return { write: () => true };
  }
}

let reader: ((typing: Typing) => Promise<string>) | undefined;

function type(typing: Typing): Promise<string> {
  reader ??= typist(keyboard()!, screen());
  return reader(typing);
}
