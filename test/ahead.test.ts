import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { inOrder } from '../core/drop/ahead.ts';

/** Fetches numbers when the test says so, and counts what is under way. */
function desk() {
  const underWay = new Map<number, { resolve: () => void; reject: (error: unknown) => void }>();
  const begun: number[] = [];
  const aborted: number[] = [];
  const fetch = (item: number, signal: AbortSignal) =>
    new Promise<number>((resolve, reject) => {
      begun.push(item);
      const over = (end: () => void) => () => {
        underWay.delete(item);
        end();
      };
      underWay.set(item, { resolve: over(() => resolve(item)), reject: (error) => over(() => reject(error))() });
      signal.addEventListener('abort', () => {
        // Not at once: a connection takes a while to close.
        setTimeout(() => {
          if (!underWay.delete(item)) return;
          aborted.push(item);
          reject(signal.reason);
        }, 20);
      });
    });
  return { underWay, begun, aborted, fetch };
}

/** Lets everything come that needs no time. */
const settle = () => sleep(1);

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

test('results come in order, whichever is fetched first, and no more is begun than the width', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(12),
      fc.integer({ min: 1, max: 5 }),
      fc.infiniteStream(fc.nat(100)),
      async (count, width, luck) => {
        const { underWay, begun, fetch } = desk();
        const got: number[] = [];
        const taking = (async () => {
          for await (const each of inOrder(numbers(count), width, fetch)) got.push(each);
        })();
        let most = 0;
        while (got.length < count) {
          await settle();
          most = Math.max(most, begun.length - got.length);
          const open = [...underWay.values()];
          open[luck.next().value! % open.length]?.resolve();
        }
        await taking;
        expect(got).toEqual(numbers(count));
        expect(most).toBe(Math.min(count, width));
      },
    ),
    { numRuns: 30 },
  );
});

test('what one is at work on counts, too; with a width of 1, each is fetched when it is asked for', async () => {
  for (const [width, meanwhile] of [
    [3, [0, 1, 2]],
    [1, [0]],
  ] as const) {
    const { underWay, begun, fetch } = desk();
    const results = inOrder(numbers(10), width, fetch);
    expect(begun).toEqual([]);
    const first = results.next();
    await settle();
    expect(begun).toEqual(meanwhile);
    for (const each of meanwhile) underWay.get(each)!.resolve();
    expect(await first).toEqual({ done: false, value: 0 });
    await settle();
    expect(begun).toEqual(meanwhile);
    const second = results.next();
    await settle();
    expect(begun).toEqual([...meanwhile, width]);
    underWay.get(width)!.resolve();
    expect(await second).toEqual({ done: false, value: 1 });
    await results.return();
  }
});

test('of those that fail, the first in order is told, when those before it were handed out; no further one is begun', async () => {
  const { underWay, begun, aborted, fetch } = desk();
  const got: number[] = [];
  const taking = (async () => {
    for await (const each of inOrder(numbers(10), 4, fetch)) got.push(each);
  })();
  const ended = expect(taking).rejects.toThrow('the second');
  await settle();
  underWay.get(2)!.reject(new Error('the third'));
  underWay.get(1)!.reject(new Error('the second'));
  await settle();
  expect(got).toEqual([]);
  underWay.get(0)!.resolve();
  await ended;
  expect(got).toEqual([0]);
  expect([begun, aborted, underWay.size]).toEqual([[0, 1, 2, 3], [3], 0]);
});

test('who stops early, or fails, leaves nothing under way', async () => {
  for (const leave of ['break', 'throw']) {
    const { underWay, aborted, fetch } = desk();
    const taking = (async () => {
      for await (const _ of inOrder(numbers(10), 4, fetch)) {
        if (leave === 'throw') throw new Error('a full disk');
        break;
      }
    })();
    taking.catch(() => {});
    await settle();
    underWay.get(0)!.resolve();
    await taking.catch(() => {});
    expect([aborted, underWay.size], leave).toEqual([[1, 2, 3], 0]);
  }
});

test('an abort ends all of it, with its reason', async () => {
  const { underWay, aborted, fetch } = desk();
  const stop = new AbortController();
  const next = inOrder(numbers(10), 4, fetch, stop.signal).next();
  const ended = expect(next).rejects.toThrow('Ctrl-C');
  await settle();
  stop.abort(new Error('Ctrl-C'));
  await ended;
  expect([aborted, underWay.size]).toEqual([[0, 1, 2, 3], 0]);
});

test('items may come slowly: none holds up what was fetched before it, and their source is closed', async () => {
  const { underWay, begun, fetch } = desk();
  let isClosed = false;
  let give = () => {};
  async function* source() {
    try {
      for (const each of numbers(5)) {
        if (each === 2) await new Promise<void>((resolve) => (give = resolve));
        yield each;
      }
    } finally {
      isClosed = true;
    }
  }
  const results = inOrder(source(), 4, fetch);
  const first = results.next();
  await settle();
  expect(begun).toEqual([0, 1]);
  underWay.get(0)!.resolve();
  expect(await first).toEqual({ done: false, value: 0 });
  give();
  await settle();
  expect(begun).toEqual([0, 1, 2, 3]);
  expect(isClosed).toBe(false);
  await results.return();
  expect(isClosed).toBe(true);
});

test.each(['at once', 'later'])('a source of items that fails %s fails in its turn', async (when) => {
  const { underWay, fetch } = desk();
  function* source() {
    if (when === 'later') yield 0;
    throw new Error('no more');
  }
  const results = inOrder(source(), 4, fetch);
  const first = results.next();
  const settled = first.catch((error) => error.message);
  await settle();
  underWay.get(0)?.resolve();
  if (when === 'later') {
    expect(await settled).toEqual({ done: false, value: 0 });
    await expect(results.next()).rejects.toThrow('no more');
  } else expect(await settled).toBe('no more');
});

test('no rejection is left unhandled, whenever it comes', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  const fetch = async (item: number) => {
    await sleep(item);
    throw new Error(`number ${item}`);
  };
  await expect(inOrder([9, 3, 1], 3, fetch).next()).rejects.toThrow('number 9');
  const taken = inOrder([1, 2, 3, 4], 4, (item) => (item === 1 ? Promise.resolve(item) : fetch(item)));
  expect(await taken.next()).toEqual({ done: false, value: 1 });
  await sleep(20); // while somebody is at work on the first
  await taken.return();
  await sleep(5);
  expect(unhandled).toEqual([]);
});
