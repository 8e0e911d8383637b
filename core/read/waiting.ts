import type { PendingLetter } from './bookmark.ts';

/** Letters that wait for their first try, at most: so nobody who registers without end fills the memory. */
export const WAITING_MAX = 10_000;

const WEEK_SECONDS = 7 * 86_400;

/**
 * How many letters may wait for their first try while watching: no more than a week of fetching, of the two for which a
 * drop keeps them. Of more, most would have expired when their turn came, those included that come after a flood.
 *
 * @param secondsPerCell - between two requests for cells, on average
 */
export function waitingMax(secondsPerCell: number): number {
  return Math.min(WAITING_MAX, Math.max(1, Math.floor(WEEK_SECONDS / secondsPerCell)));
}

/**
 * Where too many letters wait for their first try, leaves out those whose number is the highest. Each has drawn its own
 * when it was found, so that all of a flood, and who came before, in and after it, have the same chance.
 *
 * @param isBegun - whether a letter was begun: such a one stays
 * @returns how many were left out
 */
export function leaveOut(
  pending: Map<string, PendingLetter>,
  most: number,
  isBegun: (letter: PendingLetter) => boolean,
): number {
  const waiting = [...pending.values()].flatMap((letter) =>
    letter.state.kind === 'new' && !isBegun(letter) ? [{ name: letter.name, luck: letter.state.luck }] : [],
  );
  if (waiting.length <= most) return 0;
  const left = waiting.sort((a, b) => a.luck - b.luck).slice(most);
  for (const { name } of left) pending.delete(name);
  return left.length;
}
