import type { Advantage } from './advantage.ts';
import { accountReaders, flooder } from './distinguishers.ts';
import { type DrawLetters, drawLetter, drawTick } from './tick.ts';

/** What a step of a source's letter takes over Tor, in seconds: as long as a decoy's, or slower. */
export const STEP_SECONDS = { likeDecoys: 2, slow: 8 };

/** What was measured of one vantage point. */
export interface Measured extends Advantage {
  /** The distinguisher that did best. */
  readonly name: string;
}

export interface Setting {
  readonly decoysPerMinute: number;
  /** Of the letter that was sent, or was not. */
  readonly cells: number;
  /** How many without a letter, and as many with one. */
  readonly ticks: number;
  readonly random: (below: number) => number;
  /** @default STEP_SECONDS.likeDecoys */
  readonly stepSeconds?: number;
  /** The decoys. @default - those of the decoy function */
  readonly draw?: DrawLetters;
}

/** The best advantages per tick: of those who read the account, and of a flooder, who learns registrations only. */
export function measure(setting: Setting): { readonly account: Measured; readonly flooder: Measured } {
  const { decoysPerMinute, cells, ticks, random, draw, stepSeconds = STEP_SECONDS.likeDecoys } = setting;
  const readers = accountReaders(decoysPerMinute, cells);
  const views = [flooder, ...readers].map((who) => ({ who, without: [] as number[][], withLetter: [] as number[][] }));
  for (let tick = 0; tick < ticks; tick += 1) {
    const none = drawTick(decoysPerMinute, random, undefined, draw);
    const one = drawTick(decoysPerMinute, random, drawLetter(cells, stepSeconds, random), draw);
    for (const { who, without, withLetter } of views) {
      without.push(who.read(none));
      withLetter.push(who.read(one));
    }
  }
  const [flood, ...account] = views.map(({ who, without, withLetter }) => {
    return { name: who.name, ...who.advantage(without, withLetter) };
  });
  return { flooder: flood!, account: account.reduce((one, other) => (other.value > one.value ? other : one)) };
}
