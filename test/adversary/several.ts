import { SLOT_SECONDS } from '../../wire/sizes.ts';
import { type Advantage, advantageOf } from './advantage.ts';
import { countLaw } from './counts.ts';
import { likelihoodRatio } from './distinguishers.ts';
import { STEP_SECONDS } from './measure.ts';
import { drawLetter, drawTick, withLetter } from './tick.ts';

/**
 * The advantage of an account reader who asks of several ticks that he has in mind whether a letter of one cell was sent
 * in each of them, or none in any. He adds up what each tick says.
 */
export function advantageOverTicks(
  decoysPerMinute: number,
  ticks: number,
  trials: number,
  random: (below: number) => number,
): Advantage {
  const law = countLaw((decoysPerMinute * SLOT_SECONDS) / 60);
  const trial = (isSent: boolean) => {
    let score = 0;
    for (let tick = 0; tick < ticks; tick += 1) {
      const none = drawTick(decoysPerMinute, random);
      const { uploads, registrations } = isSent
        ? withLetter(none, drawLetter({ cells: 1, stepSeconds: STEP_SECONDS.likeDecoys }, random))
        : none;
      const registered = registrations.reduce((sum, count) => sum + count, 0);
      score += Math.log(Math.max(likelihoodRatio(law, 1, uploads.length, registered), 1e-9));
    }
    return score;
  };
  const trialsOf = (isSent: boolean) => Array.from({ length: trials }, () => trial(isSent));
  return advantageOf(trialsOf(false), trialsOf(true));
}
