import { randomInt } from '#platform';
import { fingerprintOf, formatFingerprint } from '../core/keys/fingerprint.ts';
import type { Identity } from '../core/keys/identity.ts';
import { openMailbox } from '../core/keys/mailbox.ts';
import { isListed, MAILBOX_WORDS, parseWords, wordsIn } from '../core/keys/words.ts';
import { utf8, wipe } from '../wire/bytes.ts';
import type { Contact } from '../wire/contact.ts';
import { VisitFault } from './fault.ts';
import { SHOWN_CHARACTERS } from './people.ts';

/** How many of twelve words are asked back. */
export const ASKED_BACK = 3;

/** Places of the words that are asked back, from 0: different ones, in order, that only chance decides. */
export function placesToAsk(random = randomInt): number[] {
  const left = Array.from({ length: MAILBOX_WORDS }, (_, place) => place);
  const drawn = Array.from({ length: ASKED_BACK }, () => left.splice(random(left.length), 1)[0]!);
  return drawn.sort((a, b) => a - b);
}

/** Whether a word was given back as it is, however it was typed. */
export function isWord(word: string, typed: string): boolean {
  const given = wordsIn(typed);
  return given.length === 1 && given[0] === word;
}

/** Checks twelve words as they were typed. @throws VisitFault that says which is wrong, and none of what was typed */
export function checkWords(typed: string): void {
  const words = wordsIn(typed);
  if (words.length !== MAILBOX_WORDS) throw new VisitFault({ kind: 'wordCount', count: words.length });
  const wrong = words.findIndex((word) => !isListed(word));
  if (wrong !== -1) throw new VisitFault({ kind: 'word', number: wrong + 1 });
  try {
    wipe(parseWords(typed));
  } catch {
    throw new VisitFault({ kind: 'misfit' });
  }
}

/** Opens the mailbox of twelve words, which takes half a minute where nothing is compiled. @throws VisitFault */
export async function mailboxOf(typed: string, { drop }: Contact): Promise<Identity> {
  checkWords(typed);
  const words = utf8(typed);
  try {
    return await openMailbox(words, drop);
  } finally {
    wipe(words);
  }
}

/** What a mailbox is known by: the beginning of its fingerprint, which is the same each time. */
export function printOf({ signing }: Identity): string {
  return formatFingerprint(fingerprintOf(signing.publicKey)).slice(0, SHOWN_CHARACTERS);
}
