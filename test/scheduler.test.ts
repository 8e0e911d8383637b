import { expect, test } from 'vitest';
import { scheduler } from '../core/drop/scheduler.ts';

/** A scheduler whose moments come when they are told to, and what has passed it. */
function atMoments(random: (below: number) => number = () => 0) {
  const passed: string[] = [];
  let waits: { come(): void; fail(reason: Error): void }[] = [];
  const through = scheduler(() => new Promise((come, fail) => void waits.push({ come, fail })), random);
  const settle = () => new Promise(setImmediate);
  return {
    passed,
    waits: () => waits.length,
    ask: (name: string, answer: Promise<string> | string = name) =>
      through(async () => {
        passed.push(name);
        return answer;
      }),
    async moment() {
      waits.shift()!.come();
      await settle();
    },
    async fail(reason: Error) {
      for (const { fail } of waits) fail(reason);
      waits = [];
      await settle();
    },
  };
}

test('each moment lets one through, and luck says which', async () => {
  const { ask, moment, passed, waits } = atMoments((below) => below - 1);
  const answers = Promise.all(['a', 'b', 'c'].map((name) => ask(name)));
  expect([passed, waits()]).toEqual([[], 1]);
  await moment();
  expect([passed, waits()]).toEqual([['c'], 1]);
  await moment();
  await moment();
  expect(passed).toEqual(['c', 'b', 'a']);
  expect(await answers).toEqual(['a', 'b', 'c']);
});

test('the next moment is waited for when the request is over, and not before', async () => {
  const { ask, moment, passed, waits } = atMoments();
  let end = (_: string) => {};
  const slow = ask(
    'slow',
    new Promise<string>((resolve) => {
      end = resolve;
    }),
  );
  const next = ask('next');
  await moment();
  expect([passed, waits()]).toEqual([['slow'], 0]);
  end('done');
  expect(await slow).toBe('done');
  await new Promise(setImmediate);
  expect(waits()).toBe(1);
  await moment();
  expect(await next).toBe('next');
});

test('a moment at which nobody waits lets nobody through later', async () => {
  const { ask, moment, passed, waits } = atMoments();
  const first = ask('first');
  await moment();
  await first;
  await moment();
  expect(waits()).toBe(0);
  const late = ask('late');
  expect([passed, waits()]).toEqual([['first'], 1]);
  await moment();
  expect(await late).toBe('late');
});

test('a request that fails is nobody else’s matter', async () => {
  const { ask, moment } = atMoments();
  const failed = ask('failed', Promise.reject(new Error('down')));
  const next = ask('next');
  const fails = expect(failed).rejects.toThrow('down');
  await moment();
  await fails;
  await moment();
  expect(await next).toBe('next');
});

test('when the wait fails, so do all that wait', async () => {
  const { ask, fail, passed } = atMoments();
  const all = ['a', 'b'].map((name) => ask(name));
  const fails = Promise.all(all.map((one) => expect(one).rejects.toThrow('enough')));
  await fail(new Error('enough'));
  await fails;
  expect(passed).toEqual([]);
});
