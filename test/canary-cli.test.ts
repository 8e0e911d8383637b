import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openTally } from '../bin/canary.ts';
import { outcomeText, troubleTeller, verdictText } from '../bin/canary-report.ts';
import { span } from '../bin/terminal.ts';
import type { CanaryEnd } from '../core/canary/outcome.ts';
import { countCanary, newTally, verdictOf } from '../core/canary/tally.ts';
import { formatTally } from '../node/canary/tally-file.ts';
import { command } from './command.ts';
import { withDrop } from './drop.ts';
import { ONE_LINE, toPresent } from './office.ts';
import { folder } from './people.ts';

const jsonLines = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** A drop that refuses everything. @param meanwhile - done before it refuses an upload */
async function refusing(meanwhile = () => {}): Promise<string> {
  const server = createServer(({ url }, answer) => {
    if (url === '/upload-url') meanwhile();
    answer.writeHead(404, { 'content-length': 0 }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('canary sends a letter through the real drop, finds it again, counts it, and leaves nothing but the tally', async () => {
  const drop = await withDrop();
  toPresent(drop);
  const cwd = folder();
  let isOver = false;
  const publishing = (async () => {
    while (drop.waiting() === 0 && !isOver) await sleep(50);
    if (!isOver) await drop.tick();
  })();
  const ended = await command(['canary', drop.url, '--look', '1', '--state', 'tally', '--json'], {
    cwd,
    env: { HOME: cwd },
  });
  isOver = true;
  await publishing;
  expect(ended.status, ended.words).toBe(0);
  const [outcome, { verdict }] = jsonLines(ended.out);
  expect(outcome).toEqual({
    canary: 'back',
    slot: [...drop.batches().keys()].at(-1),
    ticks: 1,
    seconds: expect.any(Number),
    cells: drop.objects('uploads/').length,
  });
  expect(verdict).toMatchObject({ canaries: 1, all: { lost: 0, trials: 1 }, round: { lost: 0, trials: 1 } });
  expect(ended.words).toMatch(
    /^sends itself a letter of \d cells? in 1 s to 3 s, and waits 30 min for it\nup: \d MiB; down: \d MiB, and each new batch, looked for every 1 s or so\n.*: sending \d cells?\n.*: registered; looked for until .*\n$/,
  );
  expect(readdirSync(cwd)).toEqual(['tally']);
  expect(statSync(join(cwd, 'tally')).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(join(cwd, 'tally'), 'utf8')).now).toMatchObject({ back: 1, unreachable: 0 });
});

test('canary ends with 1 when its letter is lost, and raises an alarm when that happens twice', async () => {
  const url = await refusing();
  const cwd = folder();
  const run = () => command(['canary', url, '--look', '1', '--state', 'tally'], { cwd });
  const first = await run();
  expect(first.status).toBe(1);
  expect(first.out).toBe(
    'lost: the drop did not take its upload: the drop gives no upload URL (status 404): is its address right?\n' +
      '1 canary, 1 lost: with 95 % confidence it loses up to all of letters\n' +
      '  registrations swallowed: not tried\n  uploads withheld:        not tried\n' +
      '  uploads deleted early:   not tried\n',
  );
  const second = await run();
  expect(second.status).toBe(1);
  expect(second.out).toContain('2 canaries, 2 lost');
  expect(second.out).toMatch(/\nALARM since \d{4}-\d\d-\d\d: more was lost than honest faults explain/);
  expect(second.out).toContain('lately 2 of 2: with 99 % confidence more than 5.9 %');
});

describe('canary, whose state file is another one when its letter is lost,', () => {
  const losses = (count: number) => {
    let tally = newTally('2026-11-21');
    for (let i = 0; i < count; i += 1) tally = countCanary(tally, 'swallowed', '2026-11-21');
    return formatTally(tally);
  };

  test('counts on from what another run has written there, and keeps its alarm', async () => {
    const path = join(folder(), 'tally');
    const url = await refusing(() => writeFileSync(path, losses(2)));
    const { out, status } = await command(['canary', url, '--look', '1', '--state', path], { cwd: folder() });
    expect(status).toBe(1);
    expect(out).toContain('3 canaries, 3 lost');
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
      alarm: '2026-11-21',
      now: { refused: 1, swallowed: 2 },
    });
  });

  test('begins anew when somebody has removed it', async () => {
    const path = join(folder(), 'tally');
    writeFileSync(path, losses(2));
    const url = await refusing(() => rmSync(path));
    const { out } = await command(['canary', url, '--look', '1', '--state', path], { cwd: folder() });
    expect(out).toContain('1 canary, 1 lost');
    expect(out).not.toContain('ALARM');
    expect(JSON.parse(readFileSync(path, 'utf8')).now).toMatchObject({ refused: 1, swallowed: 0 });
  });
});

test('canary that is interrupted says so, counts nothing, and ends with 130', async () => {
  const url = await refusing();
  const cwd = folder();
  const ended = await command(['canary', url, '--every', '6h', '--state', 'tally'], {
    cwd,
    meanwhile: (child) => child.stderr!.once('readable', () => setTimeout(() => child.kill('SIGINT'), 200)),
  });
  expect(ended).toMatchObject({ status: 130, out: '' });
  expect(ended.words).toMatch(
    /^sends itself letters: .*\nuntil Ctrl-C; .*\nof each, a cell \(1 MiB\) once more within 13 d, as long as this goes on\n(.*\n)*interrupted\n$/,
  );
  expect(Object.values(JSON.parse(readFileSync(join(cwd, 'tally'), 'utf8')).now)).toEqual(Array(9).fill(0));
});

describe('canary refuses', () => {
  test.each<[string, string[], string]>([
    ['a wait that is shorter than two batches', ['--wait', '9m'], '--wait is at least 10m'],
    ['a flood', ['--every', '59s'], '--every is at least 10m'],
    ['looks so seldom that it could say nothing', ['--wait', '10m', '--look', '3600'], '--look is at most a third'],
    ['a look above a third of the wait by a second', ['--wait', '30m', '--look', '601'], 'third of --wait: here 600'],
    ['a retention where nothing is fetched once more', ['--retention', '7'], '--retention goes with --every'],
    ['a retention that no drop has', ['--every', '6h', '--retention', '15'], 'a whole number from 1 to 14'],
  ])('%s', async (_, args, words) => {
    const ended = await command(['canary', 'http://127.0.0.1:1', ...args], { cwd: folder() });
    expect(ended).toMatchObject({ status: 2, out: '' });
    expect(ended.words).toContain(words);
  });

  test('a state file that is something else, which stays as it is, before anything is sent', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'letter.txt'), 'Dear Jane');
    const ended = await command(['canary', 'http://127.0.0.1:1', '--state', 'letter.txt'], { cwd });
    expect(ended).toMatchObject({ status: 1, out: '' });
    expect(ended.words).toMatch(ONE_LINE);
    expect(ended.words).toContain('the state file is damaged, or something else');
    expect(readFileSync(join(cwd, 'letter.txt'), 'utf8')).toBe('Dear Jane');
  });
});

