import { setFlagsFromString } from 'node:v8';
import { type Command, Option } from 'commander';
import { isBlank } from '../core/letter/body.ts';
import {
  atOnce,
  type Contact,
  checkContact,
  checkSignature,
  type Draft,
  type Drop,
  FileFault,
  filesOf,
  formatSealedId,
  paceOver,
  parseFingerprint,
  register,
  send,
  TooLate,
  type UnsentFile,
  type Uploaded,
  type UploadOptions,
  type UploadProgress,
  upload,
  type Writer,
  writerOf,
} from '../node/index.ts';
import { furtherCells } from '../wire/letter.ts';
import { tellAdvantage, tellSize } from './advantage-report.ts';
import {
  checkIdentity,
  type InputUse,
  identify,
  letterText,
  readContact,
  refuseUnread,
  sealedIdFromInput,
} from './input.ts';
import { signal } from './interruption.ts';
import { letterFiles, nameFault } from './letter-files.ts';
import { warnOfMetadata } from './metadata.ts';
import { checked, duration, passphraseOption, sealedIdArgument, wordsOption } from './options.ts';
import { warnOfSecrets } from './own-secrets.ts';
import { clock, planTeller } from './plan.ts';
import { progressOf } from './progress.ts';
import { flushed, say, tell, Usage } from './terminal.ts';
import { openTransport, type TransportOptions, transportCommand } from './transport.ts';
import { withMailbox } from './unlock.ts';
import {
  canGoOn,
  keptWords,
  openUnsent,
  removeSent,
  resumeOption,
  stateOption,
  type UnsentOptions,
  unsentKeeper,
} from './unsent.ts';

/** A plan of a week leaves a day for what holds it up, before `send` refuses to go on. */
const OVER_MAX_DAYS = 7;

const LETTER_HELP = `
Without --text-file and files, the text is read from standard input. With either, there must be nothing on it: give
--text-file - to send what stands there, or < /dev/null to leave it out.

The time of --over must stay well below the drop's retention: each part of a letter is gone 14 days after it came, or
sooner, after one day if the operator chose so, and the journalist needs time to read all of them. While the drop cannot
be reached, a step waits and is tried again; steps that were missed are planned anew. A letter that is not registered
8 days after its first part went up is given up, and has to be sent anew.`;

/** What the help of a command says that keeps a letter. */
export const stateHelp = (command: string, under = 'a passphrase') => `
With --state, what is needed to go on is kept in a file, encrypted under ${under}: the text, where the files lie, what
was uploaded. After an interruption, ${command} --resume with that file sends the rest. Without it, nothing is kept.`;

/** How a letter goes. */
export interface LetterOptions extends TransportOptions {
  readonly textFile?: string;
  /** Milliseconds. */
  readonly over?: number;
  readonly anyway?: boolean;
  readonly json?: boolean;
}

interface SendOptions extends LetterOptions, UnsentOptions {
  readonly to?: string;
  readonly fingerprint?: Uint8Array;
  readonly withoutFingerprint?: boolean;
  readonly replyToMailbox?: boolean;
  readonly wordsFd?: number;
}

/** Gives a command the options of a letter and its files. Its text is no option: other users of a machine see those. */
export function letterCommand(command: Command): Command {
  const letter = command
    .option('--text-file <file>', 'text of the letter; - is standard input')
    .addOption(overOption())
    .option('--anyway', 'send it as it is, though files tell who made them, or it holds what is yours to keep')
    .argument('[files...]', 'files to go with it, under their own names without their folders')
    .addHelpText('after', LETTER_HELP);
  return transportCommand(letter);
}

/** Over how long something goes. */
export function overOption(): Option {
  const what = 'spread what is sent over this time, like 6h, at random moments';
  return new Option('--over <duration>', what).argParser(duration(OVER_MAX_DAYS));
}

