import { type Identity, wipeIdentity } from '../core/keys/identity.ts';
import type { OwnSecret } from '../core/keys/own-secrets.ts';
import { newWords } from '../core/keys/words.ts';
import type { Draft, OutgoingFile } from '../core/letter/body.ts';
import { writerOf } from '../core/letter/proof.ts';
import type { Contact } from '../wire/contact.ts';
import { VisitFault } from './fault.ts';
import { mailboxOf } from './mailbox.ts';
import type { Looked } from './metadata/look.ts';
import { type Person, untimely } from './people.ts';
import type { Answer, Found } from './reading.ts';

/** Whether an answer is wanted: under new words, or under those of an earlier letter. */
export type Wanted = 'no' | 'new' | 'have';

/** What a file tells of its author, and what it holds that is its owner's to keep. */
export interface FoundInFile extends Looked {
  readonly secrets: readonly OwnSecret[];
}

/** What is in the memory of a page while somebody is there. Nothing of it is kept anywhere else. */
export interface Visit {
  /** Ends what is under way in it, when it ends. */
  readonly end: AbortController;
  person: Person | undefined;
  /** Whether the fingerprint was compared. */
  compared: 'same' | 'unknown' | undefined;
  text: string;
  files: OutgoingFile[];
  /** What was found in files. */
  looked: Map<OutgoingFile, FoundInFile>;
  /** Called when another one was looked into. */
  lookedInto: () => void;
  wanted: Wanted;
  /** As they were typed. */
  typedWords: string;
  /** New ones, until their mailbox is open. */
  words: readonly string[];
  /** Under which answers are read, and letters written that want one. */
  mailbox: Identity | undefined;
  found: Found | undefined;
  /** What is answered. */
  answering: Answer | undefined;
  /** How many days back answers are looked for. */
  days: number;
  typedSealedId: string;
}

const nobody = () => {};

/** Nobody has done anything yet. */
export function newVisit(): Visit {
  return {
    end: new AbortController(),
    person: undefined,
    compared: undefined,
    text: '',
    files: [],
    looked: new Map(),
    lookedInto: nobody,
    wanted: 'no',
    typedWords: '',
    words: [],
    mailbox: undefined,
    found: undefined,
    answering: undefined,
    days: 3,
    typedSealedId: '',
  };
}

/** Forgets the letter, and what was typed for it. */
export function forgetLetter(visit: Visit): void {
  Object.assign(visit, { text: '', files: [], looked: new Map(), answering: undefined, wanted: 'no' });
  forgetWords(visit);
}

/** Forgets words, wherever they stand. What the language made copies of is gone when it collects them. */
export function forgetWords(visit: Visit): void {
  Object.assign(visit, { typedWords: '', words: [] });
}

/** Ends a visit: what is under way in it stops, and everything is forgotten. What comes late is written where nobody looks. */
export function forget(visit: Visit): void {
  const { end, mailbox } = visit;
  end.abort(); // before the keys are wiped: no request leaves any more that is made with them
  if (mailbox) wipeIdentity(mailbox);
  Object.assign(visit, { ...newVisit(), end });
}

/** The address of a file within the browser, until the visit ends. @throws DOMException when it has ended */
export function addressOf({ end: { signal } }: Visit, file: Blob): string {
  signal.throwIfAborted();
  const url = URL.createObjectURL(file);
  signal.addEventListener('abort', () => URL.revokeObjectURL(url));
  return url;
}

/** Draws the words of a new mailbox. */
export function drawWords(visit: Visit): void {
  visit.words = newWords().split(' ');
}

/**
 * Opens the mailbox of this visit, new or typed, in place of the one before.
 *
 * @throws VisitFault when the words are no mailbox's; DOMException when the visit has ended meanwhile
 */
export async function openVisitMailbox(visit: Visit): Promise<Identity> {
  const typed = visit.words.length > 0 ? visit.words.join(' ') : visit.typedWords;
  const mailbox = await mailboxOf(typed, visit.person!.contact);
  if (visit.end.signal.aborted) wipeIdentity(mailbox);
  visit.end.signal.throwIfAborted();
  if (visit.mailbox) wipeIdentity(visit.mailbox);
  Object.assign(visit, { mailbox, wanted: 'have' });
  forgetWords(visit);
  return mailbox;
}

/** A letter as it is to be sent, and to which keys. */
export interface Addressed {
  readonly contact: Contact;
  readonly draft: Draft;
}

/**
 * The letter of a visit, in its conversation where it answers.
 *
 * @param now - seconds since 1970
 * @throws VisitFault when what it answers cannot be answered from here
 */
export function addressed(visit: Visit, now = Date.now() / 1000): Addressed {
  const { person, text, files, wanted, mailbox, answering } = visit;
  const draft: Draft = { text, files };
  if (answering !== undefined) {
    const { contact, answers } = answerTo(answering, person!, now);
    return { contact, draft: { ...draft, from: writerOf(mailbox!), answers } };
  }
  if (wanted === 'no') return { contact: person!.contact, draft };
  return { contact: person!.contact, draft: { ...draft, from: writerOf(mailbox!) } };
}

/** To whom an answer goes, and what it answers. @throws VisitFault when it cannot */
export function answerTo(
  { id, writer }: Pick<Answer, 'id' | 'writer'>,
  person: Person,
  now: number,
): Required<Pick<Draft, 'answers'>> & { readonly contact: Contact } {
  if (writer === undefined) throw new VisitFault({ kind: 'notAnswerable' });
  // One of the same identity may be valid for longer: what was written under its own is read all the same.
  const contact = untimely(writer.contact, now) ? person.contact : writer.contact;
  if (untimely(contact, now)) throw new VisitFault({ kind: 'notAnswerable' });
  // A letter may name any drop: one of its writer's would show there that it is answered, and when.
  if (contact.drop !== person.contact.drop) throw new VisitFault({ kind: 'otherDrop' });
  return { contact, answers: { id, ticket: writer.ticket } };
}
