import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import {
  type Contact,
  checkDropUrl,
  contactOf,
  createFile,
  createSecretFile,
  dayOf,
  dropAt,
  EPOCH_DAYS,
  fingerprintOf,
  fingerprintWords,
  formatContact,
  formatFingerprint,
  type Identity,
  lockIdentity,
  lockSigningKey,
  newIdentity,
  presentSeconds,
  removeSecretFile,
  rotate,
  type SigningKey,
  signingKeyOf,
  wipeIdentity,
  withoutSigningKey,
} from '../node/index.ts';
import { confirm, hasTerminal, secret } from './ask.ts';
import { signal } from './interruption.ts';
import { printOf } from './letter-report.ts';
import { duration, IDENTITY_FILE, passphraseOption, SIGNING_KEY_FILE, signingKeyOptions } from './options.ts';
import { clock } from './plan.ts';
import { type PublishOptions, publish } from './publish.ts';
import { pngQr, svgQr, terminalQr, terminalSize } from './qr.ts';
import { newPassphrase } from './signing-key.ts';
import { say, tell, write } from './terminal.ts';
import { ownerCommand, withIdentity } from './unlock.ts';

const EPOCH_MILLISECONDS = EPOCH_DAYS * 86_400_000;

const CONTACT_HELP = `
The fingerprint is for print, in both of its forms, and for reading aloud: everybody who has it can tell a contact of
yours from any other, however it came. The contact itself changes with each rotate, the fingerprint never.`;

const OFFLINE_HELP = `
With --offline, keep the file of the signing key where you do not read letters: on a stick in a drawer. A thief of the
other one can read and answer until its epochs are over, but cannot publish a contact in your name.`;

/** What making an identity file needs, a desk's too. */
export interface KeygenOptions {
  readonly drop: string;
  readonly out: string;
  /** Milliseconds. @default - 30 days */
  readonly epoch?: number;
  readonly passphraseFd?: number;
  /** Whether its signing key goes into a file of its own. */
  readonly offline?: boolean;
  readonly signingKey?: string;
  readonly signingKeyPassphraseFd?: number;
}

/** Gives a command that makes an identity its options. */
export function keygenOptions(command: Command, out: string, signingKey: string): Command {
  const options = command
    .requiredOption('--drop <url>', 'base URL of the drop where you want your letters')
    .option('--out <file>', 'where to keep it, encrypted under a passphrase', out)
    .option('--epoch <duration>', 'how long its keys are in use before rotate makes the next', duration(365, 1))
    .addOption(passphraseOption())
    .option(
      '--offline',
      'put its signing key, which only rotate, revoke and changes of a desk need, into a file of its own',
    );
  return signingKeyOptions(options, signingKey).addHelpText('after', OFFLINE_HELP);
}

/** Gives the command that makes an identity what it does. */
export function keygenCommand(command: Command): Command {
  return keygenOptions(command, IDENTITY_FILE, SIGNING_KEY_FILE).action(async ({ json, ...options }) => {
    const fingerprint = await makeIdentity(options, (identity) => identity);
    say('the identity is made: without its file and its passphrase nobody can read your letters, not even you');
    tell(json, { identity: options.out, fingerprint }, options.out);
  });
}

/**
 * Makes an identity file, and with --offline one for its signing key.
 *
 * @param finish - what else it is to hold
 * @returns its fingerprint, in print
 */
export async function makeIdentity(options: KeygenOptions, finish: (identity: Identity) => Identity): Promise<string> {
  const { drop, out, epoch = EPOCH_MILLISECONDS, passphraseFd: fd, offline, signingKey } = options;
  checkDropUrl(drop);
  dropAt(drop);
  const files = offline ? [out, signingKey!] : [out];
  if (files.some((path) => existsSync(path)))
    throw new Error('that file exists already: an identity is never overwritten');
  const asked = { name: 'New passphrase', option: '--passphrase-fd', fd, signal, isNew: true };
  const passphrase = await secret(asked);
  const identity = finish(newIdentity(drop, presentSeconds(), epoch / 1000));
  try {
    if (offline) await makeSigningKey(signingKeyOf(identity), options);
    const kept = offline ? withoutSigningKey(identity) : identity;
    await createSecretFile(out, await lockIdentity(kept, passphrase)).catch(async (error) => {
      // It is of an identity that is nowhere now.
      if (offline) await removeSecretFile(signingKey!).catch(() => say('remove the file of the signing key, too'));
      throw error;
    });
    if (offline) say(`the signing key is in ${signingKey}: keep it where you do not read letters, and a copy of it`);
    return printOf({ identity: identity.signing.publicKey });
  } finally {
    passphrase.fill(0);
    wipeIdentity(identity);
  }
}

/** Before its identity, which is nothing without it. */
async function makeSigningKey(key: SigningKey, options: KeygenOptions): Promise<void> {
  const passphrase = await newPassphrase(options);
  await createSecretFile(options.signingKey!, await lockSigningKey(key, passphrase).finally(() => passphrase.fill(0)));
}

