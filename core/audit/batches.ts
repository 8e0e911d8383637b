import { isRung } from '../../wire/batch.ts';
import { isSame } from '../../wire/bytes.ts';
import { LINE_BYTES, SLOT_SECONDS } from '../../wire/sizes.ts';
import { IDS_PREFIX } from '../../wire/slot.ts';
import { getBatch } from '../drop/drop.ts';
import { type Check, cannotTell, fail, pass, some } from './check.ts';
import { DAY_MILLISECONDS, isSlot, type Listing, secondsOff, timeOf } from './evidence.ts';

const SLOT_MILLISECONDS = SLOT_SECONDS * 1000;

/** A publisher runs a minute late at most and four minutes long; as much again for clocks and for the storage. */
const LATE_MILLISECONDS = 2 * SLOT_MILLISECONDS;

/** Names beyond what was read may be there. */
const CUT_SHORT = 'the list does not end, so that its newest are not known';

/** What the list of batches shows, all of it. */
export const BATCH_CHECKS: readonly Check[] = [
  {
    name: 'list',
    group: 'batches',
    promise: 'The list of batches has one name for each, a slot in its one spelling, in order, and nothing else.',
    failsRefused: true,
    requests: 0, // counted once, for all
    async run(visit) {
      const { objects, isWhole } = await visit.list();
      const keys = objects.map(({ key }) => key);
      const strange = keys.filter((key) => !key.startsWith(IDS_PREFIX) || !isSlot(key.slice(IDS_PREFIX.length)));
      if (strange.length > 0) return fail(`${counted(strange.length, 'name is', 'names are')} no slot's`);
      if (keys.some((key, i) => i > 0 && key <= keys[i - 1]!))
        return fail('the list is out of order, or has a name twice');
      if (keys.length === 0) return cannotTell('the list is empty');
      if (!isWhole) return fail('the list does not end');
      return pass(`${counted(keys.length, 'batch', 'batches')}, from ${keys[0]!.slice(4)} to ${keys.at(-1)!.slice(4)}`);
    },
  },
  {
    name: 'clock',
    group: 'batches',
    promise: "The drop's clock is right.",
    requests: 0,
    async run(visit) {
      const listing = await visit.list();
      if (listing.ahead === undefined) return cannotTell("the answers do not say the time: this machine's was taken");
      const seconds = secondsOff(listing);
      if (seconds === undefined) return pass('it differs from the clock of this machine by less than five minutes');
      return cannotTell(`it differs from the clock of this machine by ${seconds} s, and one of them is wrong`);
    },
  },
  {
    name: 'cadence',
    group: 'batches',
    promise: 'There is one batch for each five minutes, without a gap.',
    requests: 0,
    byClock: true,
    async run(visit) {
      const { slots, time, isWhole } = await visit.list();
      // Older ones are being deleted, in whatever order.
      const kept = slots.filter((slot) => timeOf(slot) > time - visit.retentionDays * DAY_MILLISECONDS);
      if (kept.length < 2) return cannotTell('there are fewer than two batches');
      const gaps = kept.slice(1).flatMap((slot, i) => {
        const missing = (timeOf(slot) - timeOf(kept[i]!)) / SLOT_MILLISECONDS - 1;
        return missing > 0 ? [{ after: kept[i]!, missing }] : [];
      });
      if (gaps.length === 0)
        return isWhole ? pass(`${kept.length} in a row`) : cannotTell(`${kept.length} in a row; ${CUT_SHORT}`);
      const missing = gaps.reduce((sum, gap) => sum + gap.missing, 0);
      return fail(
        `${counted(missing, 'batch is', 'batches are')} missing, after ${some(gaps.map(({ after }) => after))}`,
      );
    },
  },
  {
    name: 'newest',
    group: 'batches',
    promise: 'The newest batch is that of these minutes.',
    requests: 0,
    byClock: true,
    async run(visit) {
      const { slots, time, isWhole } = await visit.list();
      const newest = slots.at(-1);
      if (newest === undefined) return cannotTell('there is no batch');
      if (!isWhole) return cannotTell(CUT_SHORT);
      const age = time - timeOf(newest);
      if (age < -SLOT_MILLISECONDS) return fail(`${newest} has not begun yet`);
      if (age < SLOT_MILLISECONDS + LATE_MILLISECONDS) return pass(`it is ${newest}`);
      return fail(`it is ${newest}: ${counted(Math.floor(age / SLOT_MILLISECONDS), 'slot', 'slots')} ago`);
    },
  },
  {
    name: 'written-once',
    group: 'batches',
    promise: 'Each batch was written in its own minutes, and never again.',
    requests: 0,
    byClock: true,
    async run(visit) {
      const { objects } = await visit.list();
      const dated = batchesOf({ objects }).filter(({ modified }) => modified !== undefined);
      if (dated.length === 0) return cannotTell('the list does not say when batches were written');
      const wrong = dated.filter(({ slot, modified }) => {
        const late = modified! - timeOf(slot);
        return late < -SLOT_MILLISECONDS || late > LATE_MILLISECONDS;
      });
      const of = batchesOf({ objects }).length;
      if (wrong.length === 0 && dated.length < of)
        return cannotTell(`of ${of - dated.length} of ${of} the list does not say when they were written`);
      if (wrong.length === 0) return pass(`${of} of ${of}, as the list says`);
      return fail(
        `${counted(wrong.length, 'was', 'were')} written at another time: ${some(wrong.map(({ slot }) => slot))}`,
      );
    },
  },
  {
    name: 'sizes',
    group: 'batches',
    promise: 'Each batch has 8, 16, 32 ... lines, and, while no more are waiting, always as many.',
    requests: 0,
    async run(visit) {
      const sized = batchesOf(await visit.list()).filter(({ bytes }) => bytes !== undefined);
      if (sized.length === 0) return cannotTell('the list says nothing of sizes');
      const wrong = sized.filter(({ bytes }) => !isRung(bytes! / LINE_BYTES));
      if (wrong.length > 0)
        return fail(`${counted(wrong.length, 'has', 'have')} another size: ${some(wrong.map(({ slot }) => slot))}`);
      const counts = new Map<number, number>();
      for (const { bytes } of sized) counts.set(bytes! / LINE_BYTES, (counts.get(bytes! / LINE_BYTES) ?? 0) + 1);
      const [[usual, count]] = [...counts].sort((a, b) => b[1] - a[1]) as [[number, number]];
      const unsized = batchesOf(await visit.list()).length - sized.length;
      if (unsized > 0) return cannotTell(`the list does not say the size of ${counted(unsized, 'batch', 'batches')}`);
      if (counts.size === 1) return pass(`all ${count} have ${usual} lines`);
      const others = sized.length - count;
      return cannotTell(
        `${count} have ${usual} lines, and ${others} have another such number: more was waiting, or the operator changed it`,
      );
    },
  },
  {
    name: 'bodies',
    group: 'batches',
    promise: 'Each batch that is listed can be fetched, and has the size that the list says.',
    requests: 0, // counted with the option
    byClock: true,
    async run(visit) {
      const { objects, time } = await visit.list();
      const sizes = new Map(batchesOf({ objects }).map(({ slot, bytes }) => [slot, bytes]));
      const fetched = await visit.batches();
      if (fetched.length === 0) return cannotTell('there is no batch');
      const isKept = (slot: string) => timeOf(slot) > time - visit.retentionDays * DAY_MILLISECONDS;
      const missing = fetched.filter(({ slot, body }) => body === null && isKept(slot));
      const wrong = fetched.filter(({ slot, body }) => {
        return body && (!isRung(body.length / LINE_BYTES) || (sizes.get(slot) ?? body.length) !== body.length);
      });
      if (missing.length > 0) return fail(`missing: ${some(missing.map(({ slot }) => slot))}`);
      if (wrong.length > 0) return fail(`of another size: ${some(wrong.map(({ slot }) => slot))}`);
      const left = fetched.filter(({ isLeft }) => isLeft).length;
      const lost = fetched.filter(({ body, isLeft }) => body === undefined && !isLeft).length;
      const read = `${fetched.length - left - lost} of ${fetched.length - left} read`;
      return lost > 0
        ? cannotTell(`${read}: the network lost the rest`)
        : pass(left > 0 ? `${read}, and that is enough` : read);
    },
  },
  {
    name: 'same-for-all',
    group: 'batches',
    promise: 'A batch is the same for everybody who asks, and stays so.',
    failsRefused: true,
    requests: 3,
    async run(visit) {
      const { time } = await visit.list();
      const read = (await visit.batches()).filter(({ body }) => body);
      if (read.length === 0) return cannotTell('no batch could be read');
      const again = [read.at(-1)!, read[visit.random(read.length)]!, read[visit.random(read.length)]!];
      let compared = 0;
      for (const { slot, body } of again) {
        const other = await getBatch(visit.drop, slot);
        if (other === null && timeOf(slot) <= time - visit.retentionDays * DAY_MILLISECONDS) continue; // it has expired
        if (other === null) return fail(`${slot} was there, and was not when it was asked for again`);
        if (!isSame(other, body!)) return fail(`${slot} was another one when it was asked for again`);
        compared += 1;
      }
      if (compared === 0) return cannotTell('those that were read have expired meanwhile');
      return pass(`${compared} fetched twice, and alike`);
    },
  },
];

/** The objects of a list that are batches, by their slot. */
function batchesOf({ objects }: Pick<Listing, 'objects'>) {
  return objects.flatMap((object) => {
    const slot = object.key.slice(IDS_PREFIX.length);
    return object.key.startsWith(IDS_PREFIX) && isSlot(slot) ? [{ ...object, slot }] : [];
  });
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
