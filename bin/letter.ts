import { type Command, Option } from 'commander';
import {
  atOnce,
  type Contact,
  checkContact,
  checkSignature,
  type Draft,
  type Drop,
  fileAt,
  filesOf,
  formatSealedId,
  type Pace,
  paceOver,
  parseFingerprint,
  register,
  TooLate,
  Unreachable,
  type UnsentFile,
  type Uploaded,
  upload,
  type Writer,
  writerOf,
} from '../client/index.ts';
import { withMailbox } from './hold.ts';
import { identify, letterText, readContact, sealedIdFromInput } from './input.ts';
import { signal } from './interruption.ts';
import { checked, duration, passphraseOption, sealedIdArgument, wordsOption } from './options.ts';
import { clock, planTeller } from './plan.ts';
import { openRoad, type RoadOptions, roadCommand } from './road.ts';
import { progressOf, say, tell, Usage } from './terminal.ts';
import { warnOfTraces } from './traces.ts';
import { openUnsent, type UnsentOptions, unsentKeeper } from './unsent.ts';

/** A plan of a week leaves a day for what holds it up, before `send` refuses to go on. */
const OVER_MAX_DAYS = 7;

const LETTER_HELP = `
Without --text-file and files, the text is read from standard input.

The time of --over must stay well below the drop's retention: each part of a letter is gone 14 days after it came, or
sooner, after one day if the operator chose so, and the journalist needs time to read all of them. While the drop cannot
be reached, a step waits and is tried again; steps that were missed are planned anew. A letter that is not registered
8 days after its first part went up is given up, and has to be sent anew.`;

const STATE_HELP = `
With --state, what is needed to go on is kept in a file, encrypted under a passphrase: the text, where the files lie, what
was uploaded. After an interruption, send --resume with that file sends the rest. Without it, nothing is kept.`;

const KEPT = 'what is left of it is kept: dead-drop send --resume goes on with it';

/** How a letter goes. */
export interface LetterOptions extends RoadOptions {
  readonly textFile?: string;
  /** Milliseconds. */
  readonly over?: number;
  readonly anyway?: boolean;
  readonly json?: boolean;
}

interface SendOptions extends LetterOptions, UnsentOptions {
  readonly to?: string;
  readonly fingerprint?: Uint8Array;
  readonly replyToMailbox?: boolean;
  readonly wordsFd?: number;
  readonly resume?: string;
}

/** Gives a command the options of a letter and its files. Its text is no option: other users of a machine see those. */
export function letterCommand(command: Command): Command {
  const letter = command
    .option('--text-file <file>', 'text of the letter; - is standard input')
    .addOption(overOption())
    .option('--anyway', 'send files as they are, though they tell who made them')
    .argument('[files...]', 'files to go with it, under their own names without their folders')
    .addHelpText('after', LETTER_HELP);
  return roadCommand(letter);
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
    .option('--reply-to-mailbox', 'sign it with your mailbox, whose words are asked for, so that you can be answered')
    .addOption(wordsOption());
}

/** Whose contact it has to be. */
export function fingerprintOption(): Option {
  const what = 'of the identity that it has to be: letters and digits, or words';
  return new Option('--fingerprint <fingerprint>', what).argParser(checked(parseFingerprint));
}

/** Gives `send` what it does. */
export function sendCommand(command: Command): Command {
  return letterCommand(toCommand(command))
    .option('--state <file>', 'keep what is needed to go on after an interruption in this new file, under a passphrase')
    .addOption(
      new Option('--resume <file>', 'go on with the letter that this file keeps').conflicts([
        'to',
        'state',
        'replyToMailbox',
      ]),
    )
    .addOption(passphraseOption())
    .addHelpText('after', STATE_HELP)
    .action(async (paths: string[], options: SendOptions) => {
      if (options.resume) return resumeLetter(options.resume, paths, options);
      if (options.passphraseFd !== undefined && !options.state) throw new Usage('--passphrase-fd goes with --state');
      await withLetter(paths, options, async (contact, drop, read) => {
        const { over, json } = options;
        const keep = await unsentKeeper(options);
        if (over !== undefined && !keep) say('nothing is kept of it: if it is interrupted, it has to be sent anew');
        const draft = await read();
        const unsent = await keep?.(contact, draft, paths);
        await sendLetter(drop, contact, draft, { over, unsent, json }).finally(() => unsent?.wipe());
      });
    });
}

/** Gives `upload` what it does. */
export function uploadCommand(command: Command): Command {
  return letterCommand(toCommand(command)).action(async (paths: string[], options: SendOptions) => {
    await withLetter(paths, options, async (contact, drop, read) => {
      const { uploaded } = await uploadLetter(drop, contact, await read(), options, false);
      const sealedId = formatSealedId(uploaded.seal());
      say(
        'uploaded: register the sealed id before the drop lets the letter expire (14 days after its first cell, or sooner)',
      );
      tell(options.json, { sealedId }, sealedId);
    });
  });
}

