import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import {
  type Contact,
  contactOf,
  createSecretFile,
  dropAt,
  EPOCH_DAYS,
  fingerprintOf,
  fingerprintWords,
  formatContact,
  formatFingerprint,
  type Identity,
  lockIdentity,
  newIdentity,
  rotate,
  wipeIdentity,
} from '../client/index.ts';
import { ownerCommand, withIdentity } from './hold.ts';
import { signal } from './interruption.ts';
import { duration, IDENTITY_FILE, passphraseOption } from './options.ts';
import { clock } from './plan.ts';
import { pngQr, svgQr, terminalColumns, terminalQr } from './qr.ts';
import { printOf } from './tell-letter.ts';
import { say, secret, tell } from './terminal.ts';

const EPOCH_MILLISECONDS = EPOCH_DAYS * 86_400_000;

const CONTACT_HELP = `
The fingerprint is for print, in both of its forms, and for reading aloud: whoever has it can tell a contact of yours from
any other, however it came. The contact itself changes with each rotate, the fingerprint never.`;

/** What making an identity file needs, a desk's too. */
export interface KeygenOptions {
  readonly drop: string;
  readonly out: string;
  /** Milliseconds. @default - 30 days */
  readonly epoch?: number;
  readonly passphraseFd?: number;
}

/** Gives a command that makes an identity its options. */
export function keygenOptions(command: Command, out: string): Command {
  return command
    .requiredOption('--drop <url>', 'base URL of the drop where you want your letters')
    .option('--out <file>', 'where to keep it, encrypted under a passphrase', out)
    .option('--epoch <duration>', 'how long its keys are in use before rotate makes the next', duration(365, 1))
    .addOption(passphraseOption());
}

/** Gives the command that makes an identity what it does. */
export function keygenCommand(command: Command): Command {
  return keygenOptions(command, IDENTITY_FILE).action(async ({ json, ...options }) => {
    const fingerprint = await makeIdentity(options, (identity) => identity);
    say('the identity is made: whoever loses its file or its passphrase can read no letter any more');
    tell(json, { identity: options.out, fingerprint }, options.out);
  });
}

/** Makes an identity file. @param finish - what else it is to hold @returns its fingerprint, in print */
export async function makeIdentity(
  { drop, out, epoch = EPOCH_MILLISECONDS, passphraseFd }: KeygenOptions,
  finish: (identity: Identity) => Identity,
): Promise<string> {
  const { url } = dropAt(drop);
  if (existsSync(out)) throw new Error('that file exists already: an identity is never overwritten');
  const asked = { name: 'New passphrase', option: '--passphrase-fd', fd: passphraseFd, signal, isNew: true };
  const passphrase = await secret(asked);
  const identity = finish(newIdentity(url, Math.floor(Date.now() / 1000), epoch / 1000));
  try {
    await createSecretFile(out, await lockIdentity(identity, passphrase));
    return printOf({ identity: identity.signing.publicKey });
  } finally {
    passphrase.fill(0);
    wipeIdentity(identity);
  }
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

/** Says that a contact takes the place of the one before, and prints it. */
export function tellNewContact(json: boolean | undefined, contact: Contact): void {
  say('new keys are in use: publish this contact in place of the one before, whose letters you still get');
  sayValidity(contact);
  tell(json, { contact: formatContact(contact), validUntil: contact.validUntil }, formatContact(contact));
}

/** Issues the keys of the next epoch. */
export const nextEpoch = (identity: Identity): Identity => rotate(identity, Math.floor(Date.now() / 1000));

/** Says until when letters can be written to a contact. */
function sayValidity({ validUntil }: Contact): void {
  const isOver = validUntil < Date.now() / 1000;
  say(`valid until ${clock(new Date(validUntil * 1000))}${isOver ? ', which is over: dead-drop rotate' : ''}`);
}

function tellQr(text: string): void {
  const [needs, has] = [terminalColumns(text), process.stdout.columns];
  if (has !== undefined && has < needs)
    say(`this terminal has ${has} columns, and the code needs ${needs}: make its letters smaller, or use --svg`);
  process.stdout.write(`${terminalQr(text, { colour: process.stdout.isTTY })}\n`);
}

/** Writes a file that was not there. */
async function writeNew(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(path, content, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? new Error('a file to be written exists already: it is not overwritten') : error;
  });
}