test('a disk that fails for a time ends no canary: what it did not take is counted with the next', async () => {
  const place = join(folder(), 'kept');
  const path = join(place, 'tally');
  const troubles: unknown[] = [];
  const tally = await openTally(path, (error) => troubles.push(error));
  await tally.count('back');
  rmSync(place, { recursive: true });
  writeFileSync(place, ''); // where the folder was
  expect((await tally.count('swallowed')).now).toMatchObject({ back: 1, swallowed: 1 });
  await Promise.all([tally.count('back'), tally.count('back')]);
  expect(troubles).toHaveLength(3);
  await expect(tally.close()).rejects.toThrow();
  rmSync(place);
  expect((await tally.count('gaps')).now).toMatchObject({ back: 2, swallowed: 1, gaps: 1 }); // the first went with the file
  expect(JSON.parse(readFileSync(path, 'utf8')).now).toMatchObject({ back: 2, swallowed: 1, gaps: 1 });
  await tally.close();
  await expect(openTally(join(path, 'below'), () => {})).rejects.toThrow(); // before anything is sent
});

describe('what is printed', () => {
  const slot = '2026-11-22T11:25:00Z';

  test('of one trouble that comes again and again is its first time and its last', () => {
    const lines: string[] = [];
    let minute = 0;
    const now = () => `20:${String(minute).padStart(2, '0')}`;
    const troubles = troubleTeller((line) => lines.push(line), now);
    for (minute = 1; minute <= 50; minute += 1) troubles.trouble('no Tor');
    troubles.flush();
    for (minute = 51; minute <= 52; minute += 1) troubles.trouble('no Tor');
    troubles.trouble('no drop');
    troubles.trouble('no Tor');
    troubles.over();
    troubles.trouble('no Tor');
    expect(lines).toEqual([
      '20:01: no Tor; looking again later',
      '20:50: the same, 49 times more',
      '20:52: the same, 2 times more',
      '20:53: no drop; looking again later',
      '20:53: no Tor; looking again later',
      '20:53: no Tor; looking again later',
    ]);
  });

  test('of a loss in an outage that was counted says so', () => {
    const text = outcomeText({ kind: 'same outage', loss: { kind: 'swallowed', ticks: 6 } });
    expect(text).toMatch(/^lost: .*; one outage counts once/);
  });

  test('of each end is one line, and all are told apart', () => {
    const lines = [
      outcomeText({ kind: 'back', slot, ticks: 1, seconds: 380, cells: 2 }),
      outcomeText({ kind: 'refused', step: 'upload', why: 'why' }),
      outcomeText({ kind: 'swallowed', ticks: 6 }),
      outcomeText({ kind: 'withheld', slot, why: 'missing' }),
      outcomeText({ kind: 'gaps', missing: 2, of: 6 }),
      outcomeText({ kind: 'unreachable', step: 'batches' }),
      outcomeText({ kind: 'deleted', seconds: 190_000, why: 'missing' }),
      outcomeText({ kind: 'unanswered', seconds: 190_000 }),
      outcomeText({ kind: 'kept', seconds: 190_000 }),
    ];
    expect(lines[0]).toBe('came back after 6 min 20 s, 1 tick: 2 cells intact (2026-11-22T11:25:00Z)');
    expect(lines.slice(1).map((line) => line.split(':')[0])).toEqual([
      ...['lost', 'lost', 'lost', 'lost', 'not known', 'lost', 'not known', 'still there'],
    ]);
    expect(new Set(lines).size).toBe(lines.length);
    for (const line of lines) expect(line).not.toMatch(/\n|undefined|.{81}/);
  });

  test('of a tally is rounded so that it still holds', () => {
    const tallied = (counts: Partial<Record<CanaryEnd, number>>) => {
      let tally = newTally('2026-11-22');
      for (const [end, times] of Object.entries(counts)) {
        for (let i = 0; i < times; i += 1) tally = countCanary(tally, end as CanaryEnd, '2026-11-22');
      }
      return verdictText(verdictOf(tally));
    };
    expect(tallied({ back: 28 })).toBe(
      '28 canaries, 0 lost: with 95 % confidence it loses less than 10.2 % of letters\n' +
        '  registrations swallowed: 0 of 28, less than 10.2 %\n' +
        '  uploads withheld:        0 of 28, less than 10.2 %\n' +
        '  uploads deleted early:   not tried',
    );
    expect(tallied({ back: 1 })).toContain('less than 95.0 % of letters');
    expect(tallied({ unreachable: 3 })).toBe(
      'no canary says anything yet\n  not counted, the drop could not be reached: 3',
    );
    const deleting = tallied({ back: 28, kept: 10, deleted: 3, unanswered: 2 });
    expect(deleting).toContain('28 canaries, 0 lost');
    expect(deleting).toContain('  uploads deleted early:   3 of 13, less than 49.5 %\n');
    expect(deleting).toContain('  not counted, a second fetch was not answered: 2\n');
    expect(deleting).toMatch(/ALARM since 2026-11-22.*\n {2}of second fetches lately 3 of 13: with 99 % confidence/);
    expect(tallied({ back: 24, swallowed: 4 })).toContain('ALARM since 2026-11-22');
    expect(tallied({ back: 24, swallowed: 4 })).toContain('lately 4 of 28: with 99 % confidence more than 1.2 %');
  });

  test('of a duration has two units at most', () => {
    expect([0, 400, 5000, 60_000, 1_800_000, 5_400_000, 7 * 86_400_000, 90_061_000].map(span)).toEqual([
      '0 s',
      '0 s',
      '5 s',
      '1 min',
      '30 min',
      '1 h 30 min',
      '7 d',
      '1 d 1 h',
    ]);
  });
});