/** Gives `register` what it does. */
export function registerCommand(command: Command): Command {
  return roadCommand(command)
    .argument('<sealed id>', 'what upload printed; - reads it from standard input', sealedIdArgument)
    .addOption(new Option('--to <contact>', 'contact of the journalist, which names the drop').conflicts('drop'))
    .option('--drop <url>', 'base URL of the drop')
    .action(async (given: Uint8Array | undefined, { to, drop: url, json, ...road }) => {
      if (!to && !url) throw new Usage('give the contact with --to or the drop with --drop');
      const contact = to ? await readContact(to, road) : undefined;
      if (contact) checkSignature(contact);
      const drop = await openRoad(url ?? contact!.drop, road);
      await register(drop, given ?? (await sealedIdFromInput()));
      say('registered');
      tell(json, { registered: true }, undefined);
    });
}

/** Checks to whom a letter goes, and hands that on, with what reads the letter: whatever else is asked comes first. */
async function withLetter(
  paths: string[],
  options: SendOptions,
  use: (contact: Contact, drop: Drop, read: () => Promise<Draft>) => Promise<void>,
): Promise<void> {
  if (options.to === undefined) throw new Usage("required option '--to <contact>' not specified");
  const contact = await readContact(options.to, options);
  checkContact(contact, new Date()); // before anybody writes a text for nothing
  checkLasts(contact, options.over);
  identify(contact, options.fingerprint);
  const drop = await openRoad(contact.drop, options);
  const write = (from?: Writer) => use(contact, drop, () => readDraft(paths, options, from));
  if (!options.replyToMailbox) {
    if (options.wordsFd !== undefined) throw new Usage('--words-fd goes with --reply-to-mailbox');
    return write();
  }
  await withMailbox(options, contact.drop, (held) => write(writerOf(held.current())));
}

/** @throws Error when a letter would still be under way after the contact's end */
export function checkLasts({ validUntil }: Contact, over = 0): void {
  if (Date.now() + over <= validUntil * 1000) return;
  throw new Error(`the contact is valid until ${clock(new Date(validUntil * 1000))}: choose a shorter time for --over`);
}

/** Reads a letter: its files, of whose authors a warning is given, and its text. */
export async function readDraft(paths: readonly string[], options: LetterOptions, from?: Writer): Promise<Draft> {
  const files = [];
  for (const path of paths) files.push(await fileAt(path));
  await warnOfTraces(paths, options.anyway);
  return { text: await letterText(options.textFile, files.length > 0), files, from };
}

/** Goes on with a letter that was interrupted. */
async function resumeLetter(path: string, paths: readonly string[], options: SendOptions): Promise<void> {
  if (paths.length > 0 || options.textFile !== undefined || options.over !== undefined)
    throw new Usage('--resume goes on with a letter as it was begun: text, files and time are in its file');
  const unsent = await openUnsent(path, options);
  const { contact, text, over, signer } = unsent.letter;
  try {
    identify(contact, options.fingerprint);
    const files = await filesOf(unsent.letter);
    const drop = await openRoad(contact.drop, options);
    const go = async (from?: Writer) => {
      await sendLetter(drop, contact, { text, files, from }, { over, unsent, json: options.json });
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
  readonly json?: boolean | undefined;
}

/** Uploads a letter and registers it. */
export async function sendLetter(
  drop: Drop,
  contact: Contact,
  draft: Draft,
  options: SendingOptions,
): Promise<Uploaded> {
  const { unsent, json } = options;
  const { uploaded, pace } = await uploadLetter(drop, contact, draft, options, true);
  try {
    await pace(uploaded.cells, uploaded.cells + 1, () => register(drop, uploaded));
  } catch (error) {
    if (error instanceof TooLate) throw error; // its sealed id is of no use any more
    if (unsent !== undefined) {
      say(KEPT);
      throw error;
    }
    const sealedId = formatSealedId(uploaded.seal());
    tell(json, { sent: false, sealedId }, sealedId);
    say('the letter is uploaded, and perhaps not registered: give what was printed to dead-drop register, later');
    throw error;
  }
  await unsent?.remove();
  say('sent: the letter will stand in the next batches, among others that nobody can tell from it');
  tell(json, { sent: true }, undefined);
  return uploaded;
}

/** @param toRegister - whether the registration is to come, as the last step of the plan */
async function uploadLetter(
  drop: Drop,
  contact: Contact,
  draft: Draft,
  { over, unsent }: SendingOptions,
  toRegister: boolean,
): Promise<{ uploaded: Uploaded; pace: Pace }> {
  const show = progressOf('uploading', 'MiB');
  const progress = ({ cellsDone, cellsTotal }: { cellsDone: number; cellsTotal: number }) =>
    show(cellsDone, cellsTotal);
  const { end, soFar } = unsent?.letter ?? {};
  const telling = planTeller(toRegister, unsent !== undefined, show.stop);
  const pace = over === undefined ? atOnce : paceOver(over, { signal, end, ...telling });
  const keep = unsent?.keep;
  const uploading = { progress, pace, toRegister, keep, resume: soFar };
  const uploaded = await upload(drop, contact, draft, uploading)
    .catch((error) => {
      if (unsent && (error instanceof Unreachable || signal.aborted)) say(KEPT);
      throw error;
    })
    .finally(show.stop);
  return { uploaded, pace };
}
