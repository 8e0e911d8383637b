import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { contactOf, type Identity } from '../core/keys/identity.ts';
import { createSecretFile } from '../node/files/secret-file.ts';
import { lockIdentity } from '../node/keys/identity-file.ts';
import { formatContact } from '../wire/contact.ts';
import { SLOT_SECONDS } from '../wire/sizes.ts';
import { type CommandOptions, command, type Ended } from './command.ts';
import type { TestDrop } from './drop.ts';

export const PASSPHRASE = 'correct horse battery staple\n';

/** Argon2id that takes no time: commands read how a file was stretched from the file. */
export const QUICK = { memoryKibibytes: 64, passes: 1, lanes: 1 };

/** One line that says what is wrong, and shows nothing of whose machine this is. */
export const ONE_LINE = /^dead-drop: [^\n]+\n$/;

/** What is said of whose contact it is, where no fingerprint was given. */
export const IDENTIFIED =
  /to the identity with the fingerprint .{39}\ncompare it with what was printed or read to you, or give that with --fingerprint\n/;

/** What every command says that opens a mailbox. */
export const MAILBOX = /your mailbox: ([0-9A-Z]{4} [0-9A-Z]{4}) \(the same each time; if not, a word is mistyped\)\n/;

/** Words that are these, one after another. */
export function inTurn(...parts: readonly (string | RegExp)[]): RegExp {
  const quoted = parts.map((part) =>
    typeof part === 'string' ? part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : part.source,
  );
  return new RegExp(`^${quoted.join('')}$`);
}

const folders: string[] = [];
afterAll(() => {
  for (const path of folders) rmSync(path, { recursive: true, force: true });
});

/** A folder that is gone when all tests of the file are over. */
export function lastingFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'dead-drop-test-'));
  folders.push(path);
  return path;
}

/** A command that is to succeed. @returns what it printed */
export async function done(running: Promise<Ended>): Promise<Ended> {
  const ended = await running;
  expect(ended.status, ended.words).toBe(0);
  return ended;
}

/** A folder where somebody works, with an identity in it that has their passphrase, and its contact beside it. */
export async function office(identity: Identity) {
  const cwd = lastingFolder();
  await createSecretFile(
    join(cwd, 'dead-drop.identity'),
    await lockIdentity(identity, Buffer.from(PASSPHRASE.trim()), QUICK),
  );
  const contact = join(cwd, 'own.contact');
  writeFileSync(contact, formatContact(contactOf(identity)));
  const run = (args: readonly string[], options: Partial<CommandOptions> = {}) =>
    command(args, { cwd, env: { HOME: cwd }, passphrase: PASSPHRASE, ...options });
  return { cwd, contact, run };
}

/** Runs a command on a machine that was never used for this, and is left without a trace of it. */
export async function afresh(args: readonly string[], options: Partial<CommandOptions> = {}): Promise<Ended> {
  const machine = lastingFolder();
  const [cwd, home, temporary] = ['work', 'home', 'tmp'].map((name) => join(machine, name)) as [string, string, string];
  for (const path of [cwd, home, temporary]) mkdirSync(path);
  const ended = await command(args, { cwd, env: { HOME: home, TMPDIR: temporary }, ...options });
  expect([cwd, home, temporary].map((path) => readdirSync(path))).toEqual([[], [], []]);
  return ended;
}

/** Sets the clock of a drop that nobody has used yet by the machine's, which commands go by. */
export function toPresent({ clock, pass }: TestDrop): void {
  const slot = SLOT_SECONDS * 1000;
  pass((Math.floor(Date.now() / slot) * slot - clock.now()) / 1000);
}
