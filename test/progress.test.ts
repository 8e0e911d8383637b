import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { progressOf, statusLine, tellAsking } from '../bin/progress.ts';
import { counted, say } from '../bin/terminal.ts';

const { isTTY, columns } = process.stderr;
let all = '';
beforeEach(() => {
  all = '';
  vi.stubEnv('TERM', 'xterm');
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  vi.spyOn(process.stderr, 'write').mockImplementation((words) => {
    all += String(words);
    return true;
  });
  terminal(80);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.useRealTimers();
  Object.assign(process.stderr, { isTTY, columns });
});

/** @param width - in columns, or none where there is no terminal */
function terminal(width: number | undefined): void {
  Object.assign(process.stderr, { isTTY: width !== undefined, columns: width });
}

/** What stands on the screen after all that was written: its rows, as a terminal without colours understands it. */
function screen(): string[] {
  const rows = [''];
  let column = 0;
  for (const part of all.split(/(\p{Cc}\[.|[\s\S])/u)) {
    const row = rows.at(-1)!;
    if (part === '') continue;
    if (part === '\r') column = 0;
    else if (part === '\n') {
      rows.push('');
      column = 0;
    } else if (part === '\x1b[K') rows[rows.length - 1] = row.slice(0, column);
    else {
      rows[rows.length - 1] = row.slice(0, column) + part + row.slice(column + 1);
      column += 1;
    }
  }
  return rows;
}

const bottom = () => screen().at(-1)!;
const halfOf = (show: ReturnType<typeof progressOf>, total: number) => {
  for (const done of [0, total / 2]) show(done, total);
};

test('what is counted agrees with its number', () => {
  expect([0, 1, 2].map((count) => counted(count, 'file'))).toEqual(['0 files', '1 file', '2 files']);
  expect([1, 2].map((count) => counted(count, 'batch', 'batches'))).toEqual(['1 batch', '2 batches']);
});

test.each([80, undefined])('so do the units of progress, with the whole; columns: %s', (width) => {
  terminal(width);
  const of = (show: ReturnType<typeof progressOf>, total: number) => {
    all = '';
    halfOf(show, total);
    show.stop();
    return all;
  };
  // Where nothing can be drawn, what has one step says nothing on the way.
  expect(of(progressOf('reading', 'batch', 'batches'), 1)).toMatch(width ? / of 1 batch(?!es)/ : /^$/);
  expect(of(progressOf('reading', 'batch', 'batches'), 2)).toMatch(/ of 2 batches/);
  expect(of(progressOf('uploading', 'MiB', 'MiB'), 2)).toMatch(/ of 2 MiB(?!s)/);
});

test('what is said while a bar is drawn stands on a line of its own, and the bar goes on below', () => {
  const show = progressOf('reading', 'batch', 'batches');
  halfOf(show, 4);
  say('there is enough cover: fetching');
  expect(screen()).toEqual([
    'there is enough cover: fetching',
    expect.stringMatching(/^reading, 50 %, 2 of 4 batches/),
  ]);
  const line = statusLine();
  line.show('cover: 1 letter sent');
  say('the drop cannot be reached; going on');
  expect(screen().slice(1)).toEqual(['the drop cannot be reached; going on', 'cover: 1 letter sent']);
  line.stop();
  expect(bottom()).toMatch(/^reading/);
  show.stop();
  expect(bottom()).toBe('');
});

test('a bar that is full is gone, and one that goes on comes back', () => {
  const show = progressOf('fetching', 'byte');
  halfOf(show, 4);
  show(4, 4);
  expect(bottom()).toBe('');
  show(4, 8);
  expect(bottom()).toMatch(/^fetching, 50 %/);
  show.stop();
});

test.each([80, 40, 20, 3])('the last line fits into %i columns, with what counts most', (width) => {
  terminal(width);
  const show = progressOf('fetching', 'byte');
  halfOf(show, 104_857_600);
  expect(bottom().length).toBeLessThan(width);
  if (width >= 20) expect(bottom()).toContain('50 %');
  const end = tellAsking('cell');
  vi.advanceTimersByTime(360_000);
  for (const row of screen()) expect(row.length).toBeLessThan(width);
  if (width >= 40) expect(bottom()).toContain('waiting for 6 min');
  end();
  show.stop();
});

test('a terminal tells what is waited for, since when, which try it is and why; and never that nothing is left', () => {
  const show = progressOf('uploading', 'MiB', 'MiB');
  halfOf(show, 2);
  const told = tellAsking('upload');
  vi.advanceTimersByTime(2000);
  expect(bottom()).not.toContain('waiting');
  vi.advanceTimersByTime(358_000);
  expect(bottom()).toMatch(/waiting for 6 min \(since \d\d:\d\d\): a cell to reach the drop$/);
  expect(bottom()).toMatch(/^uploading, 50 %/);
  expect(bottom()).not.toContain('left');
  told({ tried: 1, tries: 5, kind: 'busy', why: 'the drop is busy', waitMilliseconds: 9000 });
  expect(bottom()).toMatch(/^uploading, 50 %.*; try 1 of 5 failed \(the drop is busy\), next in 9 s$/);
  terminal(40);
  vi.advanceTimersByTime(1000);
  expect(bottom()).toMatch(/try 1 of 5 failed$/);
  terminal(160);
  told({ tried: 1, tries: 5, kind: 'busy', why: 'the drop is busy', waitMilliseconds: 9000 });
  expect(bottom()).toMatch(/: a cell to reach the drop; try 1 of 5 failed \(the drop is busy\), next in 9 s$/);
  vi.advanceTimersByTime(12_000);
  expect(bottom()).toMatch(/try 1 of 5 failed \(the drop is busy\), now the next, for 3 s$/);
  told();
  expect(bottom()).toMatch(/^uploading/);
  show(2, 2);
  const registering = tellAsking('registration');
  vi.advanceTimersByTime(5000);
  expect(bottom()).toBe('waiting for 5 s: the registration');
  registering();
  expect(bottom()).toBe('');
});

describe('a letter that is uploaded', () => {
  const uploading = () => progressOf('uploading', 'MiB', 'MiB', { last: 'the registration', rate: 'MiB/s' });

  test('has its registration for a last step: not before that are 100 %', () => {
    const show = uploading();
    for (let done = 0; done <= 9; done += 1) show(done, 11);
    expect(bottom()).toMatch(/^uploading, 81 %, 9 of 10 MiB/);
    show(10, 11);
    expect(bottom()).toMatch(/^uploading, 90 %, then the registration/);
    expect(all).not.toContain('100 %');
    show(11, 11);
    expect(bottom()).toBe('');
  });

  test('says how long it will take when its first cells have come, and then its rate and what is left', () => {
    const show = uploading();
    show(0, 101);
    for (let done = 1; done <= 50; done += 1) {
      vi.advanceTimersByTime(done <= 20 ? 2000 : 4000);
      show(done, 101);
      if (done < 5) expect(all).not.toContain('about');
      if (done === 10) expect(bottom()).toContain('10 of 100 MiB, 0.50 MiB/s, 3 min 2 s left');
    }
    const said = screen().filter((row) => row.includes('at the rate'));
    expect(said).toEqual(['uploading: about 3 min 12 s more at the rate of the first ones, 0.50 MiB/s']);
    // The rate is that of the last ones.
    expect(bottom()).toContain('50 of 100 MiB, 0.25 MiB/s, 3 min 24 s left');
    show.stop();
  });

  test('that goes on where it was interrupted has the rate of what it uploads itself', () => {
    const show = uploading();
    show(60, 101);
    for (let done = 61; done <= 64; done += 1) {
      vi.advanceTimersByTime(2000);
      show(done, 101);
    }
    expect(bottom()).toContain('64 of 100 MiB, 0.50 MiB/s, 1 min 14 s left');
    show.stop();
  });

  test('says the same in lines where nothing can be drawn, and nothing of what is over in a moment', () => {
    terminal(undefined);
    const show = uploading();
    show(0, 101);
    for (let done = 1; done <= 101; done += 1) {
      vi.advanceTimersByTime(2000);
      show(done, 101);
    }
    const lines = all.split('\n').slice(0, -1);
    expect(lines[0]).toBe('uploading: about 3 min 12 s more at the rate of the first ones, 0.50 MiB/s');
    expect(lines[1]).toBe('uploading: 11 of 100 MiB, 0.50 MiB/s, 3 min left');
    expect(lines.at(-1)).toBe('uploading: 91 of 100 MiB, 0.50 MiB/s, 20 s left');
    expect(lines).toHaveLength(10);
    all = '';
    const quick = uploading();
    for (let done = 0; done <= 4; done += 1) quick(done, 4);
    expect(all).toBe('uploading: 1 of 3 MiB\nuploading: 2 of 3 MiB\nuploading: 3 of 3 MiB\n');
  });

  test('of which some cells travel at a time, tells of one that is waited for when a try fails, or nothing comes', () => {
    const show = uploading();
    show(0, 101);
    const told = Array.from({ length: 4 }, () => tellAsking('upload'));
    for (let done = 1; done <= 4; done += 1) {
      vi.advanceTimersByTime(4000);
      show(done, 101);
    }
    expect(bottom()).toContain('4 of 100 MiB, 0.25 MiB/s'); // and not that the first one takes 16 s
    told[2]!({ tried: 1, tries: 5, kind: 'busy', why: 'the drop is busy', waitMilliseconds: 9000 });
    expect(bottom()).toMatch(/try 1 of 5 failed \(the drop is busy\), next in 9 s$/);
    told[2]!();
    expect(bottom()).toContain('4 of 100 MiB');
    vi.advanceTimersByTime(11_000);
    expect(bottom()).toMatch(/waiting for 27 s: a cell to reach the drop$/);
    for (const end of told) end();
    show.stop();
  });
});

test('a bar that nothing moves says so', () => {
  const show = progressOf('joining', '%', '%');
  halfOf(show, 100);
  vi.advanceTimersByTime(360_000);
  expect(bottom()).toMatch(/nothing came for 6 min/);
  show.stop();
});

test.each([
  ['without a terminal', () => terminal(undefined)],
  ['on a terminal that knows no escapes', () => vi.stubEnv('TERM', 'dumb')],
  ['where plain lines are asked for', () => vi.stubEnv('DEAD_DROP_PLAIN', '1')],
])('%s there are lines only: of tenths, and of waits that get long, rarely', async (_, prepare) => {
  prepare();
  vi.resetModules(); // nothing was said before
  const { progressOf, tellAsking } = await import('../bin/progress.ts');
  const show = progressOf('uploading', 'MiB', 'MiB');
  halfOf(show, 2);
  const told = tellAsking('registration');
  vi.advanceTimersByTime(9000);
  expect(all).toBe('uploading: 1 of 2 MiB\n');
  told({ tried: 2, tries: 5, kind: 'busy', why: 'the drop is busy', waitMilliseconds: 60_000 });
  vi.advanceTimersByTime(3_600_000);
  const lines = all.split('\n').slice(1, -1);
  expect(lines[0]).toMatch(
    /^waiting for 1\d s: the registration; try 2 of 5 failed \(the drop is busy\), next in \d+ s$/,
  );
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.length).toBeLessThan(9);
  for (const control of '\x1b\r') expect(all).not.toContain(control);
  told();
  show.stop();
});
