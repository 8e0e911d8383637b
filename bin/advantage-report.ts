import { advantageByMoments, advantageByPeriod, ticksOver, USUAL } from '../core/send/advantage.ts';
import { CELL_BYTES } from '../wire/sizes.ts';
import { counted, say, span } from './terminal.ts';

const DAY = 86_400_000;

/** From this advantage on, a letter that is sent at once should rather be spread. */
const MUCH = 0.05;

/** A number of cells, and how much that is. */
const sizeOf = (cells: number) =>
  `${counted(cells, 'cell')} (${((cells * CELL_BYTES) / 2 ** 20).toLocaleString('en')} MiB)`;

/** Says, before a letter is uploaded, how large it is. */
export function tellSize(cells: number): void {
  say(sizeOf(cells));
}

/**
 * Says, before a letter is sent, how large it is, and how well it hides at a drop with the usual decoys.
 *
 * @param cells - all that it has
 * @param over - over how long it is spread, in milliseconds; 0 is at once
 */
export function tellAdvantage(cells: number, over: number): void {
  const time = over === 0 ? 'sent at once' : `sent over ${span(over)}`;
  const byPeriod = advantageByPeriod(USUAL, cells, ticksOver(cells, over));
  const byMoments = advantageByMoments(USUAL, cells, ticksOver(cells, over));
  const more = over === 0 ? '' : `, ${timesOf(byMoments)} if they also saw when each cell left your network`;
  const own = over === 0 ? byMoments : byPeriod;
  const later = advantageByPeriod(USUAL, cells, ticksOver(cells, DAY));
  const advice = over === 0 && own >= MUCH ? `; with --over 1d ${timesOf(later)}` : '';
  say(
    `${sizeOf(cells)}, ${time}: who reads the drop's account and has that time in mind is right ` +
      `${timesOf(own)} times in 100 whether it came${more}${advice}; 50 is a guess`,
  );
}

/** How often in a hundred somebody is right who guesses with an advantage, a letter being there in half of the cases. */
const timesOf = (advantage: number) => Math.ceil(50 + advantage * 50);
