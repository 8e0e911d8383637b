import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { derive } from '../core/keys/derive.ts';
import type { Epoch } from '../core/keys/epoch.ts';
import { SEED_BYTES } from '../core/keys/epoch.ts';
import type { Identity } from '../core/keys/identity.ts';
import { openMailbox } from '../core/keys/mailbox.ts';
import { STRETCHING } from '../core/keys/stretching.ts';
import { parseWords } from '../core/keys/words.ts';
import { unlockIdentity } from '../node/keys/identity-file.ts';
import { argon2id } from '../node/platform.ts';
import { parseArmor } from '../wire/armor.ts';
import { reader } from '../wire/cursor.ts';
import { type CommandOptions, command, type Ended } from './command.ts';

/** What must not lie on a disk, by what it is. */
export type Sentinels = Map<string, Uint8Array>;

/** A text that occurs nowhere else: 40 characters of it random, some that JSON and UTF-8 spell otherwise at both ends. */
export const marked = (what: string): string =>
  `"${what}" \\ ä € ${randomBytes(20).toString('hex')} "${randomBytes(10).toString('hex')}" \\ end\n`;

/** A secret in letters, such as a passphrase. */
export const secretWord = (what: string): string => `${drawn()} ${what} ${drawn()}`;

const drawn = () => randomBytes(16).toString('base64url');

/** How much of a sentinel's beginning and end is looked for: a part of one is a find, too. */
const PIECE_BYTES = 16;

/** Every spelling under which bytes are looked for. */
export function formsOf(sentinel: Uint8Array): Map<string, Buffer> {
  const forms = new Map<string, Buffer>();
  const whole = Buffer.from(sentinel);
  const pieces = { beginning: whole.subarray(0, PIECE_BYTES), end: whole.subarray(-PIECE_BYTES) };
  for (const [which, piece] of Object.entries(pieces)) {
    const add = (form: string, bytes: Buffer | string) => forms.set(`${form}, ${which}`, Buffer.from(bytes as string));
    const text = piece.toString();
    const hex = piece.toString('hex');
    add('as it is', piece);
    add('reversed', Buffer.from(piece).reverse());
    add('hex', hex);
    add('HEX', hex.toUpperCase());
    add('hex with blanks', hex.match(/../g)!.join(' '));
    add('numbers', piece.join(','));
    add('numbers by name', [...piece].map((byte, i) => `"${i}":${byte}`).join(',')); // a typed array in JSON
    if (Buffer.from(text).equals(piece)) {
      add('UTF-16LE', Buffer.from(text, 'utf16le'));
      add('JSON', JSON.stringify(text).slice(1, -1));
      add(
        'ASCII JSON',
        JSON.stringify(text)
          .slice(1, -1)
          .replace(/[^ -~]/g, escaped),
      );
      add('percent', encodeURIComponent(text));
    }
    for (const before of [0, 1, 2]) {
      // Characters that depend on what stands before and behind are left out.
      const padded = Buffer.concat([Buffer.alloc(before), piece]);
      const [from, to] = [Math.ceil((8 * before) / 6), Math.floor((8 * padded.length) / 6)];
      for (const alphabet of ['base64', 'base64url'] as const) {
        add(`${alphabet} at ${before}`, padded.toString(alphabet).slice(from, to));
      }
    }
  }
  return forms;
}

