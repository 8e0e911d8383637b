import { isSame } from '../../wire/bytes.ts';
import { type FetchedLetter, type LetterContents, NotOpened, type OpenProgress } from '../letter/letter-contents.ts';
import type { OpenedLetter } from './open-letter.ts';

/** A letter whose root is open and checked. Its further cells come while it is read. */
export interface ReadableLetter {
  /** Under which it stands in the inbox. */
  readonly name: string;
  readonly id: Uint8Array;
  /** Seconds since 1970. */
  readonly time: number;
  readonly contents: LetterContents;
  readonly progress?: OpenProgress | undefined;
}

/** One that comes from a drop. */
export interface IncomingLetter extends ReadableLetter {
  readonly contents: FetchedLetter;
}

/** Where letters go. */
export interface Inbox {
  /** Whether a letter stands in it already. */
  has(name: string): Promise<boolean>;
  /** A letter that stands in it, as it was when it was taken. @returns undefined when it cannot be read */
  find(name: string): Promise<OpenedLetter | undefined>;
  /** Takes a letter, whole or not at all. @throws NotOpened; NoRoom; the system's error */
  take(letter: IncomingLetter): Promise<OpenedLetter>;
  /** The root of a letter that was begun and is not whole, as the drop gave it out, where it is kept: maybe damaged. */
  keptRoot?(name: string): Promise<Uint8Array | undefined>;
  /** Bytes of disk that are free for it. */
  freeBytes(): Promise<number>;
  /**
   * Removes what a killed process left unfinished; what a living one is writing stays. So do cells of letters that wait, of
   * others that were found meanwhile, and of what was opened by itself: those as long as a drop may have the rest.
   *
   * @param waits - whether a letter is waited for, by its name. One that was and is not any more leaves nothing
   */
  clearUnfinished(waits?: (name: string) => boolean): Promise<void>;
}

/** An inbox on no disk: it has nothing of what it took, and room for everything. */
export function onNoDisk(take: Inbox['take']): Inbox {
  return {
    has: async () => false,
    find: async () => undefined,
    take,
    freeBytes: async () => Number.POSITIVE_INFINITY,
    clearUnfinished: async () => {},
  };
}

/** An inbox that takes only what this identity (Ed25519 public key) has written: all else is unwanted. */
export function onlyFrom(identity: Uint8Array, inbox: Inbox): Inbox {
  return {
    ...inbox,
    async take(letter) {
      const writer = letter.contents.head.writer?.contact.identity;
      if (writer === undefined || !isSame(writer, identity)) throw new NotOpened('unwanted');
      return inbox.take(letter);
    },
  };
}
