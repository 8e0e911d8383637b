import { type Deviations, normalAdvantage } from '../../core/send/advantage.ts';
import { SLOT_SECONDS } from '../../wire/sizes.ts';
import { type Cover, uploadsInMinute } from './counts.ts';

/** By the exact law of a minute, of which a tick has five: whoever does not know the minute, averages over them. */
export function deviationsOf(cover: Cover): Deviations {
  const law = uploadsInMinute(cover);
  const inTick = (cells: number, registrations: number) => {
    return law.deviation(cells, registrations) / Math.sqrt(SLOT_SECONDS / 60);
  };
  return { cell: inTick(1, 0), registration: Math.sqrt(inTick(1, 1) ** 2 - inTick(1, 0) ** 2) };
}

/** Over letters of one cell, each in a tick that is known. */
export function advantageOfLetters({ cell, registration }: Deviations, letters: number): number {
  return normalAdvantage(letters * (registration ** 2 + cell ** 2));
}
