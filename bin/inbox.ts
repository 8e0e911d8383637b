import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Command, Option } from 'commander';
import {
  type Bookmark,
  CELLS_PER_TICK_MAX,
  type CollectEvent,
  type Conversation,
  type CoverEvent,
  checkKeys,
  collect,
  type Drop,
  dayOf,
  folderInbox,
  forgetSettled,
  type IdentityStore,
  type Inbox,
  intoFolder,
  keysName,
  type LetterContents,
  type ListedLetter,
  letterName,
  listInbox,
  openLetter,
  presentSeconds,
  readBookmark,
  readLetterFolder,
  sealedInbox,
  textOf,
  tryIds,
  type Unopened,
  watch,
  withSealed,
  writeBookmark,
} from '../node/index.ts';
import { SLOT_SECONDS } from '../wire/sizes.ts';
import { parseSlot, slotAt } from '../wire/slot.ts';
import { COVER_EVERY_MAX, sayCost, sayPace } from './cover.ts';
import { sealedIdFromInput } from './input.ts';
import { signal } from './interruption.ts';
import {
  conversationText,
  eventTeller,
  plainLetter,
  plainNote,
  sayNames,
  sayWriter,
  tellLetter,
  UNOPENED,
} from './letter-report.ts';
import { sealedIdArgument, wholeNumber } from './options.ts';
import { clock } from './plan.ts';
import { progressOf } from './progress.ts';
import { isUnfetched, sayReadUpTo, sayStanding } from './reading-report.ts';
import { counted, describe, say, tell, Usage } from './terminal.ts';
import { openTransport, type TransportOptions, transportCommand } from './transport.ts';
import { ownerCommand, readerCommand, withIdentity, withReader } from './unlock.ts';

const INBOX = 'inbox';

/** How long before its end a contact is worth a word. */
const REMIND_SECONDS = 5 * 86_400;

const WATCH_HELP = `
With --watch, polls come at random distances, and each cell is fetched at a random moment, not when it is found: one in
--gap seconds on average, by default a fifth of --every and at most 60. That something is fetched still shows that there
was a letter. Without it, all is fetched at once.

With --cover N, exactly N cells are fetched in each stretch of --every, whether letters come or not, at moments that are
drawn beforehand: a letter's where one waits, else one of your own cover, which is sent to nobody as letters are, as many
cells on average. So fetching shows nothing. It begins when there is enough cover, and stops while none can be sent; what
it costs, and how long letters take, is said at the start.`;

/** Where letters are kept. */
export interface InboxOptions {
  readonly inbox: string;
  readonly json?: boolean;
}

/** What reading needs besides the identity. */
export interface ReadOptions extends InboxOptions, TransportOptions {
  readonly encrypted?: boolean;
  readonly watch?: boolean;
  readonly every: number;
  readonly gap?: number;
  readonly cover?: number;
}

/** Gives a command the option that names its inbox. */
export function inboxOption(command: Command): Command {
  return command.option('--inbox <folder>', 'where letters are kept', INBOX);
}

function dropOption(command: Command): Command {
  return command.option('--drop <url>', 'base URL of the drop, when it is no longer the one in the identity');
}

/** Gives a command the options of reading. */
export function readOptions(command: Command): Command {
  return transportCommand(command)
    .option('--encrypted', 'keep letters encrypted, a file each; show opens one')
    .option('--watch', 'go on until Ctrl-C')
    .option('--every <seconds>', 'how often to look on average, with --watch', wholeNumber(1, 86_400), SLOT_SECONDS)
    .option('--gap <seconds>', 'how long to wait on average before each cell (1 MiB), with --watch', wholeNumber(0, 60))
    .addOption(
      new Option('--cover <cells>', 'fetch exactly so many cells in each stretch of --every, with --watch')
        .argParser(wholeNumber(1, CELLS_PER_TICK_MAX))
        .conflicts('gap'),
    )
    .hook('preAction', (_, action) => {
      const { cover, watch: isWatching, every } = action.opts<ReadOptions>();
      // Before anybody is asked for a passphrase.
      if (cover !== undefined && !isWatching) throw new Usage('--cover goes with --watch');
      // Own cover is fetched for most of a day, and not before two more batches were seen.
      if (cover !== undefined && every > COVER_EVERY_MAX) throw new Usage('--every is at most 3600 with --cover');
    })
    .addHelpText('after', WATCH_HELP);
}

/** Gives `read` what it does. */
export function readCommand(command: Command): Command {
  return readOptions(dropOption(inboxOption(ownerCommand(command)))).action(async ({ drop, ...options }) => {
    await withIdentity(options, async (held) => {
      remind(held);
      await readLetters(held, drop ?? held.current().drop, options);
    });
  });
}