const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Looks for any number of byte strings at once. @returns which of them occur */
export function finder(needles: readonly Buffer[]): (content: Uint8Array) => Set<Buffer> {
  const starts = new Uint8Array(2 ** 24);
  const byStart = new Map<number, Buffer[]>();
  const startAt = (bytes: Uint8Array, at: number) => (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
  for (const needle of needles) {
    const start = startAt(needle, 0);
    starts[start] = 1;
    byStart.set(start, [...(byStart.get(start) ?? []), needle]);
  }
  return (content) => {
    const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    const found = new Set<Buffer>();
    for (let at = 0; at + 2 < bytes.length; at += 1) {
      const start = startAt(bytes, at);
      if (starts[start] === 0) continue;
      for (const needle of byStart.get(start)!) {
        if (bytes.subarray(at, at + needle.length).equals(needle)) found.add(needle);
      }
    }
    return found;
  };
}

/** Looks for sentinels, any number of times: there may be more of them each time. */
export interface Searcher {
  /** In all files below a folder and in their names. @returns finds like `passphrase @ jane/cwd/file` */
  files(): Set<string>;
  /** In some bytes. @returns what was found */
  bytes(content: Uint8Array): Set<string>;
}

export function searcher(root: string, sentinels: Sentinels): Searcher {
  const owners = new Map<Buffer, string>();
  let find = finder([]);
  let known = '';
  /** What was found in a file, by all that changes when it does. */
  const found = new Map<string, Set<Buffer>>();
  const renew = () => {
    const now = [...sentinels].map(([name, bytes]) => `${name} ${Buffer.from(bytes).toString('hex')}`).join();
    if (now === known) return;
    known = now;
    found.clear();
    owners.clear();
    for (const [name, sentinel] of sentinels) for (const form of formsOf(sentinel).values()) owners.set(form, name);
    find = finder([...owners.keys()]);
  };
  const inFile = (path: string): Set<Buffer> => {
    const { size, ino, mtimeNs, ctimeNs } = lstatSync(path, { bigint: true });
    const stamp = [path, size, ino, mtimeNs, ctimeNs].join();
    const before = found.get(stamp);
    if (before !== undefined) return before;
    const content = readFileSync(path);
    // What is armoured or wrapped has line breaks anywhere.
    const isText = content.includes(0x0a) && !content.includes(0);
    const hits = new Set([...find(content), ...(isText ? find(content.filter((byte) => byte > 0x20)) : [])]);
    found.set(stamp, hits);
    return hits;
  };
  const files = () => {
    renew();
    const hits = new Set<string>();
    const walk = (folder: string) => {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        const needles = [...find(Buffer.from(entry.name)), ...(entry.isFile() ? inFile(path) : [])];
        for (const needle of needles) hits.add(`${owners.get(needle)} @ ${relative(root, path)}`);
        if (entry.isDirectory()) walk(path);
      }
    };
    walk(root);
    return hits;
  };
  const bytes = (content: Uint8Array) => {
    renew();
    return new Set([...find(content)].map((needle) => owners.get(needle)!));
  };
  return { files, bytes };
}

/** Somebody with a home, a folder for temporary files, and all the others that programs write to, each of their own. */
export interface Person {
  readonly root: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs a command there. */
  run(args: readonly string[], options?: Partial<CommandOptions>): Promise<Ended>;
}

const FOLDERS = {
  HOME: 'home',
  TMPDIR: 'tmp',
  XDG_CONFIG_HOME: 'config',
  XDG_CACHE_HOME: 'cache',
  XDG_DATA_HOME: 'data',
  XDG_STATE_HOME: 'state',
  XDG_RUNTIME_DIR: 'runtime',
} as const;

/** Where some people are, each in a folder of their own. @param root - is there already when it was copied */
export function people<Name extends string>(root: string, ...names: Name[]): Record<Name, Person> {
  const at = (name: string): Person => {
    const folders = Object.fromEntries(Object.entries(FOLDERS).map(([key, dir]) => [key, join(root, name, dir)]));
    const cwd = join(root, name, 'cwd');
    for (const path of [...Object.values(folders), cwd]) mkdirSync(path, { recursive: true, mode: 0o700 });
    const env = { ...folders, NODE_DISABLE_COMPILE_CACHE: '1' }; // which tests have for speed, and nobody else
    return { root: join(root, name), cwd, env, run: (args, options) => command(args, { cwd, env, ...options }) };
  };
  return Object.fromEntries(names.map((name) => [name, at(name)])) as Record<Name, Person>;
}

/** Adds the secrets of an identity file, and what is derived from them. @returns the identity */
export async function addIdentity(
  sentinels: Sentinels,
  whose: string,
  path: string,
  passphrase: string,
): Promise<Identity> {
  const text = readFileSync(path, 'utf8');
  const unlocked = await unlockIdentity(text, Buffer.from(passphrase));
  if (unlocked === null) throw new Error(`${whose}'s passphrase is another one`);
  sentinels.set(`${whose}'s stretched passphrase`, await stretchedFor(text, 'IDENTITY', passphrase));
  addSecrets(sentinels, whose, unlocked.identity);
  return unlocked.identity;
}

