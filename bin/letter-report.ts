import {
  type CollectEvent,
  type Contact,
  type Conversation,
  endOf,
  fingerprintOf,
  formatFingerprint,
  type GivenUp,
  type ListedLetter,
  type ListFault,
  type OpenedLetter,
  presentSeconds,
  spelledOut,
  TRIES,
  type Unopened,
} from '../node/index.ts';
import { parseSlot } from '../wire/slot.ts';
import { clock } from './plan.ts';
import { counted, say, shownLine, tell, tellText } from './terminal.ts';

/** Why a letter that was asked for could not be opened. */
export const UNOPENED: Record<Unopened, string> = {
  missing: 'the drop does not have that letter: it was deleted or has expired',
  damaged: 'that letter is damaged: nothing of it was kept',
  'too new':
    'that letter says that it needs a newer version of dead-drop: so its sender claims, and anybody can claim that',
  forged: 'that letter is not from whom it says: nothing of it was kept',
  stray: 'that letter answers one that was not written with these keys: nothing of it was kept',
  expired: 'that letter was written with keys that are over by the clock of this machine: nothing of it was kept',
  unwanted: 'that letter is from somebody else: nothing of it was kept',
};

/** The same of a letter that came with a batch. */
const SKIPPED: Record<Unopened, string> = {
  missing: 'is missing',
  damaged: 'is damaged',
  'too new': 'says that it needs a newer version of dead-drop (so its sender claims, and anybody can claim that)',
  forged: 'is not from whom it says (forged, meant for somebody else, or sent again by somebody who could read it)',
  stray: 'answers a letter that was not written with these keys',
  expired: 'was written with keys that are over by the clock of this machine',
  unwanted: 'is not from the one whose contact was given',
};

/** Why a letter or a batch is not asked for again. */
const GIVEN_UP: Record<GivenUp, string> = {
  'tried in vain': 'five tries were in vain',
  'too old': 'no drop can still have it',
  'no keys': 'the keys that open it are gone',
  'crowded out': 'too many others wait for another try, or for room on the disk',
};

/** What is wrong with a list of batches. */
const LIST: Record<ListFault, string> = {
  strange: 'has names that are no batches: they are left out',
  unordered: 'is out of order, or names batches that were not asked for',
  'out of range': 'names batches of a time in which there can be none: they are left out',
  cut: 'breaks off: what it names is read, and the rest asked for again',
  endless: 'does not come to an end: the rest is asked for again later',
};

/** How the listing names a letter: as much of its name as tells it from others. */
const NAME_CHARACTERS = 8;

/** A conversation, as it is listed. */
export function conversationText(conversation: Conversation): string {
  const writer = conversation.findLast(({ isSent, from }) => !isSent && from)?.from ?? conversation[0]!.from;
  const over = writer && isContactOver(writer.contact) ? `, ${overSince(writer.contact)}` : '';
  const who = writer ? `with ${printOf(writer.contact)}${over}` : 'anonymous, cannot be answered';
  const lines = conversation.map(({ name, time, isSent, isSealed, files, bytes, beginning }) => {
    const when = clock(new Date(time * 1000)).slice(0, 16);
    if (isSent) return `  ${when}            you answered`;
    const what = [beginning, files > 0 ? `[${counted(files, 'file')}]` : ''].filter(Boolean).join(' ');
    const size = `${isSealed ? 'encrypted, ' : ''}${bytes.toLocaleString('en')} bytes`;
    return `  ${when}  ${name.slice('letter-'.length).slice(0, NAME_CHARACTERS)}  ${shownLine(what) || '(empty)'} (${size})`;
  });
  return `${who}\n${lines.join('\n')}\n\n`;
}

/** The fingerprint of a contact's identity, in print. */
export function printOf({ identity }: Pick<Contact, 'identity'>): string {
  return formatFingerprint(fingerprintOf(identity));
}

/** Whether nobody can be answered under a contact any more. */
function isContactOver({ validUntil }: Contact): boolean {
  return validUntil < presentSeconds();
}

function overSince({ validUntil }: Contact): string {
  const day = clock(new Date(validUntil * 1000)).slice(0, 10);
  return `whose return contact is over since ${day} by the clock of this machine: to be answered, they have to write again`;
}

/** When a return contact ended, as JSON. @returns undefined when it is valid */
function contactOver(from: Contact | undefined): string | undefined {
  return from && isContactOver(from) ? new Date(from.validUntil * 1000).toISOString() : undefined;
}

/** A letter as JSON. */
export function plainLetter({ name, path, files, from, answers }: OpenedLetter) {
  const proof = from && (from.kind === 'mailbox' ? 'for its reader only' : 'signature');
  const is = { answers: answers !== undefined, contactOver: contactOver(from) };
  return { name, path, files, from: from && printOf(from), proof, ...is };
}

