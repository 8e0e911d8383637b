import { isSame } from '../../wire/bytes.ts';
import { batchOf, dayOf, hourOf, isSummedUp, parseSummary } from '../../wire/summary.ts';
import { getBatch, getSummary } from '../drop/drop.ts';
import { type Check, cannotTell, fail, pass } from './check.ts';
import { DAY_MILLISECONDS, timeOf } from './evidence.ts';
import type { Visit } from './visit.ts';

/** Summaries looked at, and of each so many slots: of a day one, and of hours the others. */
const SUMMARIES = 3;
const SLOTS = 4;

/** What summaries say of batches. */
export const SUMMARY_CHECKS: readonly Check[] = [
  {
    name: 'summaries',
    group: 'batches',
    promise: 'Each summary of an hour or a day has the lines of its batches, as they are.',
    requests: SUMMARIES * (1 + SLOTS),
    async run(visit) {
      const { slots, time } = await visit.list();
      let [compared, missing] = [0, 0];
      for (const period of chosenPeriods(slots, visit.random)) {
        const body = await getSummary(visit.drop, period);
        missing += Number(body === null);
        if (body === null) continue;
        const summary = readSummary(body, period);
        if (summary === undefined) return fail(`what lies there for ${period} is no summary of it`);
        for (const slot of someOf([...summary.keys()], SLOTS, visit.random)) {
          const batch = await getBatch(visit.drop, slot);
          // Lifecycle deletes summaries a day before batches: one without the other is still an old one.
          if (batch === null && timeOf(slot) <= time - (visit.retentionDays - 1) * DAY_MILLISECONDS) continue;
          if (batch === null) return fail(`that of ${period} has lines of ${slot}, which is not there`);
          if (!isSame(batchOf(summary.get(slot)!), batch)) return fail(`that of ${period} has other lines for ${slot}`);
          compared += 1;
        }
      }
      if (compared > 0) return pass(`${compared} batches compared`);
      return cannotTell(missing > 0 ? 'there is none of those asked for' : 'nothing is old enough to have one');
    },
  },
];

/** A day and some hours that are over and have batches, by luck. */
function chosenPeriods(slots: readonly string[], random: Visit['random']): string[] {
  const newest = slots.at(-1);
  if (newest === undefined) return [];
  const isOver = (period: string) => isSummedUp(period, newest);
  const [days, hours] = [dayOf, hourOf].map((of) => [...new Set(slots.map(of))].filter(isOver)) as [string[], string[]];
  const day = someOf(days, 1, random);
  return [...day, ...someOf(hours, SUMMARIES - day.length, random)];
}

function someOf<T>(items: T[], count: number, random: Visit['random']): T[] {
  const left = [...items];
  return Array.from({ length: Math.min(count, left.length) }, () => left.splice(random(left.length), 1)[0]!);
}

function readSummary(body: Uint8Array, period: string): Map<string, Uint8Array> | undefined {
  try {
    return parseSummary(body, period);
  } catch {
    return undefined;
  }
}
