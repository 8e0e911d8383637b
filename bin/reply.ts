import type { Command } from 'commander';
import {
  answeredOf,
  besideClock,
  type Contact,
  checkContact,
  type Draft,
  type Drop,
  filesOf,
  type IdentityStore,
  listInbox,
  mailboxAt,
  noteAnswer,
  presentSeconds,
  type UnsentFile,
  type Uploaded,
  writerOf,
} from '../node/index.ts';
import { findLetter, type InboxOptions, inboxOption } from './inbox.ts';
import { knownDrop, refuseUnread, typedDrop } from './input.ts';
import {
  checkLasts,
  type LetterOptions,
  letterCommand,
  NOTHING_KEPT,
  readDraft,
  refuseBegun,
  sendLetter,
  stateHelp,
  tellingInterruption,
} from './letter.ts';
import { say, shownLine, Usage } from './terminal.ts';
import { openTransport } from './transport.ts';
import { type ReaderOptions, readerCommand, withReader } from './unlock.ts';
import {
  checkKind,
  checkNewState,
  draftOf,
  keepUnder,
  keptWords,
  openUnder,
  resumeOption,
  stateOption,
} from './unsent.ts';

/** Gives `reply` what it does. */
export function replyCommand(command: Command): Command {
  const reply = inboxOption(readerCommand(command)).argument('[letter]', 'as inbox lists it, or its folder');
  const keeping = stateOption(letterCommand(reply), 'your keys');
  return resumeOption(keeping, 'go on with the answer that this file keeps', ['drop', 'name'])
    .option('--drop <url>', 'base URL of the drop for the answer, when it is another than yours')
    .option('--from <contact>', 'contact of whom you wrote to, with --mailbox: it names the drop')
    .option('--name <name>', 'put this under the text, as the name of who answers')
    .addHelpText('after', stateHelp('reply', 'your own keys'))
    .action(async (what: string | undefined, paths: string[], options: ReplyOptions) => {
      const { resume } = options;
      if (resume !== undefined) {
        refuseBegun(what === undefined ? paths : [what, ...paths], options);
        await checkKind(resume, KIND);
        await refuseUnread(options);
        const goOn = () => withReader(options, (held) => goOnWith(held, resume, options));
        return tellingInterruption(goOn, keptWords(KIND));
      }
      if (what === undefined) throw new Usage("missing required argument 'letter'");
      checkNewState(options);
      await tellingInterruption(() => withReader(options, (held) => answer(held, what, paths, options)));
    });
}

const KIND = 'unsent answer';

interface ReplyOptions extends ReaderOptions, InboxOptions, LetterOptions {
  readonly drop?: string;
  readonly from?: string;
  readonly name?: string;
  readonly state?: string;
  readonly resume?: string;
}

async function answer(held: IdentityStore, what: string, paths: string[], options: ReplyOptions): Promise<void> {
  const { inbox, drop: url, name, over, mailbox, state } = options;
  const letter = await findLetter(inbox, held, what);
  const answers = answeredOf(letter);
  if (letter.from === undefined || answers === undefined)
    throw new Error('that letter is anonymous: it has no return contact, and nobody can answer it');
  const { contact } = letter.from;
  checkNotOver('the return contact of that letter', contact, 'its writer has to write again to be answered');
  checkContact(contact);
  checkLasts(contact, over);
  const place = url === undefined ? await placeFor(contact, held, options) : typedDrop(url);
  const drop = await openTransport(place, options);
  const identity = mailbox ? mailboxAt(held.current(), place) : held.current();
  const writer = writerOf(identity);
  checkNotOver('your own contact', writer.contact, 'issue new keys first, with dead-drop rotate');
  const draft = await readDraft(paths, options, writer);
  const text = name === undefined ? draft.text : [draft.text.trimEnd(), `${name}\n`].filter(Boolean).join('\n\n');
  if (over !== undefined && state === undefined) say(NOTHING_KEPT);
  const whole = { ...draft, text, answers };
  const unsent =
    state === undefined
      ? undefined
      : await keepUnder(held, KIND, { ...draftOf(whole, draft.paths), contact, drop: place }, options);
  await sendAnswer(drop, { contact, draft: whole, storageKey: identity.storageKey, unsent }, options).finally(() =>
    unsent?.wipe(),
  );
}

/** Goes on with an answer that was interrupted. */
async function goOnWith(held: IdentityStore, path: string, options: ReplyOptions): Promise<void> {
  const { inbox, mailbox } = options;
  const unsent = await openUnder(held, path, KIND);
  try {
    const { contact, text, answers, signer, drop: place = contact.drop, over } = unsent.letter;
    const files = await filesOf(unsent.letter);
    const identity = mailbox ? mailboxAt(held.current(), place) : held.current();
    const from = writerOf(identity);
    if (signer === undefined || Buffer.compare(from.contact.identity, signer) !== 0)
      throw new Error('that answer was begun with another identity');
    checkNotOver('your own contact', from.contact, 'issue new keys first, with dead-drop rotate');
    const drop = await openTransport(place, options);
    const draft = { text, files, from, answers };
    const { storageKey } = identity;
    await sendAnswer(drop, { contact, draft, storageKey, unsent }, { ...options, inbox, over });
  } finally {
    unsent.wipe();
  }
}

/** An answer that is ready to go. */
interface Answer {
  readonly contact: Contact;
  readonly draft: Draft;
  /** Of the inbox that lists it then. */
  readonly storageKey: Uint8Array;
  readonly unsent: UnsentFile | undefined;
}

/** Sends an answer, and has the inbox list it: once, also when that was done before an interruption. */
async function sendAnswer(
  drop: Drop,
  { contact, draft, storageKey, unsent }: Answer,
  { inbox, over, json }: Pick<ReplyOptions, 'inbox' | 'over' | 'json'>,
): Promise<void> {
  const { id: answered, ticket } = draft.answers!;
  const list = async ({ id }: Uploaded) => {
    const time = Math.floor(presentSeconds());
    const note = { id, time, isSent: true, answers: answered, from: { contact, ticket } };
    const isListed = unsent?.letter.soFar !== undefined && (await isNoted(inbox, id, storageKey));
    if (!isListed)
      await noteAnswer(inbox, { ...note, files: draft.files?.length ?? 0, bytes: 0, beginning: '' }, storageKey);
  };
  const unlisted = () => say('the answer is sent, but the inbox cannot be written to, and will not list it');
  await sendLetter(drop, contact, draft, { over, unsent, json, afterwards: (sent) => list(sent).catch(unlisted) });
}

async function isNoted(inbox: string, id: Uint8Array, storageKey: Uint8Array): Promise<boolean> {
  const listed = (await listInbox(inbox, storageKey, () => {})).flat();
  return listed.some((each) => each.isSent && Buffer.compare(each.id, id) === 0);
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
async function placeFor({ drop }: Contact, held: IdentityStore, options: ReplyOptions): Promise<string> {
  const known = options.mailbox ? (await knownDrop(options, options)).drop : held.current().drop;
  if (drop === known) return drop;
  throw new Error(
    `the return contact names another drop than the one you know, ${shownLine(drop)}: give it with --drop if you trust it`,
  );
}
