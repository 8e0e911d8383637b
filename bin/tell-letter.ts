import {
  type CollectEvent,
  type Contact,
  type Conversation,
  fingerprintOf,
  formatFingerprint,
  type ListedLetter,
  type OpenedLetter,
  type Unopened,
} from '../client/index.ts';
import { clock } from './plan.ts';
import { counted, say, shownLine, tell, tellText } from './terminal.ts';

/** Why a letter that was asked for could not be opened. */
export const UNOPENED: Record<Unopened, string> = {
  missing: 'the drop does not have that letter: it was deleted or has expired',
  damaged: 'that letter is damaged: nothing of it was kept',
  'too new': 'that letter needs a newer version of dead-drop',
  forged: 'that letter is not from whom it says: nothing of it was kept',
  stray: 'that letter answers one that was not written with these keys: nothing of it was kept',
  expired: 'that letter is signed with keys that are over: nothing of it was kept',
  unwanted: 'that letter is from somebody else: nothing of it was kept',
};

/** The same of a letter that came with a batch. */
const SKIPPED: Record<Unopened, string> = {
  missing: 'is missing',
  damaged: 'is damaged',
  'too new': 'needs a newer version of dead-drop',
  forged: 'is not from whom it says (forged, meant for somebody else, or sent again by somebody who could read it)',
  stray: 'answers a letter that was not written with these keys',
  expired: 'is signed with keys that are over',
  unwanted: 'is not from the one whose contact was given',
};

/** How the listing names a letter: as much of its name as tells it from others. */
const NAME_CHARACTERS = 8;

/** A conversation, as it is listed. */
export function conversationText(conversation: Conversation): string {
  const writer = conversation[0]!.from;
  const who = writer ? `with ${printOf(writer.contact)}` : 'anonymous, cannot be answered';
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

/** A letter as JSON. */
export function plainLetter({ name, path, files, from, answers }: OpenedLetter) {
  return { name, path, files, from: from && printOf(from), answers: answers !== undefined };
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
    files,
    bytes,
    beginning,
  };
}

/** Prints a letter: its text as data, what else is to be said of it as words. */
export function tellLetter(json: boolean | undefined, letter: OpenedLetter, text: Uint8Array): void {
  if (json) {
    tell(json, { ...plainLetter(letter), text: Buffer.from(text).toString() }, undefined);
    return;
  }
  sayWriter(letter);
  for (const { name, bytes } of letter.files) say(`file: ${shownLine(name)}, ${bytes.toLocaleString('en')} bytes`);
  tellText(text);
}

/** Says who signed a letter. */
export function sayWriter({ from, answers }: OpenedLetter): void {
  if (from === undefined) say('signed by nobody: it can be from anybody who has the contact');
  else if (answers) say(`answers a letter that was written to ${printOf(from)}, and is signed by that identity`);
  else say(`signed by ${printOf(from)}`);
}

/** Tells what happened while reading. */
export function tellEvent(json: boolean | undefined, event: CollectEvent): void {
  if (event.kind === 'letter') {
    const { letter, slot } = event;
    if (letter.path === '') return; // it was shown when it came
    say(`a letter came with the batch of ${slot}: ${counted(letter.files.length, 'file')}`);
    sayWriter(letter);
    tell(json, { ...event, letter: plainLetter(letter) }, letter.path);
    return;
  }
  if (event.kind === 'skipped') say(`a ${event.what} of ${event.slot} ${SKIPPED[event.why]}: skipped`);
  if (event.kind === 'postponed') say(`a ${event.what} of ${event.slot} has to wait: ${event.why}`);
  if (event.kind === 'repeated')
    say(`a line of ${event.slot} names a letter that came before: its sender tried twice, or somebody replays it`);
  if (event.kind === 'crowded')
    say(
      `too many letters wait: ${counted(event.letters, 'letter')} of ${event.slot} or before left out, as luck had it`,
    );
  tell(json, event, undefined);
}
