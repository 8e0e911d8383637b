import {
  type Bookmark,
  type Identity,
  keysName,
  type Lost,
  missingKeys,
  type PendingLetter,
  TRIES,
} from '../node/index.ts';
import { SLOT_SECONDS } from '../wire/sizes.ts';
import { parseSlot, slotAt, slotBefore } from '../wire/slot.ts';
import { clock } from './plan.ts';
import { counted, say } from './terminal.ts';

/** A drop publishes every five minutes: after an hour without a batch something is wrong, or a clock is. */
const LATE_SLOTS = 3600 / SLOT_SECONDS;

/** Says up to when a drop was read, where that is all that there is to say. @param what - like `nothing new` */
export function sayReadUpTo(what: string, bookmark: Bookmark): void {
  const newest = [...bookmark.slots].sort().at(-1);
  if (newest === undefined || bookmark.checked === undefined) {
    say(`${what}: the drop lists no batches yet`);
    return;
  }
  const isLate = newest < slotBefore(slotAt(new Date()), LATE_SLOTS);
  const late = isLate ? '. It has published nothing since, or the clock of this machine is ahead' : '';
  say(`${what}: read up to ${time(newest)}${late}`);
}

/**
 * Says what a reader has to know besides what came: what waits, and what for; what was given up; whether there are keys
 * that the identity lacks. Sums, so that no stranger fills the screen.
 */
export function sayStanding(bookmark: Bookmark, identity: Identity): void {
  sayMissingKeys(bookmark, identity);
  sayWaiting(bookmark);
  sayLosses(bookmark);
}

/** Whether something that was found could not be fetched, for want of an answer or of a good batch. */
export function isUnfetched({ pending, unread }: Bookmark): boolean {
  return unread.size > 0 || [...pending.values()].some(isUnanswered);
}

/** What was answered once is not waited for as what the drop keeps to itself: anybody can register what is not there. */
function isUnanswered({ state }: PendingLetter): boolean {
  return state.kind === 'failed' && state.tries === 0;
}

function sayMissingKeys(bookmark: Bookmark, { epochs }: Identity): void {
  const missing = missingKeys(bookmark, new Set(epochs.map(keysName)), new Date());
  if (missing.length === 0) return;
  const since = missing.map((each) => each.since).sort()[0]!;
  const until = missing
    .map((each) => each.until)
    .sort()
    .at(-1)!;
  const contacts = missing.length === 1 ? 'a contact' : `${missing.length} contacts`;
  say(`this identity file is older than one that read into this inbox: it lacks the keys of ${contacts}`);
  say(
    `valid from ${time(since)} to ${time(until)}. Letters to it are not opened with this file, and are not lost yet:`,
  );
  say('read with the newest copy of the file; if there is none, publish a new contact with dead-drop rotate');
}

function sayWaiting({ pending, unread }: Bookmark): void {
  const letters = [...pending.values()];
  const forRoom = letters.flatMap(({ state }) => (state.kind === 'without room' ? [state.needs] : []));
  const unanswered = letters.filter(isUnanswered).length;
  const tries = letters.flatMap(({ state }) => (state.kind === 'failed' && state.tries > 0 ? [state.tries] : []));
  const letter = (count: number) => counted(count, 'letter');
  if (forRoom.length > 0) {
    const sum = forRoom.reduce((all, each) => all + each, 0);
    const all = forRoom.length > 1 ? `, all of them ${mebibytes(sum)} MiB` : '';
    const verb = forRoom.length === 1 ? 'waits' : 'wait';
    const least = mebibytes(Math.min(...forRoom));
    say(`${letter(forRoom.length)} ${verb} for room: the smallest needs ${least} MiB of free disk${all}`);
  }
  if (unanswered > 0) say(`could not be fetched, and asked for again at a later read: ${letter(unanswered)}`);
  if (tries.length > 0) {
    const [least, most] = [Math.min(...tries), Math.max(...tries)];
    const made = least === most ? `${least}` : `${least} to ${most}`;
    say(`not opened yet, and tried again at a later read: ${letter(tries.length)} (${made} of ${TRIES} tries made)`);
  }
  if (unread.size > 0)
    say(`could not be read, and asked for again at a later read: ${counted(unread.size, 'batch', 'batches')}`);
}

const LOST: Record<Lost, (count: number) => string> = {
  letter: (count) => `${counted(count, 'letter')} given up`,
  batch: (count) => `${counted(count, 'batch', 'batches')} given up`,
  gone: (count) => `${counted(count, 'batch', 'batches')} gone from the drop, or never published`,
};

function sayLosses({ losses }: Bookmark): void {
  for (const [what, { count, first, last }] of losses)
    say(`so far, and not asked for again: ${LOST[what](count)}, from ${time(first)} to ${time(last)}`);
}

const mebibytes = (bytes: number) => Math.ceil(bytes / 2 ** 20).toLocaleString('en');

const time = (slot: string) => clock(parseSlot(slot));
