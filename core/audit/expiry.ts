import { DELETION_MARGIN_DAYS } from '../../wire/sizes.ts';
import { batchKey, slotAt, slotBefore } from '../../wire/slot.ts';
import { alike } from './alike.ts';
import { type Check, cannotTell, fail, pass, some } from './check.ts';
import { each } from './each.ts';
import { DAY_MILLISECONDS, timeOf } from './evidence.ts';
import type { Visit } from './visit.ts';

/** For how long a drop may have a thing at most, in milliseconds. */
export const longest = ({ retentionDays }: Visit) => (retentionDays + DELETION_MARGIN_DAYS) * DAY_MILLISECONDS;

/** Whether things are gone when their time is over. */
export const EXPIRY_CHECKS: readonly Check[] = [
  {
    name: 'expired-list',
    group: 'expiry',
    promise: 'No batch is listed longer than the drop promises, and three days in which the storage deletes.',
    requests: 0,
    byClock: true,
    async run(visit) {
      const { slots, time, objects } = await visit.list();
      const [oldest] = slots;
      if (oldest === undefined) return cannotTell('there is no batch');
      const days = (milliseconds: number) => (milliseconds / DAY_MILLISECONDS).toFixed(1);
      const age = time - timeOf(oldest);
      const written = Math.min(...objects.map(({ modified = time }) => modified));
      if (age > longest(visit)) return fail(`${oldest} is ${days(age)} days old`);
      if (time - written > longest(visit)) return fail(`something listed was written ${days(time - written)} days ago`);
      if (age < visit.retentionDays * DAY_MILLISECONDS)
        return cannotTell(`the oldest is ${days(age)} days old: nothing had to be gone yet`);
      return pass(`the oldest is ${days(age)} days old`);
    },
  },
  {
    name: 'expired-batches',
    group: 'expiry',
    promise: 'A batch that has expired is answered like one that there never was.',
    requests: 6,
    byClock: true,
    async run(visit) {
      const { slots, time } = await visit.list();
      const [oldest] = slots;
      if (oldest === undefined) return cannotTell('there is no batch');
      const overdue = slotAt(new Date(time - longest(visit)));
      const gone = [1, 2, 12].map((count) => slotBefore(oldest, count));
      gone.push(...[1, 288].map((count) => slotBefore(overdue, count)));
      const get = (slot: string) => visit.ask({ method: 'GET', url: visit.at(`/${batchKey(slot)}`), headers: {} });
      const never = await get('2020-01-01T00:00:00Z');
      const answers = await each(gone, async (slot) => ({ slot, answer: await get(slot) }));
      const kept = answers.filter(({ answer }) => answer.status === 200 || answer.status === 206);
      if (kept.length > 0) return fail(`${some(kept.map(({ slot }) => slot))} can be fetched, and is not listed`);
      const other = answers.filter(({ answer }) => !alike(never, answer));
      if (other.length > 0) return fail(`${some(other.map(({ slot }) => slot))} is refused in other words`);
      if (time - timeOf(oldest) < visit.retentionDays * DAY_MILLISECONDS)
        return cannotTell('what is older than the list is refused so, but nothing had to be gone yet');
      return pass(`${answers.length} older than the list were asked for`);
    },
  },
];