/** Reads a drop, once or until Ctrl-C, into an inbox on the disk. @param first - the bookmark of an inbox that has none */
export async function readLetters(
  held: IdentityStore,
  url: string,
  options: ReadOptions,
  first?: Bookmark,
): Promise<void> {
  checkKeys(held.current()); // before Tor is asked for
  const drop = await openTransport(url, options);
  const folder = options.inbox;
  const kept = await readBookmark(folder, held.current(), drop.url);
  const bookmark = first && kept.slots.size === 0 ? first : kept;
  await held.refresh(); // another process may have read with newer keys: what they brought is not forgotten
  const save = async () => {
    await writeBookmark(folder, held.current(), drop.url, bookmark);
    await held.refresh(); // another process may have issued new keys meanwhile
    if (!(await destroyPast(held, bookmark))) return;
    // What was kept for them goes with them.
    forgetSettled(bookmark, new Set(held.current().epochs.map(keysName)));
    await writeBookmark(folder, held.current(), drop.url, bookmark);
  };
  await readInto(held, drop, inboxOf(held, options), options, bookmark, { save });
}

/**
 * Destroys the keys of epochs that are over by the clock of this machine *and* by the newest batch that was read: a clock
 * that is wrong destroys nothing.
 *
 * @returns whether there were any
 */
async function destroyPast(held: IdentityStore, { slots }: Bookmark): Promise<boolean> {
  const newest = [...slots].sort().at(-1);
  if (newest === undefined) return false;
  const before = held.current().epochs.length;
  const now = Math.min(Date.now(), parseSlot(newest).getTime()) / 1000;
  await held.destroyPast(now).catch((error) => say(`${describe(error)}; keys that are over are destroyed later`));
  const count = before - held.current().epochs.length;
  if (count > 0) say(`the keys of ${counted(count, 'epoch that is', 'epochs that are')} over were destroyed`);
  return count > 0;
}

/** What reading may be given besides. */
interface ReadingInto {
  readonly save?: () => Promise<void>;
  /** What is said when no letter came. @default - that there is nothing new */
  readonly nothing?: string;
}

/**
 * Reads a drop, once or until Ctrl-C, and says what waits and what was given up. The exit status is 1 where something that
 * was found could not be fetched.
 */
export async function readInto(
  held: IdentityStore,
  drop: Drop,
  inbox: Inbox,
  { json, watch: isWatching, every, gap, cover: cells }: Omit<ReadOptions, 'inbox'>,
  bookmark: Bookmark,
  { save, nothing = 'nothing new' }: ReadingInto = {},
): Promise<void> {
  const batches = progressOf('reading', 'batch', 'batches');
  const bytes = progressOf('fetching', 'byte');
  const events = eventTeller(json);
  let first: string | undefined;
  let letters = 0;
  const report = (event: CollectEvent) => {
    if (event.kind === 'letter') letters += 1;
    bytes.stop();
    if (event.kind !== 'batch') batches.stop();
    else {
      first ??= event.slot;
      const done = slotsBetween(first, event.slot);
      batches(done, Math.max(done, slotsBetween(first, slotAt(new Date()))));
    }
    events.tell(event);
  };
  const progress = (done: number, total: number) => {
    batches.stop();
    bytes(done, total);
  };
  const stop = () => {
    batches.stop();
    bytes.stop();
    events.sum();
  };
  const reading = { drop, identity: held.current, inbox, bookmark, save, report, progress };
  const trouble = (error: unknown) => {
    stop();
    say(`${describe(error)}; looking again later`);
  };
  if (isWatching && cells !== undefined) {
    sayCost(cells, every);
    sayPace(cells, every);
  }
  if (isWatching) say('watching until Ctrl-C');
  const tellCover = (event: CoverEvent) => {
    if (event.kind === 'ready')
      say(`there is ${event.isReady ? 'enough cover: fetching' : 'not enough cover: nothing is fetched'}`);
  };
  const cover = cells === undefined ? undefined : { cells, report: tellCover };
  const sayHow = (what?: string) => {
    stop();
    sayStanding(bookmark, held.current());
    if (what !== undefined) sayReadUpTo(what, bookmark);
  };
  let polls = 0;
  const polled = () => {
    polls += 1;
    if (polls === 1) sayHow('watching');
  };
  if (isWatching) return watch({ ...reading, every, gap, cover, trouble, polled }).finally(stop);
  await collect(reading).catch((error) => {
    stop();
    if (!signal.aborted) sayStanding(bookmark, held.current());
    throw error;
  });
  sayHow(letters === 0 ? nothing : undefined);
  if (isUnfetched(bookmark)) process.exitCode = 1;
}

/** How many slots there are from one to another, both included. */
function slotsBetween(first: string, last: string): number {
  return Math.max((parseSlot(last).getTime() - parseSlot(first).getTime()) / (SLOT_SECONDS * 1000), 0) + 1;
}