function toCommand(command: Command): Command {
  return command
    .option('--to <contact>', "the journalist's contact: a file, or its address on the web")
    .addOption(fingerprintOption())
    .addOption(withoutFingerprintOption())
    .option('--reply-to-mailbox', 'write it from your mailbox, so that you can be answered; asks for its words')
    .addOption(wordsOption());
}

/** Whose contact it has to be. */
export function fingerprintOption(): Option {
  const what = 'of the identity that it has to be: letters and digits, or words';
  return new Option('--fingerprint <fingerprint>', what).argParser(checked(parseFingerprint));
}

/** For whoever wants to write to a contact without knowing whose it is. */
export function withoutFingerprintOption(): Option {
  const what = 'write without comparing the fingerprint of the contact, which may be of somebody else';
  return new Option('--without-fingerprint', what).conflicts('fingerprint');
}

/** Gives `send` what it does. */
export function sendCommand(command: Command): Command {
  return keptCommand(command, 'send', 'unsent letter', sendLetter);
}

/** Gives `upload` what it does. */
export function uploadCommand(command: Command): Command {
  return keptCommand(command, 'upload', 'unsent upload', uploadLetter);
}

/** A command that brings a letter to the drop, whole or from where an interrupted one had come. */
function keptCommand(
  command: Command,
  name: string,
  kind: 'unsent letter' | 'unsent upload',
  bring: (drop: Drop, contact: Contact, draft: Draft, options: SendingOptions) => Promise<unknown>,
): Command {
  const begun = ['to', 'replyToMailbox'];
  return resumeOption(
    stateOption(letterCommand(toCommand(command)), 'a passphrase'),
    'go on with the letter that this file keeps',
    begun,
  )
    .addOption(passphraseOption())
    .addHelpText('after', stateHelp(name))
    .action(async (paths: string[], options: SendOptions) => {
      const { over, json, resume, state, passphraseFd } = options;
      if (resume !== undefined) {
        refuseBegun(paths, options);
        return tellingInterruption(() => resumeFrom(resume, kind, options, bring), keptWords(kind));
      }
      if (passphraseFd !== undefined && !state) throw new Usage('--passphrase-fd goes with --state');
      await withLetter(paths, options, async (contact, drop, read) => {
        const keep = await unsentKeeper(kind, options);
        if (over !== undefined && !keep) say(NOTHING_KEPT);
        const draft = await read();
        const unsent = await keep?.(contact, draft, draft.paths);
        await bring(drop, contact, draft, { over, unsent, json }).finally(() => unsent?.wipe());
      });
    });
}

export const NOTHING_KEPT = 'nothing is kept of it: if it is interrupted, it has to be sent anew';

/** @throws Usage where something is given that would make another letter of the one that is gone on with */
export function refuseBegun(paths: readonly string[], { textFile, over }: LetterOptions): void {
  if (paths.length > 0 || textFile !== undefined || over !== undefined)
    throw new Usage('--resume goes on with a letter as it was begun: text, files and time are in its file');
}

/** Gives `register` what it does. */
export function registerCommand(command: Command): Command {
  return transportCommand(command)
    .argument('<sealed id>', 'what upload printed; - reads it from standard input', sealedIdArgument)
    .addOption(new Option('--to <contact>', 'contact of the journalist, which names the drop').conflicts('drop'))
    .option('--drop <url>', 'base URL of the drop')
    .action(async (given: Uint8Array | undefined, { to, drop: url, json, ...transport }) => {
      if (!to && !url) throw new Usage('give the contact with --to or the drop with --drop');
      const contact = to ? await readContact(to, transport) : undefined;
      if (contact) checkSignature(contact);
      const drop = await openTransport(url ?? contact!.drop, transport);
      const sealedId = given ?? (await sealedIdFromInput());
      await register(drop, sealedId).catch((error) => {
        say('it is perhaps not registered: register it once more, which does no harm');
        throw error;
      });
      say('registered');
      tell(json, { registered: true }, undefined);
    });
}

