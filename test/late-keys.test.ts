import { describe, expect, test } from 'vitest';
import { contactOf, newIdentity, rotate } from '../core/keys/identity.ts';
import { send } from '../core/send/send.ts';
import { SLOT_SECONDS } from '../wire/sizes.ts';
import { parseSlot, slotBefore } from '../wire/slot.ts';
import { FIRST_SLOT, withDrop } from './drop.ts';
import { type Journalist, journalist, letters, slotsOf, troubles, way } from './people.ts';
import { plainDrop } from './plain-drop.ts';

/** The start of the slot before the first one that is published. */
const START = parseSlot(slotBefore(FIRST_SLOT, 1)).getTime() / 1000;
const now = () => START * 1000;

/** A journalist whose second and third epoch were issued when some slots had passed, and who has only the first as yet. */
function member(url: string, second: number, third = second): { jane: Journalist; whole: Journalist['identity'] } {
  const first = newIdentity(url, START, 4_000_000_000);
  const two = rotate(first, START + second * SLOT_SECONDS);
  return { jane: journalist(url, first), whole: rotate(two, START + third * SLOT_SECONDS) };
}

const batches = (events: Awaited<ReturnType<Journalist['read']>>) => events.filter(({ kind }) => kind === 'batch');

test('keys that come later bring what was sealed to them and read past before, exactly once', async () => {
  const drop = await withDrop();
  const { jane, whole } = member(drop.url, 0);
  const [, second] = whole.epochs;
  await send(way(drop.url), contactOf(jane.identity), { text: 'to the first' }, { now });
  await send(way(drop.url), contactOf(whole, second), { text: 'to the second' }, { now });
  await drop.tick();
  await drop.tick();
  const early = await jane.read();
  expect([batches(early).length, letters(early).length]).toEqual([2, 1]);
  jane.identity = whole;
  const late = await jane.read();
  expect(troubles(late)).toEqual([]);
  expect([batches(late).length, letters(late).length]).toEqual([2, 1]);
  expect(late.filter(({ kind }) => kind === 'repeated')).toEqual([]);
  await drop.tick();
  const after = await jane.read();
  expect([batches(after).length, letters(after).length]).toEqual([1, 0]);
});

describe('of 60 batches, over five hours, those are read again which came since the new keys were issued', () => {
  test.each([
    ['of one', 50, 50],
    ['of two that come together, each issued at its time', 5, 40],
    ['of two, both before the first batch', 0, 0],
  ])('%s', async (_, second, third) => {
    const drop = plainDrop();
    const { jane, whole } = member(drop.url, second, third);
    const read = () => jane.read(drop.transport);
    for (let slot = 1; slot <= 60; slot += 1) {
      const to = slot === second + 1 ? whole.epochs[1] : slot === third + 2 ? whole.epochs[2] : undefined;
      if (to) {
        const sending = { now: () => now() + slot * SLOT_SECONDS * 1000 };
        await send(
          way(drop.url, drop.transport),
          contactOf(whole, to),
          { text: `to ${whole.epochs.indexOf(to) + 1}` },
          sending,
        );
      }
      drop.tick();
    }
    expect(batches(await read())).toHaveLength(60);
    jane.identity = whole;
    const late = await read();
    expect(letters(late)).toHaveLength(2);
    // From the keys' own slot on, and what the list brings again besides: 12 slots, as always.
    const since = slotBefore(slotBefore(FIRST_SLOT, 1), -second);
    const again = slotsOf(batches(late));
    expect(again.filter((slot) => slot >= since)).toHaveLength(Math.min(60, 61 - second));
    expect(again.length).toBeLessThanOrEqual(Math.min(60, 61 - second + 13));
    expect(await read()).toEqual([]);
  });

  test('none, when the keys are issued after the last of them', async () => {
    const drop = plainDrop();
    const { jane, whole } = member(drop.url, 61);
    for (let slot = 1; slot <= 60; slot += 1) drop.tick();
    await jane.read(drop.transport);
    jane.identity = whole;
    expect(await jane.read(drop.transport)).toEqual([]);
  });
});

test('keys that are taken away have nothing read again', async () => {
  const drop = plainDrop();
  const { jane, whole } = member(drop.url, 0);
  const { identity } = jane;
  jane.identity = whole;
  drop.tick();
  await jane.read(drop.transport);
  jane.identity = identity;
  expect(await jane.read(drop.transport)).toEqual([]);
});