/** Gives `open` what it does. */
export function openCommand(command: Command): Command {
  return transportCommand(dropOption(inboxOption(ownerCommand(command))))
    .option('--encrypted', 'keep the letter encrypted; show opens it')
    .argument('<sealed id>', '108 characters, as in a batch; - reads it from standard input', sealedIdArgument)
    .action(async (given: Uint8Array | undefined, { drop: url, json, ...options }) => {
      await withIdentity(options, async (held) => {
        const sealedId = given ?? (await sealedIdFromInput()); // nobody can be asked for a passphrase after that
        const identity = held.current();
        checkKeys(identity);
        const drop = await openTransport(url ?? identity.drop, options);
        const [found] = await tryIds(sealedId, identity.epochs);
        if (found === undefined) throw new Error('that sealed id is not for this identity');
        const { id, keys: epoch } = found;
        const name = letterName(id, epoch);
        const inbox = inboxOf(held, options);
        await readBookmark(options.inbox, identity, drop.url); // refuses an inbox of another identity
        if (await inbox.has(name)) {
          say('that letter is in the inbox already');
          const path = (await inbox.find(name))?.path ?? join(options.inbox, name);
          return tell(json, { name, path }, path);
        }
        await inbox.clearUnfinished();
        const progress = progressOf('fetching', 'byte');
        const letter = await openLetter(drop, identity, epoch, id, inbox, name, { progress }).finally(progress.stop);
        if (typeof letter === 'string') throw new Error(UNOPENED[letter as Unopened]); // there is place for it
        sayWriter(letter);
        sayNames(letter);
        tell(json, plainLetter(letter), letter.path);
      });
    });
}

/** Gives `inbox` what it does. */
export function listCommand(command: Command): Command {
  return inboxOption(readerCommand(command)).action(async ({ inbox, json, ...options }) => {
    await withReader(options, async (held) => {
      for (const conversation of await conversationsIn(inbox, held)) {
        if (json) tell(json, conversation.map(plainNote), undefined);
        else process.stdout.write(conversationText(conversation));
      }
    });
  });
}

/** Gives `show` what it does. */
export function showCommand(command: Command): Command {
  return inboxOption(readerCommand(command))
    .argument('<letter>', 'as inbox lists it, or its folder')
    .option('--save <folder>', 'write a letter that is kept encrypted into a new folder in this one')
    .action(async (what: string, { inbox, json, save, ...options }) => {
      await withReader(options, async (held) => {
        const letter = await findLetter(inbox, held, what);
        const { name, isSealed, id, time, from, answers } = letter;
        const { storageKey } = held.current();
        const about = { from: from?.contact, answers };
        if (save !== undefined && !isSealed) say('that letter is in the clear already, in its folder');
        const show = async (contents: LetterContents) => {
          const text = await textOf(contents);
          tellLetter(json, { name, path: '', files: contents.head.files, ...about }, text);
          text.fill(0);
          if (save === undefined) return;
          if (existsSync(join(save, name))) throw new Error('that letter was saved there already');
          const saved = await intoFolder(save, { name, id, time, contents });
          say(`saved in the clear, ${counted(saved.files.length, 'file')}: ${saved.path}`);
          sayNames(saved);
        };
        if (isSealed) return withSealed(inbox, name, storageKey, show);
        const { files, text } = await readLetterFolder(join(inbox, name), storageKey);
        tellLetter(json, { name, path: join(inbox, name), files, ...about }, text);
      });
    });
}

function inboxOf(held: IdentityStore, { inbox, encrypted }: { inbox: string; encrypted?: boolean }): Inbox {
  const { storageKey } = held.current();
  return (encrypted ? sealedInbox : folderInbox)(inbox, storageKey);
}

async function conversationsIn(inbox: string, held: IdentityStore): Promise<Conversation[]> {
  let count = 0;
  const damaged = () => {
    count += 1;
  };
  const all = await listInbox(inbox, held.current().storageKey, damaged).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new Error('there is no inbox yet: dead-drop read makes one') : error;
  });
  if (count > 0) say(`left out, as of another identity or damaged: ${count}`);
  return all;
}

/** The letter that a person means: by its name, the beginning of it, or its folder. */
export async function findLetter(inbox: string, held: IdentityStore, what: string): Promise<ListedLetter> {
  const wanted = basename(what)
    .replace(/\.sealed$/, '')
    .replace(/^letter-/, '')
    .toLowerCase();
  const letters = (await conversationsIn(inbox, held)).flat().filter(({ isSent }) => !isSent);
  const found = letters.filter(({ name }) => wanted !== '' && name.startsWith(`letter-${wanted}`));
  if (found.length === 1) return found[0]!;
  throw new Error(
    found.length === 0 ? 'there is no such letter in the inbox' : 'more than one letter begins like that',
  );
}

/** Reminds of keys that are nearly over. */
function remind(held: IdentityStore): void {
  const { epochs, epochSeconds, signing, members } = held.current();
  const newest = epochs.at(-1);
  const now = presentSeconds();
  const left = (newest?.validUntil ?? 0) - now;
  if (newest && left > Math.min(REMIND_SECONDS, epochSeconds / 4)) return;
  const when =
    newest && left > 0
      ? `until ${clock(new Date(newest.validUntil * 1000))} only`
      : `no longer by the clock of this machine, ${dayOf(now)}`;
  const who = signing.secretKey === undefined ? 'the maker of the desk' : 'dead-drop rotate';
  say(`${members ? "the desk's" : 'your'} contact is valid ${when}: ${who} makes the next one`);
}
