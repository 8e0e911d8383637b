import { type LetterContents, NotOpened, type OpenProgress } from '../letter/letter-contents.ts';
import type { OpenedLetter } from './open-letter.ts';

/** A letter whose root is open and checked. Its further cells come while it is read. */
export interface IncomingLetter {
  /** Under which it stands in the inbox. */
  readonly name: string;
  readonly id: Uint8Array;
  /** Seconds since 1970. */
  readonly time: number;
  readonly contents: LetterContents;
  readonly progress?: OpenProgress | undefined;
}

/** Where letters go. */
export interface Inbox {
  /** Whether a letter stands in it already. */
  has(name: string): Promise<boolean>;
  /** A letter that stands in it, as it was when it was taken. @returns undefined when it cannot be read */
  find(name: string): Promise<OpenedLetter | undefined>;
  /** Takes a letter, whole or not at all. @throws NotOpened; NoRoom; the system's error */
  take(letter: IncomingLetter): Promise<OpenedLetter>;
  /** Bytes of disk that are free for it. */
  freeBytes(): Promise<number>;
  /** Removes what a killed process left unfinished; what a living one is writing stays. */
  clearUnfinished(): Promise<void>;
}

/** An inbox that takes only what this identity (Ed25519 public key) has written: all else is unwanted. */
export function onlyFrom(identity: Uint8Array, inbox: Inbox): Inbox {
  return {
    ...inbox,
    async take(letter) {
      const writer = letter.contents.head.writer?.contact.identity;
      if (writer === undefined || Buffer.compare(writer, identity) !== 0) throw new NotOpened('unwanted');
      return inbox.take(letter);
    },
  };
}