/** Gives the command that prints a contact what it does. */
export function contactCommand(command: Command): Command {
  return ownerCommand(command)
    .option('--out <file>', 'write it to a file instead')
    .option('--qr', 'print it as a QR code instead')
    .option('--svg <file>', 'write a QR code of it, to be printed in any size')
    .option('--png <file>', 'write a QR code of it as an image')
    .addHelpText('after', CONTACT_HELP)
    .action(async ({ json, out, qr, svg, png, ...options }) => {
      if ([out, svg, png].some((path) => path && existsSync(path))) throw new Error(TAKEN);
      const contact = await withIdentity(options, async (held) => contactOf(held.current()));
      const text = formatContact(contact);
      if (out) await writeNew(out, text);
      if (svg) await writeNew(svg, svgQr(text));
      if (png) await writeNew(png, pngQr(text));
      const fingerprint = fingerprintOf(contact.identity);
      const [print, words] = [formatFingerprint(fingerprint), fingerprintWords(fingerprint)];
      say(`fingerprint: ${print}`);
      say(`in words:    ${words}`);
      sayValidity(contact);
      if (qr && !json) return tellQr(text);
      const value = { contact: text, fingerprint: print, words, validUntil: contact.validUntil };
      tell(json, value, out || svg || png ? undefined : text);
    });
}

/** Says that a contact takes the place of the one before, and publishes it. */
export async function publishNewContact(options: PublishOptions, contact: Contact): Promise<void> {
  say('new keys are in use: publish this contact in place of the one before; letters to that one still reach you');
  sayBackup();
  sayValidity(contact);
  const text = formatContact(contact);
  await publish(options, { contact: text, validUntil: contact.validUntil }, text);
}

/** Says what keeps letters from being lost with the keys that came after a backup. */
export function sayBackup(file = 'identity'): void {
  say(`the file of the ${file} has changed: replace your backup of it, an older copy does not read all letters`);
}

/** How far a clock may be off without anybody being asked. */
const CLOCK_SECONDS = 86_400;

/** How long after the end of its last keys nobody is asked whether an identity is really taken up again. */
const PAUSE_SECONDS = 180 * 86_400;

/** Gives a command that issues keys the option that says that the clock was looked at. */
export function clockOption(command: Command): Command {
  return command.option('--clock-is-right', 'do not ask whether the clock of this machine is right after a long time');
}

/**
 * Makes sure that new keys are not issued by a clock that is wrong, as far as the identity's file shows.
 *
 * @param path - of that file
 * @throws Error when the clock is behind, or far ahead and nobody says that it is right
 */
export async function checkClock(
  { issued, epochSeconds }: Identity,
  path: string,
  { clockIsRight }: { readonly clockIsRight?: boolean },
): Promise<void> {
  const now = presentSeconds();
  const changed = (await stat(path)).mtimeMs / 1000;
  const last = Math.max(issued, changed);
  if (last - CLOCK_SECONDS > now)
    throw new Error(
      `the clock of this machine says ${dayOf(now)}, and the identity was changed, or has keys, on ${dayOf(last)}: check the clock, keys that are issued in the past are over at once. If the clock is right, it was ahead then: take your backup from before`,
    );
  if (now <= issued + epochSeconds + PAUSE_SECONDS || clockIsRight) return;
  const facts = `the clock of this machine says ${dayOf(now)}, and the last keys of this identity were issued on ${dayOf(issued)}`;
  if (!hasTerminal())
    throw new Error(
      `${facts}: check the clock, and give --clock-is-right if it is: a contact of the future is of no use`,
    );
  say(facts);
  if (!(await confirm('Is the clock right?', signal))) throw new Error('nothing was changed: set the clock first');
}

/** Issues the keys of the next epoch. */
export const nextEpoch = (identity: Identity): Identity => rotate(identity);

/** Says until when letters can be written to a contact. */
function sayValidity({ validUntil }: Contact): void {
  const isOver = validUntil < presentSeconds();
  say(`valid until ${clock(new Date(validUntil * 1000))}${isOver ? ', which is over: dead-drop rotate' : ''}`);
}

/** @throws Error when the terminal is smaller than the code, which nothing could read then */
export function tellQr(text: string, { isTTY, columns, rows } = process.stdout): void {
  const needs = terminalSize(text);
  // One line more, since the prompt stands below.
  if (isTTY && (columns < needs.columns || rows <= needs.lines)) {
    throw new Error(
      `the code needs ${needs.columns} columns and ${needs.lines + 1} lines, and this terminal has ${columns} and ${rows}: ` +
        'make its letters smaller, or use --svg or --png',
    );
  }
  write(`${terminalQr(text, { colour: isTTY && process.env.TERM !== 'dumb' })}\n`);
}

const TAKEN = 'a file to be written exists already: it is not overwritten';

/** Writes a file that was not there. */
async function writeNew(path: string, content: string | Uint8Array): Promise<void> {
  await createFile(path, content).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? new Error(TAKEN) : error;
  });
}
