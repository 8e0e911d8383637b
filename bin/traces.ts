import { findTraces } from '../traces/traces.ts';
import { signal } from './interruption.ts';
import { confirm, say } from './terminal.ts';

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
export async function warnOfTraces(paths: readonly string[], anyway: boolean | undefined): Promise<void> {
  if (paths.length === 0) return;
  let isTelling = false;
  for (const { name, traces, unread } of await findTraces(paths, signal)) {
    if (unread) say(`${name}: ${UNREAD[unread]}, so nothing is known of what it tells of its author`);
    if (traces.length > 0) say(`${name} tells who made it, or where:`);
    for (const { what, value } of traces) say(`  ${what}: ${value}`);
    isTelling ||= traces.length > 0;
  }
  if (!isTelling || anyway) return;
  say('whoever reads the letter sees that, and it may lead to the person: remove it, or send a copy without it');
  if (await confirm('Send the files as they are?', signal)) return;
  throw new Error('nothing was sent: --anyway sends the files as they are');
}
