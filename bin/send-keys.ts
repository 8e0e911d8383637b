import {
  atOnce,
  type Contact,
  checkContact,
  findMember,
  type IdentityStore,
  INVITATION_NAME,
  invitationFor,
  type Member,
  membersBehind,
  membersOf,
  noteSent,
  type OutgoingFile,
  type Pace,
  paceOver,
  type SentSoFar,
  send,
  type UnsentFile,
  type UnsentLetter,
  unsentOf,
  writerOf,
} from '../node/index.ts';
import { signal } from './interruption.ts';
import { clock } from './plan.ts';
import { describe, say, shownLine } from './terminal.ts';
import { openTransport, type TransportOptions } from './transport.ts';
import { canGoOn, keepUnder, keptWords, openUnder, removeSent } from './unsent.ts';

/** How a desk's keys go to its members. */
export interface DeliveryOptions extends TransportOptions {
  /** Milliseconds. */
  readonly over?: number;
  readonly state?: string;
}

/** Sends the newest keys to the members who were sent earlier ones. @returns how many went */
export async function deliverKeys(held: IdentityStore, options: DeliveryOptions): Promise<number> {
  for (const { name, epoch } of membersOf(held.current()))
    if (epoch === 0) fail(`${shownLine(name)} was not sent any keys yet: invite them again`);
  const able = membersBehind(held.current()).filter(isAble);
  if (able.length > 0) {
    const kept = keptKeys(held, options);
    await sendKeys(held, able, options, { kept }).catch((error) => {
      if (!kept.sayLeft(error)) say('not all members were sent the newest keys: dead-drop desk update sends the rest');
      throw error;
    });
  }
  return able.length;
}

function fail(words: string): void {
  say(words);
  process.exitCode = 1;
}

/** Whether a member can be written to, which is said when not. */
function isAble({ name, contact }: Member): boolean {
  try {
    checkContact(contact);
    return true;
  } catch (error) {
    fail(`${shownLine(name)}: ${describe(error)}, and give it to dead-drop desk invite`);
    return false;
  }
}

/** Goes on with keys that were on their way: to the member whose letter is kept, and to those who were to come after. */
export async function goOnWith(held: IdentityStore, path: string, options: DeliveryOptions): Promise<number> {
  const unsent = await openUnder(held, path, 'unsent invitation');
  const { contact, invitation, over } = unsent.letter;
  const kept = keptKeys(held, options, unsent);
  try {
    const desk = held.current();
    const member = findMember(desk, contact);
    if (member === undefined || invitation?.issued !== desk.issued)
      throw new Error(
        'the desk has changed since that was begun: remove that file, and send the newest keys with dead-drop desk update, the first ones with desk invite',
      );
    const others = membersBehind(desk).filter((each) => each !== member && isAble(each));
    // It went, and that was noted, where the member has them.
    const left = member.epoch < desk.issued ? [member, ...others] : others;
    await sendKeys(held, left, { ...options, over }, { kept });
    if (left.length === 0) say('all members were sent the newest keys already');
    return left.length;
  } catch (error) {
    kept.sayLeft(error);
    throw error;
  } finally {
    kept.wipe();
  }
}

/** The file that keeps a desk's letter while it is on its way, one after another. Without --state, nothing is kept. */
function keptKeys(held: IdentityStore, options: DeliveryOptions, resumed?: UnsentFile) {
  let file = resumed;
  return {
    /** When all of them are to have left, where that was said before an interruption. */
    end: resumed?.letter.end,
    /** The letter to somebody that was interrupted, or a new one, which is kept from now on in place of the one before. */
    async begin({ identity }: Contact, make: () => Promise<UnsentLetter>): Promise<UnsentLetter> {
      if (file && Buffer.compare(file.letter.contact.identity, identity) === 0) return file.letter;
      const letter = await make();
      file = file ? await file.next(letter) : await keepUnder(held, 'unsent invitation', letter, options);
      return letter;
    },
    keep: async (soFar: SentSoFar) => file?.keep(soFar),
    /** Says that there is something left to go on with, if there is. @returns whether there is */
    sayLeft(error: unknown): boolean {
      const isLeft = file !== undefined && canGoOn(error);
      if (isLeft) say(keptWords('unsent invitation'));
      return isLeft;
    },
    remove: () => removeSent(file),
    wipe: () => file?.wipe(),
  };
}

/**
 * Sends a member their first keys.
 *
 * @param words - under which they are locked
 */
export async function sendFirstKeys(
  held: IdentityStore,
  member: Member,
  words: Uint8Array,
  options: DeliveryOptions,
): Promise<void> {
  const kept = keptKeys(held, options);
  await sendKeys(held, [member], options, { words, kept }).catch((error) => {
    if (!kept.sayLeft(error))
      say(`${shownLine(member.name)} was not sent the keys: those words are of no use, invite them again`);
    throw error;
  });
}

/** How keys are sent. */
interface KeysOnTheirWay {
  readonly kept: ReturnType<typeof keptKeys>;
  /** Under which the first ones are locked. */
  readonly words?: Uint8Array;
}

/**
 * Sends each of some members the desk's keys, in letters of one cell, and notes those that went. What is kept of a letter
 * stays until that is noted: an interruption in between registers the same letter once more, which is delivered once.
 */
async function sendKeys(
  held: IdentityStore,
  members: readonly Member[],
  options: DeliveryOptions,
  { kept, words }: KeysOnTheirWay,
): Promise<void> {
  const { over } = options;
  const end = kept.end ?? (over === undefined ? undefined : Date.now() + over);
  const steps = members.length * 2; // a cell and a registration each
  const plan = (moments: readonly Date[]) =>
    say(`the plan: ${members.length} x 2 steps, until ${clock(moments.at(-1)!)}`);
  const pace = over === undefined ? atOnce : paceOver(over, { signal, plan, end });
  try {
    for (const [index, { contact, name }] of members.entries()) {
      const desk = await held.refresh();
      const member = findMember(desk, contact);
      const check = async () => {
        // Hours may have passed, and another process may have taken them off, or issued other keys.
        const now = await held.refresh();
        if (member && now.issued === desk.issued && findMember(now, contact)) return;
        throw new Error('the desk was changed meanwhile');
      };
      await check();
      const from = writerOf(desk);
      const letter = await kept.begin(contact, async () => {
        const text = await invitationFor(desk, member!, words);
        return { ...unsentOf({ from }, []), contact, invitation: { text, issued: desk.issued }, over, end };
      });
      const drop = await openTransport(letter.contact.drop, options);
      const own: Pace = (step, _, act) => pace(2 * index + step, steps, () => check().then(act));
      const how = { pace: own, keep: kept.keep, resume: letter.soFar };
      await send(drop, letter.contact, { files: [fileOf(letter.invitation!.text)], from }, how);
      await held.update((before) => noteSent(before, member!, desk.issued));
      say(`${shownLine(name)}: the keys are on their way`);
    }
    await kept.remove();
  } finally {
    kept.wipe();
  }
}

function fileOf(text: string): OutgoingFile {
  const bytes = Buffer.from(text);
  return {
    name: INVITATION_NAME,
    bytes: bytes.length,
    async *read() {
      yield bytes;
    },
  };
}
