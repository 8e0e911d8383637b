import type { Advantage } from './advantage.ts';
import { accountReaders, flooder } from './distinguishers.ts';
import { type Draw, drawLetter, drawTick, type Sent, withLetter } from './tick.ts';

/** What a step of a source's letter takes over Tor, in seconds: as long as a decoy's, less, or more. */
export const STEP_SECONDS = { fast: 2, likeDecoys: 4, slow: 10 };

/** What was measured of one vantage point. */
export interface Measured extends Advantage {
  /** The distinguisher that did best. */
  readonly name: string;
}

export interface Setting extends Draw {
  readonly decoysPerMinute: number;
  readonly letters: readonly Sent[];
  /** How many without a letter, and as many with each. */
  readonly ticks: number;
  readonly random: (below: number) => number;
}

/** The best advantages per tick: of those who read the account, and of a flooder, who learns registrations only. */
export interface Found extends Sent {
  readonly account: Measured;
  readonly flooder: Measured;
}

/**
 * Measures ticks without a letter, and the same ticks with each of some letters. That both have the same decoys makes
 * their difference less a matter of luck than the confidence intervals say.
 */
export function measure({ decoysPerMinute, letters, ticks, random, ...how }: Setting): Found[] {
  const all = letters.map((letter) => {
    const who = [flooder, ...accountReaders(decoysPerMinute, letter.cells)];
    return { letter, views: who.map((each) => ({ each, without: [] as number[][], sent: [] as number[][] })) };
  });
  for (let tick = 0; tick < ticks; tick += 1) {
    const none = drawTick(decoysPerMinute, random, how);
    for (const { letter, views } of all) {
      const one = withLetter(none, drawLetter(letter, random));
      for (const { each, without, sent } of views) {
        without.push(each.read(none));
        sent.push(each.read(one));
      }
    }
  }
  return all.map(({ letter, views }) => {
    const [flood, ...account] = views.map(({ each, without, sent }) => {
      return { name: each.name, ...each.advantage(without, sent) };
    });
    const best = account.reduce((one, other) => (other.value > one.value ? other : one));
    return { ...letter, flooder: flood!, account: best };
  });
}
