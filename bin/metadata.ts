import { findMetadata } from '../metadata/metadata.ts';
import { confirm } from './ask.ts';
import { signal } from './interruption.ts';
import { type LetterFile, throwNamed } from './letter-files.ts';
import { say, shownLine } from './terminal.ts';

const UNREAD = {
  kind: 'of a kind that is not looked into',
  damaged: 'damaged, or not what it seems',
  encrypted: 'encrypted',
  size: 'too large to be looked into',
  time: 'too long to be looked into',
} as const;

/**
 * Says what files tell of whoever made them, as far as that can be seen, and asks whether they are to be sent.
 *
 * @param anyway - whether that was answered beforehand
 * @throws Error when they are not
 */
export async function warnOfMetadata(files: readonly LetterFile[], anyway: boolean | undefined): Promise<void> {
  if (files.length === 0) return;
  let [isTelling, isUnsure] = [false, false];
  const paths = files.map(({ path }) => path);
  const found = await findMetadata(paths, signal).catch((error) => throwNamed(files, error));
  for (const [place, { metadata, unread }] of found.entries()) {
    const name = shownLine(files[place]!.file.name);
    const known = metadata.length > 0 ? 'not all is known' : 'nothing is known';
    if (unread) say(`${name}: ${UNREAD[unread]}, so ${known} of what it tells of its author`);
    if (metadata.length > 0) say(`${name} tells who made it, or where:`);
    for (const { what, value } of metadata) say(`  ${what}: ${value}`);
    isTelling ||= metadata.length > 0;
    // A kind that is never looked into is said. What might have been looked into, and was not, is to be decided.
    isUnsure ||= unread !== undefined && unread !== 'kind';
  }
  if (!(isTelling || isUnsure) || anyway) return;
  if (isTelling)
    say('the reader of the letter sees that, and it may lead to the person: remove it, or send a copy without it');
  if (isUnsure)
    say('what could not be looked into may lead to the person as well: send a copy that can be, if there is one');
  if (await confirm('Send the files as they are?', signal)) return;
  throw new Error('nothing was sent: --anyway sends the files as they are');
}
