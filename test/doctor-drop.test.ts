import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { outcomeText } from '../bin/canary-report.ts';
import type { DoctorFinding } from '../doctor/check.ts';
import { doctor } from '../doctor/doctor.ts';
import { type DropChecks, dropChecks } from '../doctor/drop.ts';
import { Refusal } from '../local/request.ts';
import { dropAt, TransportFault } from '../node/index.ts';
import { ACCOUNT, accountWith, REGION, templateIn } from './account.ts';
import { sharedOutdir, type TestDropOptions, withDrop } from './drop.ts';
import { toPresent } from './office.ts';

/** One try of everything: what fails, fails at once. */
const IMPATIENT = { patience: { tries: 1, firstWaitMilliseconds: 1 } };

const way = (more: Partial<DropChecks> = {}): DropChecks => ({
  url: 'http://127.0.0.1:1',
  open: async (url) => dropAt(url),
  letter: true,
  audit: true,
  look: 1,
  textOf: outcomeText,
  note: () => {},
  ...more,
});

/** What the checks of a drop say; they ask AWS nothing. */
async function say(name: string, more: Partial<DropChecks>): Promise<DoctorFinding> {
  const check = dropChecks(way(more)).find((each) => each.name === name)!;
  return check.run(undefined as never);
}

async function presentDrop(options: TestDropOptions = {}) {
  const drop = await withDrop(options);
  toPresent(drop);
  return drop;
}

/** Publishes once something waits. */
async function publishing(drop: Awaited<ReturnType<typeof presentDrop>>, until: Promise<unknown>): Promise<void> {
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  until.then(end, end);
  while (drop.waiting() === 0 && !isOver) await sleep(50);
  if (!isOver) await drop.tick();
}

test('a letter that comes back passes, and says on the way what is done', async () => {
  const drop = await presentDrop();
  const notes: string[] = [];
  const said = say('letter', { url: drop.url, note: (words) => void notes.push(words) });
  await publishing(drop, said);
  expect(await said).toEqual({
    verdict: 'pass',
    why: expect.stringMatching(/^came back after .* 1 tick: 1 cell intact/),
  });
  expect(notes).toEqual(['sending a letter of 1 cell', 'registered: looking for it for up to 10 minutes']);
});

/** A drop whose storage refuses one thing. */
const refusing = (refused: string) =>
  presentDrop({
    intercept({ action }) {
      if (action === refused) throw new Refusal(403, 'AccessDenied', 'refused');
    },
  });

test('a drop that takes no uploads fails', async () => {
  const drop = await refusing('s3:PutObject');
  const said = await say('letter', { url: drop.url });
  expect(said).toMatchObject({ verdict: 'fail', why: expect.stringContaining('did not take its upload') });
});

test('a function that always fails looks as a drop that is not there, and what to look at is said', async () => {
  const drop = await refusing('sqs:SendMessage');
  const said = await say('letter', { url: drop.url, open: async (url) => dropAt(url, IMPATIENT) });
  expect(said).toMatchObject({
    verdict: 'cannot tell',
    why: expect.stringContaining('could not be reached (registration)'),
    todo: expect.stringContaining('metric Errors'),
  });
});

test('a drop that keeps its promises passes its audit, and one that does not is told by the name of the check', async () => {
  const drop = await presentDrop();
  await drop.tick();
  const said = await say('audit', { url: drop.url });
  expect(said).toMatchObject({ verdict: 'pass', why: expect.stringMatching(/^\d+ pass, 0 fail, \d+ cannot tell$/) });
  drop.pass(3600); // its clock is ahead: the newest batch is not of these minutes
  await drop.tick();
  const late = await say('audit', { url: drop.url });
  expect(late).toMatchObject({
    verdict: 'fail',
    why: expect.stringMatching(/, [1-9] fail, .*: .*(newest|slots|written)/),
  });
  expect(late.todo).toContain(`npx dead-drop audit ${drop.url}`);
});

test('nothing is told of a drop that cannot be reached, nor where there is no Tor', async () => {
  const open = async (url: string) => dropAt(url, IMPATIENT);
  for (const name of ['letter', 'audit']) {
    expect(await say(name, { open })).toMatchObject({ verdict: 'cannot tell', todo: expect.stringContaining('tor') });
    const none = await say(name, { open: () => Promise.reject(new TransportFault('Tor is not there')) });
    expect(none).toMatchObject({ verdict: 'cannot tell', why: 'Tor is not there' });
  }
});

test('an interruption ends a letter that is waited for', async () => {
  const drop = await presentDrop();
  const interruption = new AbortController();
  const open = async (url: string) => dropAt(url, { signal: interruption.signal });
  const note = (words: string) => {
    if (words.startsWith('registered')) interruption.abort(new Error('enough'));
  };
  await expect(say('letter', { url: drop.url, open, note })).rejects.toThrow('enough');
});

test('the drop is found by the output of its stack, or by the URL that is given, or not', async () => {
  const asked: string[] = [];
  const open = async (url: string) => {
    asked.push(url);
    throw new TransportFault('not now');
  };
  const expected = { template: templateIn(sharedOutdir()) };
  const look = async (
    url?: string,
    Outputs: object[] = [{ OutputKey: 'Url', OutputValue: 'https://of.the.stack' }],
  ) => {
    asked.length = 0;
    const describeStacks = async () => ({ Stacks: [{ StackId: ACCOUNT, StackStatus: 'CREATE_COMPLETE', Outputs }] });
    const { aws } = accountWith(sharedOutdir(), { describeStacks });
    const results = await doctor({ aws, region: REGION, stack: 'DeadDrop', expected, drop: { ...way({ open }), url } });
    return results.filter(({ group }) => group === 'drop').map(({ verdict, why }) => `${verdict}: ${why}`);
  };
  expect(await look()).toEqual(['cannot tell: not now', 'cannot tell: not now']);
  expect(asked).toEqual(['https://of.the.stack']);
  await look('https://given');
  expect(asked).toEqual(['https://given']);
  expect(await look(undefined, [])).toEqual(Array(2).fill('cannot tell: the stack has no output Url'));
  expect(asked).toEqual([]);
});