/** Checks to whom a letter goes, and hands that on, with what reads the letter: whatever else is asked comes first. */
async function withLetter(
  paths: string[],
  options: SendOptions,
  use: (contact: Contact, drop: Drop, read: () => Promise<GivenDraft>) => Promise<void>,
): Promise<void> {
  const { to, replyToMailbox, wordsFd } = options;
  if (to === undefined) throw new Usage("required option '--to <contact>' not specified");
  if (!replyToMailbox && wordsFd !== undefined) throw new Usage('--words-fd goes with --reply-to-mailbox');
  await tellingInterruption(async () => {
    const contact = await readContact(to, options, options.fingerprint);
    checkContact(contact, undefined, options.fingerprint); // before anybody writes a text for nothing
    checkLasts(contact, options.over);
    await identify(contact, options);
    const drop = await openTransport(contact.drop, options);
    const write = (from?: Writer) => use(contact, drop, () => readDraft(paths, options, from));
    if (!replyToMailbox) return write();
    await withMailbox(options, contact.drop, (held) => write(writerOf(held.current())));
  });
}

/** @throws Error when a letter would still be under way after the contact's end */
export function checkLasts({ validUntil }: Contact, over = 0): void {
  if (Date.now() + over <= validUntil * 1000) return;
  throw new Error(`the contact is valid until ${clock(new Date(validUntil * 1000))}: choose a shorter time for --over`);
}

/** A letter as it was given, and where its files lie. */
export interface GivenDraft extends Draft {
  readonly text: string;
  readonly paths: readonly string[];
}

/**
 * Reads a letter: its files, of whose authors a warning is given, and its text.
 *
 * @throws Usage when nothing is in it, or a text stands where none is read
 */
export async function readDraft(
  paths: readonly string[],
  options: LetterOptions & InputUse,
  from?: Writer,
): Promise<GivenDraft> {
  const found = await letterFiles(paths);
  await warnOfMetadata(found, options.anyway);
  const text = await letterText(options.textFile, found.length > 0);
  const files = found.map(({ file }) => file);
  await refuseUnread(options);
  if (isBlank(text) && files.every(({ bytes }) => bytes === 0)) throw new Usage('there is nothing in this letter');
  await warnOfSecrets(text, found, options.anyway);
  return { text, files, from, paths: found.map(({ path }) => path) };
}

/** Whether something of a letter may be on its way: from then on, what is said of an interruption depends on how far it came. */
let isBegun = false;

/**
 * Does all that a letter takes, and says when it is interrupted before any of it is sent.
 *
 * @param words - what is said then
 */
export async function tellingInterruption<T>(act: () => Promise<T>, words = 'nothing was sent'): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (signal.aborted && !isBegun) say(words);
    throw error;
  }
}

/** Goes on with a letter that was interrupted. */
async function resumeFrom(
  path: string,
  kind: 'unsent letter' | 'unsent upload',
  options: SendOptions,
  bring: (drop: Drop, contact: Contact, draft: Draft, options: SendingOptions) => Promise<unknown>,
): Promise<void> {
  await refuseUnread(options);
  const unsent = await openUnsent(path, kind, options);
  const { contact, text, over, signer } = unsent.letter;
  try {
    checkIdentity(contact, options.fingerprint);
    const files = await filesOf(unsent.letter);
    const drop = await openTransport(contact.drop, options);
    const go = async (from?: Writer) => {
      await bring(drop, contact, { text, files, from }, { over, unsent, json: options.json });
    };
    if (signer === undefined) return await go();
    await withMailbox(options, contact.drop, async (held) => {
      const writer = writerOf(held.current());
      if (Buffer.compare(writer.contact.identity, signer) !== 0)
        throw new Error('those are the words of another mailbox than the letter was begun with');
      await go(writer);
    });
  } finally {
    unsent.wipe();
  }
}

/** How a letter is sent. */
export interface SendingOptions {
  readonly over?: number | undefined;
  readonly unsent?: UnsentFile | undefined;
  /** What is to be done when it is sent, before its file is removed. */
  readonly afterwards?: (sent: Uploaded) => Promise<void>;
  readonly json?: boolean | undefined;
}

