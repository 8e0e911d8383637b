import type { Command } from 'commander';
import {
  answeredOf,
  besideClock,
  type Contact,
  checkContact,
  type HeldIdentity,
  mailboxAt,
  noteAnswer,
  presentSeconds,
  writerOf,
} from '../client/index.ts';
import { type ReaderOptions, readerCommand, withReader } from './hold.ts';
import { findLetter, type InboxOptions, inboxOption } from './inbox.ts';
import { knownDrop, typedDrop } from './input.ts';
import { checkLasts, type LetterOptions, letterCommand, readDraft, sendLetter, tellingInterruption } from './letter.ts';
import { openRoad } from './road.ts';
import { say, shownLine } from './terminal.ts';

/** Gives `reply` what it does. */
export function replyCommand(command: Command): Command {
  const reply = inboxOption(readerCommand(command)).argument('<letter>', 'as inbox lists it, or its folder');
  return letterCommand(reply)
    .option('--drop <url>', 'base URL of the drop for the answer, when it is another than yours')
    .option('--from <contact>', 'contact of whom you wrote to, with --mailbox: it names the drop')
    .option('--name <name>', 'put this under the text, as the name of who answers')
    .action(async (what: string, paths: string[], options: ReplyOptions) => {
      await tellingInterruption(() => withReader(options, (held) => answer(held, what, paths, options)));
    });
}

interface ReplyOptions extends ReaderOptions, InboxOptions, LetterOptions {
  readonly drop?: string;
  readonly from?: string;
  readonly name?: string;
}

async function answer(held: HeldIdentity, what: string, paths: string[], options: ReplyOptions): Promise<void> {
  const { inbox, drop: url, name, over, json, mailbox } = options;
  const letter = await findLetter(inbox, held, what);
  const answers = answeredOf(letter);
  if (letter.from === undefined || answers === undefined)
    throw new Error('that letter is anonymous: it has no return contact, and nobody can answer it');
  const { contact } = letter.from;
  checkNotOver('the return contact of that letter', contact, 'its writer has to write again to be answered');
  checkContact(contact);
  checkLasts(contact, over);
  const place = url === undefined ? await placeFor(contact, held, options) : typedDrop(url);
  const drop = await openRoad(place, options);
  const identity = mailbox ? mailboxAt(held.current(), place) : held.current();
  const writer = writerOf(identity);
  checkNotOver('your own contact', writer.contact, 'issue new keys first, with dead-drop rotate');
  const draft = await readDraft(paths, options, writer);
  const text = name === undefined ? draft.text : [draft.text.trimEnd(), `${name}\n`].filter(Boolean).join('\n\n');
  if (over !== undefined) say('nothing is kept of it: if it is interrupted, it has to be sent anew');
  const sent = await sendLetter(drop, contact, { ...draft, text, answers }, { over, json });
  const time = Math.floor(presentSeconds());
  const note = { id: sent.id, time, isSent: true, answers: letter.id, from: letter.from };
  await noteAnswer(
    inbox,
    { ...note, files: draft.files?.length ?? 0, bytes: 0, beginning: '' },
    identity.storageKey,
  ).catch(() => say('the answer is sent, but the inbox cannot be written to, and will not list it'));
}

/** @param then - what is to be done when it is over. @throws Error when it is, by a clock that may be wrong */
function checkNotOver(what: string, { validUntil }: Pick<Contact, 'validUntil'>, then: string): void {
  const now = presentSeconds();
  if (validUntil >= now) return;
  throw new Error(`${what} ended on ${besideClock(validUntil, now)}, ${then}`);
}

/**
 * Where an answer goes. A letter may name any drop: one of its writer's would show there that this letter is answered, and
 * when. So it has to be the one that the person knows.
 */
async function placeFor({ drop }: Contact, held: HeldIdentity, options: ReplyOptions): Promise<string> {
  const known = options.mailbox ? (await knownDrop(options, options)).drop : held.current().drop;
  if (drop === known) return drop;
  throw new Error(
    `the return contact names another drop than the one you know, ${shownLine(drop)}: give it with --drop if you trust it`,
  );
}
