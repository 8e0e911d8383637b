import { isSame } from '../../wire/bytes.ts';
import { type Inbox, onNoDisk } from '../inbox/inbox.ts';
import { bodyParts, NotOpened } from '../letter/letter-contents.ts';

/**
 * An inbox that keeps nothing and compares each letter with what was sent, byte for byte. All of its cells are fetched.
 *
 * @param sent - the body that a letter of this name had
 * @param intact - told of each letter that is the same
 */
export function canaryInbox(sent: (name: string) => Uint8Array | undefined, intact: (name: string) => void): Inbox {
  return onNoDisk(async ({ name, contents, progress }) => {
    const body = sent(name) ?? new Uint8Array();
    let at = 0;
    for await (const part of bodyParts(contents, progress)) {
      if (!isSame(part, body.subarray(at, at + part.length))) throw new NotOpened('damaged');
      at += part.length;
    }
    if (at !== body.length) throw new NotOpened('damaged');
    intact(name);
    return { name, path: '', files: contents.head.files };
  });
}
