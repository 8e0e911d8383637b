import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import {
  type Contact,
  type Draft,
  type IdentityStore,
  newUnsentFile,
  openUnsentFile,
  Unreachable,
  type UnsentFile,
  type UnsentKind,
  type UnsentLetter,
  unsentKey,
  unsentKindOf,
  unsentOf,
} from '../node/index.ts';
import { secret } from './ask.ts';
import { signal } from './interruption.ts';
import { say, Usage } from './terminal.ts';

/** What keeping a letter until it is sent needs. */
export interface UnsentOptions {
  readonly state?: string;
  readonly resume?: string;
  readonly passphraseFd?: number;
  /** Milliseconds. */
  readonly over?: number;
}

/** Which command goes on with what is kept. */
const RESUMED_BY: Record<UnsentKind, string> = {
  'unsent letter': 'send',
  'unsent upload': 'upload',
  'unsent answer': 'reply',
  'unsent invitation': 'desk update',
};

/** Gives a command that sends something the option that keeps what is left of it. @param under - what it is encrypted under */
export function stateOption(command: Command, under: string): Command {
  const what = `keep what is needed to go on after an interruption in this new file, under ${under}`;
  return command.option('--state <file>', what);
}

/** Gives a command the option that goes on. @param conflicts - options of what is begun with it, by their attributes */
export function resumeOption(command: Command, what: string, conflicts: string[] = []): Command {
  return command.addOption(new Option('--resume <file>', what).conflicts(['state', ...conflicts]));
}

/** @throws Error when no such file can be made: before anything is asked for, changed or sent */
export function checkNewState({ state }: UnsentOptions): void {
  if (state === undefined) return;
  const path = resolve(state);
  if (existsSync(path)) throw new Error('there is a file of that name: an unsent letter is kept in a new one');
  try {
    accessSync(join(dirname(path), '/'), constants.W_OK);
  } catch {
    throw new Error('no file can be made in the folder of --state: name one that is there, and that you may write to');
  }
}

/**
 * Asks for the passphrase of --state, if there is one. Before anybody writes a text: standard input ends with that.
 *
 * @returns what then keeps a letter in that file
 * @throws Error when there is a file of that name
 */
export async function unsentKeeper(kind: 'unsent letter' | 'unsent upload', options: UnsentOptions) {
  const { state, passphraseFd } = options;
  if (state === undefined) return undefined;
  checkNewState(options);
  const name = 'New passphrase for the unsent letter';
  const passphrase = await secret({ name, option: '--passphrase-fd', fd: passphraseFd, signal, isNew: true });
  return (contact: Contact, draft: Draft, paths: readonly string[]): Promise<UnsentFile> =>
    keepNew(kind, passphrase, { ...draftOf(draft, paths), contact }, options).finally(() => passphrase.fill(0));
}

/** Keeps something new under the keys of whoever sends it. @returns undefined without --state */
export async function keepUnder(
  held: IdentityStore,
  kind: 'unsent answer' | 'unsent invitation',
  letter: UnsentLetter,
  options: UnsentOptions,
): Promise<UnsentFile | undefined> {
  if (options.state === undefined) return undefined;
  const key = unsentKey(held.current());
  return keepNew(kind, key, letter, options).finally(() => key.fill(0));
}

function keepNew(
  kind: UnsentKind,
  key: Uint8Array,
  letter: UnsentLetter,
  { state, over }: UnsentOptions,
): Promise<UnsentFile> {
  const end = over === undefined ? undefined : Date.now() + over;
  return newUnsentFile(state!, kind, key, { end, ...letter, over });
}

/** A draft whose files can be found again. @throws Error when one cannot */
export function draftOf(draft: Draft, paths: readonly string[]): ReturnType<typeof unsentOf> {
  if (paths.some((path) => path.startsWith('/proc/')))
    throw new Error('the name of a file is not UTF-8, and it could not be found again later: rename it');
  const absolute = paths.map((path) => resolve(path));
  return unsentOf(draft, absolute);
}

/** Opens the file of a letter that was interrupted. @throws Error when it is none, or the passphrase is wrong */
export async function openUnsent(
  path: string,
  kind: 'unsent letter' | 'unsent upload',
  { passphraseFd }: UnsentOptions,
): Promise<UnsentFile> {
  await checkKind(path, kind);
  const name = 'Passphrase of the unsent letter';
  const passphrase = await secret({ name, option: '--passphrase-fd', fd: passphraseFd, signal });
  const unsent = await openKept(path, kind, passphrase);
  if (unsent === null) throw new Error('wrong passphrase, or the file is damaged');
  return unsent;
}

/** Opens what is kept under somebody's keys. @throws Error when it is none, or under those of somebody else */
export async function openUnder(
  held: IdentityStore,
  path: string,
  kind: 'unsent answer' | 'unsent invitation',
): Promise<UnsentFile> {
  const unsent = await openKept(path, kind, unsentKey(held.current()));
  if (unsent === null) throw new Error('it was begun with other keys than these, or the file is damaged');
  return unsent;
}

function openKept(path: string, kind: UnsentKind, key: Uint8Array): Promise<UnsentFile | null> {
  return openUnsentFile(path, kind, key)
    .catch((error: NodeJS.ErrnoException) => {
      throw error.code === undefined ? error : unreadable();
    })
    .finally(() => key.fill(0));
}

const unreadable = () => new Error('the file of the unsent letter cannot be read');

/** Before anything is asked for. @throws Usage when another command goes on with what a file keeps */
export async function checkKind(path: string, kind: UnsentKind): Promise<void> {
  const found = await unsentKindOf(path).catch(() => {
    throw unreadable();
  });
  if (found === undefined || found === kind) return; // what is nothing unsent is told when it is read
  throw new Usage(`that file keeps an ${found}: dead-drop ${RESUMED_BY[found]} --resume goes on with it`);
}

/** What is said of something whose rest is kept. */
export function keptWords(kind: UnsentKind): string {
  return `what is left of it is kept: dead-drop ${RESUMED_BY[kind]} --resume goes on with it`;
}

/** Whether what ended a command leaves something to go on with. The system's own error is of the file that keeps it. */
export function canGoOn(error: unknown): boolean {
  const isSystems = (error as NodeJS.ErrnoException).errno !== undefined;
  return error instanceof Unreachable || isSystems || signal.aborted;
}

/** Removes the file of what is sent. */
export async function removeSent(unsent: UnsentFile | undefined): Promise<void> {
  await unsent
    ?.remove()
    .catch(() => say('its file is of no use any more, and cannot be removed: do that yourself, and do not resume it'));
}