/** A listed letter as JSON. */
export function plainNote({ name, time, isSent, isSealed, from, answers, files, bytes, beginning }: ListedLetter) {
  const with_ = from && printOf(from.contact);
  const at = new Date(time * 1000).toISOString();
  return {
    name,
    time: at,
    isSent,
    isEncrypted: isSealed,
    with: with_,
    answers: answers !== undefined,
    contactOver: contactOver(from?.contact),
    files,
    bytes,
    beginning,
  };
}

/** Prints a letter: its text as data, what else is to be said of it as words. @param time - seconds since 1970, for JSON */
export function tellLetter(json: boolean | undefined, letter: OpenedLetter, text: Uint8Array, time?: number): void {
  if (json) {
    const at = time === undefined ? undefined : new Date(time * 1000).toISOString();
    tell(json, { ...plainLetter(letter), time: at, text: Buffer.from(text).toString() }, undefined);
    return;
  }
  sayWriter(letter);
  for (const { name, bytes } of letter.files) say(`file: ${shownLine(name)}, ${bytes.toLocaleString('en')} bytes`);
  sayNames(letter);
  tellText(text);
}

/** Says which files of a letter have other names than they were sent with. */
export function sayNames({ files }: Pick<OpenedLetter, 'files'>): void {
  for (const { name, named } of files) {
    if (named !== undefined) say(`a file was named ${spelledOut(named)}: it is written as ${spelledOut(name)}`);
  }
}

/** Says who wrote a letter, and whom that convinces. */
export function sayWriter({ from, answers }: OpenedLetter): void {
  if (from === undefined) say('signed by nobody: it can be from anybody who has the contact');
  else if (from.kind === 'mailbox') {
    if (answers) say('answers a letter that you wrote to this mailbox');
    say(`from the mailbox ${printOf(from)}: you can be sure of that, and can prove it to nobody else`);
  } else if (answers) say(`answers a letter that was written to ${printOf(from)}, and is signed by that identity`);
  else say(`signed by ${printOf(from)}`);
  if (from === undefined || !isContactOver(from)) return;
  say(`from somebody ${overSince(from)}`);
  if (endOf(from) < presentSeconds())
    say('its keys were over before it can have been written: a clock is wrong, or somebody uses old keys');
}

/** So many lines that are alike are said one by one. */
const ALIKE_MAX = 10;

/** Tells what happened while reading; of what comes in thousands, ten, and when `sum` is called how many more there were. */
export function eventTeller(json: boolean | undefined): { tell(event: CollectEvent): void; sum(): void } {
  const counts = new Map<string, number>();
  const sayOne = (words: string, { slot }: { readonly slot: string }) => {
    const alike = words.replace(slot, '...');
    const count = (counts.get(alike) ?? 0) + 1;
    counts.set(alike, count);
    if (count <= ALIKE_MAX) say(words);
  };
  return {
    tell: (event) => tellEvent(json, event, sayOne),
    sum() {
      for (const [alike, count] of counts) {
        if (count > ALIKE_MAX) say(`and ${(count - ALIKE_MAX).toLocaleString('en')} more like this: ${alike}`);
      }
      counts.clear();
    },
  };
}

function tellEvent(
  json: boolean | undefined,
  event: CollectEvent,
  sayOne: (words: string, event: { readonly slot: string }) => void,
): void {
  if (event.kind === 'letter') {
    const { letter, slot } = event;
    if (letter.path === '') return; // it was shown when it came
    say(`a letter came with the batch of ${slot}: ${counted(letter.files.length, 'file')}`);
    sayWriter(letter);
    sayNames(letter);
    tell(json, { ...event, letter: plainLetter(letter) }, letter.path);
    return;
  }
  if (event.kind === 'skipped') {
    const isOver = event.what === 'line' || event.why === 'unwanted';
    const then = isOver ? 'skipped' : `not opened yet, and tried again at a later read (1 of ${TRIES} tries made)`;
    sayOne(`a ${event.what} of ${event.slot} ${SKIPPED[event.why]}: ${then}`, event);
  }
  if (event.kind === 'postponed') sayOne(`a ${event.what} of ${event.slot} has to wait: ${event.why}`, event);
  if (event.kind === 'given up') sayOne(`a ${event.what} of ${event.slot} is given up: ${GIVEN_UP[event.why]}`, event);
  if (event.kind === 'gone')
    say(
      `${counted(event.batches, 'batch is', 'batches are')} gone from the drop, or were never published: from ` +
        `${clock(parseSlot(event.from))} to ${clock(parseSlot(event.to))}. Letters in them are lost`,
    );
  if (event.kind === 'list') say(`the drop's list of batches ${LIST[event.fault]}`);
  if (event.kind === 'repeated')
    sayOne(
      `a line of ${event.slot} names a letter that came before: its sender tried twice, or somebody replays it`,
      event,
    );
  if (event.kind === 'crowded')
    say(
      `too many letters wait: ${counted(event.letters, 'letter')} of ${event.slot} or before left out, as luck had it`,
    );
  tell(json, event, undefined);
}
