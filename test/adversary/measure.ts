import type { Advantage } from './advantage.ts';
import type { Cover } from './counts.ts';
import { accountReaders, type Distinguisher, flooder, seizers } from './distinguishers.ts';
import { type Draw, drawLetter, drawTick, type Sent, withLetter } from './tick.ts';

/** What a step of a source's letter takes over Tor, in seconds: as long as a decoy's, less, or more. */
export const STEP_SECONDS = { fast: 2, likeDecoys: 4, slow: 10 };

/** What was measured of one vantage point. */
export interface Measured extends Advantage {
  /** The distinguisher that did best. */
  readonly name: string;
}

export interface Setting extends Draw {
  readonly cover: Cover;
  readonly letters: readonly Sent[];
  /** How many without a letter, and as many with each. */
  readonly ticks: number;
  readonly random: (below: number) => number;
}

/**
 * The best advantages per tick, or in a known minute: of those who read the account's metrics, of those who seize it and
 * have the list of uploads besides, and of a flooder, who learns the registrations of a tick only.
 */
export interface Found extends Sent {
  readonly account: Measured;
  readonly seizure: Measured;
  readonly flooder: Measured;
}

/**
 * Measures ticks without a letter, and the same ticks with each of some letters. That both have the same decoys makes
 * their difference less a matter of luck than the confidence intervals say.
 */
export function measure({ cover, letters, ticks, random, ...how }: Setting): Found[] {
  const all = letters.map((letter) => {
    const who = { account: accountReaders(cover, letter), seizure: seizers(cover, letter), flooder: [flooder] };
    const views = Object.values(who).flat();
    return { letter, who, views: views.map((each) => ({ each, without: [] as number[][], sent: [] as number[][] })) };
  });
  for (let tick = 0; tick < ticks; tick += 1) {
    const none = drawTick(cover, random, how);
    for (const { letter, views } of all) {
      const one = withLetter(none, drawLetter(letter, random));
      for (const { each, without, sent } of views) {
        without.push(each.read(none));
        sent.push(each.read(one));
      }
    }
  }
  return all.map(({ letter, who, views }) => {
    const best = (those: readonly Distinguisher[]) => {
      return views
        .filter(({ each }) => those.includes(each))
        .map(({ each, without, sent }): Measured => ({ name: each.name, ...each.advantage(without, sent) }))
        .reduce((one, other) => (other.value > one.value ? other : one));
    };
    return { ...letter, account: best(who.account), seizure: best(who.seizure), flooder: best(who.flooder) };
  });
}