/** The key of a locked file: what its passphrase gives with what stands in the clear behind the version. */
export async function stretchedFor(text: string, label: string, passphrase: string): Promise<Uint8Array> {
  const next = reader(parseArmor(`DEAD DROP ${label}`, text).subarray(1));
  const stretching = { memoryKibibytes: next.uint32(), passes: next.uint32(), lanes: next.uint32() };
  const stretched = await argon2id(Buffer.from(passphrase), next.bytes(16), stretching);
  return derive(stretched, 'file key');
}

function addSecrets(sentinels: Sentinels, whose: string, { signing, storageKey, epochs, members }: Identity): void {
  const add = (what: string, secret: Uint8Array) => sentinels.set(`${whose}'s ${what}`, Uint8Array.from(secret));
  if (signing.secretKey) add('identity seed', signing.secretKey.subarray(0, SEED_BYTES));
  add('storage key', storageKey);
  add('inbox key', derive(storageKey, 'inbox'));
  for (const epoch of epochs) for (const [what, secret] of secretsOf(epoch)) add(what, secret);
  for (const { name, secret } of members ?? []) {
    if (secret) add('member secret', secret);
    if (secret) add('invitation secret', derive(secret, 'invitation secret'));
    add('member name', Buffer.from(name));
  }
}

function secretsOf({ validFrom: number, seed, id, cell, letter }: Epoch): [string, Uint8Array][] {
  const secrets: [string, Uint8Array][] = [
    [`seed ${number}`, seed],
    [`id key ${number}`, id.secretKey],
    [`cell key ${number}`, cell.secretKey],
    [`letter key ${number}`, letter.secretKey.subarray(0, SEED_BYTES)],
    [`ticket key ${number}`, derive(seed, 'ticket key')],
    [`letter name key ${number}`, derive(seed, 'letter name')],
  ];
  return secrets.filter(([, secret]) => secret.some((byte) => byte !== 0)); // a mailbox has no letter key
}

/** Adds the words of a mailbox, and all that comes from them. */
export async function addMailbox(sentinels: Sentinels, words: string, drop: string): Promise<void> {
  sentinels.set('mailbox words', Buffer.from(words));
  sentinels.set('mailbox entropy', parseWords(words));
  sentinels.set('mailbox secret', await argon2id(parseWords(words), Buffer.from('dead-drop 1 mail'), STRETCHING));
  addSecrets(sentinels, 'mailbox', await openMailbox(Buffer.from(words), drop, Date.now() / 1000));
}

/** The system calls that make, name or change a file. */
const CALLS = [
  ...['open', 'openat', 'openat2', 'creat', 'mkdir', 'mkdirat', 'mknod', 'mknodat'],
  ...['rename', 'renameat', 'renameat2', 'link', 'linkat', 'symlink', 'symlinkat', 'unlink', 'unlinkat', 'rmdir'],
  ...['truncate', 'memfd_create', 'io_uring_setup'],
];

/** Watches which files a command and its children make, change or remove. @param folder - for the record */
export function watchFiles(folder: string): { readonly under: readonly string[]; written(cwd: string): string[] } {
  const record = join(folder, 'record');
  const calls = CALLS.map((call) => `?${call}`).join(',');
  return {
    under: ['strace', '-f', '-qq', '--seccomp-bpf', '-s', '4096', '-e', `trace=${calls}`, '-o', record],
    written: (cwd) => [...new Set(readFileSync(record, 'utf8').split('\n').flatMap(writtenBy))].map(from(cwd)).sort(),
  };
}

/** The paths that a call changed. One that did not return counts. */
function writtenBy(line: string): string[] {
  const [, call] = /^\d+\s+(\w+)\(/.exec(line) ?? [];
  if (call === undefined || / = -1 /.test(line)) return [];
  // libuv's ring for epoll is of no other use; one for files has a thread of the kernel's to poll it.
  if (call === 'io_uring_setup' && !line.includes('IORING_SETUP_SQPOLL')) return [];
  if (call.startsWith('open') && !/O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND|O_TMPFILE/.test(line)) return [];
  const paths = [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, path]) => path!);
  if (paths.length === 0) return [call];
  return paths.filter((path) => !/^\/dev\/(null|tty|pts\/\d+)$/.test(path));
}

/** A path as it is seen from a folder: what lies in it by its name, all else absolute. */
function from(cwd: string): (path: string) => string {
  return (path) => (path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : path);
}