/** Uploads a letter and registers it. */
export async function sendLetter(
  drop: Drop,
  contact: Contact,
  draft: Draft,
  options: SendingOptions,
): Promise<Uploaded> {
  const { over = 0, unsent, afterwards, json } = options;
  tellAdvantage(cellsOf(draft), over);
  let perhaps: Uploaded | undefined;
  const uploaded = (letter: Uploaded) => {
    perhaps = letter;
  };
  const sent = await uploading(draft, options, true, (how) => send(drop, contact, draft, { ...how, uploaded })).catch(
    (error) => {
      if (error instanceof TooLate) throw error; // neither its cells nor its sealed id are of any use any more
      if (unsent && (perhaps || canGoOn(error))) say(keptWords(unsent.kind));
      else if (perhaps) {
        const sealedId = formatSealedId(perhaps.seal());
        tell(json, { sent: false, sealedId }, sealedId);
        say('the letter is uploaded, and perhaps not registered: give what was printed to dead-drop register, later');
      } else say(LOST);
      throw error;
    },
  );
  say('sent: the letter will stand in the next batches, among others that nobody can tell from it');
  await afterwards?.(sent);
  await removeSent(unsent);
  tell(json, { sent: true }, undefined);
  return sent;
}

/** Uploads a letter, and prints its sealed id. */
async function uploadLetter(drop: Drop, contact: Contact, draft: Draft, options: SendingOptions): Promise<void> {
  const { unsent, json } = options;
  tellSize(cellsOf(draft));
  const uploaded = await uploading(draft, options, false, (how) => upload(drop, contact, draft, how)).catch((error) => {
    if (!(error instanceof TooLate)) say(unsent && canGoOn(error) ? keptWords(unsent.kind) : LOST);
    throw error;
  });
  const sealedId = formatSealedId(uploaded.seal());
  say(
    'uploaded: register the sealed id before the drop lets the letter expire (14 days after its first cell, or sooner)',
  );
  tell(json, { sealedId }, sealedId);
  await flushed();
  if (signal.aborted) say(unsent ? keptWords(unsent.kind) : LOST);
  signal.throwIfAborted(); // nobody may have got it
  await removeSent(unsent);
}

/** How many cells a letter has in all. */
function cellsOf({ text = '', files = [] }: Draft): number {
  return 1 + furtherCells({ textBytes: Buffer.byteLength(text), files });
}

const LOST =
  'nothing was registered: the letter does not arrive, and nobody can read what was uploaded of it; send it anew';

/**
 * Shows how far a letter has come, and says which of its files cannot be read.
 *
 * @param toRegister - whether the registration is the last step, without which nothing is done
 */
async function uploading<T>(
  { files = [] }: Draft,
  { over, unsent }: SendingOptions,
  toRegister: boolean,
  act: (options: UploadOptions) => Promise<T>,
): Promise<T> {
  // What each cell leaves is small, and of no use when it is there: V8 would take some 40 MiB more all the same.
  setFlagsFromString('--semi-space-growth-factor=1');
  const last = toRegister ? 'the registration' : undefined;
  const show = progressOf('uploading', 'MiB', 'MiB', { last, rate: 'MiB/s' });
  let steps = 0;
  const progress = ({ cellsDone, cellsTotal }: UploadProgress) => {
    steps = cellsTotal + Number(toRegister);
    show(cellsDone, steps);
  };
  const { end, soFar } = unsent?.letter ?? {};
  isBegun = true;
  const telling = planTeller(toRegister, unsent !== undefined, show.stop);
  const pace = over === undefined ? atOnce : paceOver(over, { signal, end, ...telling });
  try {
    const done = await act({ progress, pace, keep: unsent?.keep, resume: soFar });
    show(steps, steps);
    return done;
  } catch (error) {
    show.stop();
    if (!(error instanceof FileFault)) throw error;
    throw nameFault(
      error,
      files.map(({ name }) => name),
    );
  } finally {
    show.stop();
  }
}
