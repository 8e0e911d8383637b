import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { screen } from '../bin/ask.ts';
import { type Keyboard, type Typing, typist } from '../bin/typing.ts';

/** A terminal that notes what is written to it, and whether it edits lines itself. */
function terminal(columns = 80) {
  const modes: boolean[] = [];
  const sent: string[] = [];
  let written = '';
  const keys = new PassThrough();
  const keyboard = Object.assign(keys, {
    setRawMode: (isRaw: boolean) => modes.push(isRaw),
    ref: () => keys,
    unref: () => keys,
  }) as unknown as Keyboard;
  let shownWhile: boolean | undefined;
  const write = (text: string) => {
    written += text;
    shownWhile ??= modes.at(-1) ?? false;
    return true;
  };
  const read = typist(keyboard, { write, columns } as Parameters<typeof typist>[1]);
  const stop = new AbortController();
  const kill = (name: string) => {
    sent.push(name);
    if (name === 'SIGINT') stop.abort(new Error('interrupted'));
  };
  const typed = (typing: Partial<Typing> = {}) => read({ signal: stop.signal, kill, isDumb: false, ...typing });
  return { keys, modes, sent, typed, written: () => written, isRawWhenAsked: () => shownWhile };
}

/** What is read of some keys that are pressed one after the other. */
async function lineOf(...pressed: (string | Uint8Array)[]) {
  const { keys, typed } = terminal();
  for (const each of pressed) keys.write(each);
  return typed();
}

test('a text of one line is read whole, however long, and in parts that cut characters', async () => {
  const line = '世'.repeat(70_000);
  const { keys, typed, modes } = terminal();
  const text = typed({ isText: true });
  const bytes = Buffer.from(`${line}\rnext\r\x04`);
  for (let at = 0; at < bytes.length; at += 4099) keys.write(bytes.subarray(at, at + 4099));
  expect(await text).toBe(`${line}\nnext\n`);
  expect(modes).toEqual([true, false]);
});

test('nothing is asked before the terminal is taken over: it would show a secret, and make a NUL of Ctrl-D', async () => {
  const { keys, typed, isRawWhenAsked, written } = terminal();
  keys.write('a\r');
  await typed({ heading: 'Write now:\r\n', prompt: 'name: ', isHidden: true });
  expect([written(), isRawWhenAsked()]).toEqual(['Write now:\r\nname: \r\n', true]);
});

describe('the end of the line can be edited', () => {
  test.each<[string, string[], string]>([
    ['backspace', ['ab', '\x7f', 'c\r'], 'ac'],
    ['backspace as Windows sends it', ['ab', '\b', 'c\r'], 'ac'],
    ['backspace on an empty line', ['\x7f\x7f', 'c\r'], 'c'],
    ['backspace takes a whole character', ['a世', '\x7f', '\r'], 'a'],
    ['backspace takes a character of several parts', ['aé👩‍👧🇫🇷', '\x7f', '\x7f', '\r'], 'aé'],
    ['a word', ['one two  ', '\x17', '\r'], 'one '],
    ['all of it', ['one two', '\x15', 'x\r'], 'x'],
    ['arrows and other keys do nothing', ['a\x1b[D\x1b[1;5C\x1bOP\x1b[3~b', '\x01\x00', '\r'], 'ab'],
    ['a key that comes in parts', ['a\x1b', '[', '1;', '5Cb\r'], 'ab'],
    ['a paste in brackets', ['\x1b[200~pasted\x1b[201~', '\r'], 'pasted'],
    ['tabs stay', ['a\tb\r'], 'a\tb'],
  ])('%s', async (_, keys, line) => {
    expect(await lineOf(...keys)).toBe(line);
  });

  test('and what is shown goes along, also where the line goes over the edge', async () => {
    const { keys, typed, written } = terminal(10);
    const line = typed({ prompt: 'name: ' });
    keys.write('世世世');
    keys.write('\x7f');
    keys.write('\x7f');
    keys.write('\r');
    expect(await line).toBe('世');
    expect(written()).toBe('name: 世世世\x1b[1A\r\x1b[Jname: 世世\r\x1b[Jname: 世\r\n');
  });
});

describe('a text ends', () => {
  test.each<[string, string[], string]>([
    ['with Ctrl-D at once', ['\x04'], ''],
    ['with Ctrl-D on an empty line', ['a\r', '\x04'], 'a\n'],
    ['with Ctrl-D twice on any line', ['a', '\x04\x04'], 'a'],
    ['not with Ctrl-D within a line', ['a', '\x04', 'b\r\x04'], 'ab\n'],
  ])('%s', async (_, pressed, text) => {
    const { keys, typed } = terminal();
    for (const each of pressed) keys.write(each);
    expect(await typed({ isText: true })).toBe(text);
  });

  test.each(['\r', '\n', '\r\n'])('whatever ends its lines: %j', async (end) => {
    const { keys, typed } = terminal();
    keys.write(`a${end}${end}b${end}\x04`);
    expect(await typed({ isText: true })).toBe('a\n\nb\n');
  });
});

test('what is typed ahead is kept for the next question', async () => {
  const { keys, typed } = terminal();
  keys.write('yes\r\nthe text 世\r');
  expect(await typed()).toBe('yes');
  expect(await typed()).toBe('the text 世');
});

test('a secret is typed unseen, in one line that is drawn once', async () => {
  const { keys, typed, written } = terminal();
  keys.write('p世\x7fq\r');
  expect(await typed({ prompt: 'Passphrase: ', isHidden: true })).toBe('pq');
  expect(written()).toBe('Passphrase: \r\n');
});

test('words may come on several lines', async () => {
  const { keys, typed, written } = terminal();
  keys.write('one\rtwo\r');
  keys.write('three\rnext\r');
  const isWhole = (text: string) => text.split(/\s+/).length >= 3;
  expect(await typed({ prompt: 'Words: ', isHidden: true, isWhole })).toBe('one\ntwo\nthree');
  expect(written()).toBe('Words: \r\n');
  expect(await typed()).toBe('next');
});

test('Ctrl-D ends an answer, and interrupts where there is none', async () => {
  expect(await lineOf('some', '\x04')).toBe('some');
  await expect(lineOf('\x04')).rejects.toThrow('interrupted');
});

test('a terminal that can only print is sent nothing else', async () => {
  const { keys, typed, written } = terminal();
  keys.write('a世\x7f\x7fb\r');
  expect(await typed({ isDumb: true })).toBe('b');
  expect(written()).not.toContain('\x1b');
});

test('Ctrl-C interrupts, and the terminal edits lines again; others stop and quit', async () => {
  const { keys, typed, modes, sent } = terminal();
  keys.write('half\x1c');
  const reading = typed();
  keys.write('\x03');
  await expect(reading).rejects.toThrow('interrupted');
  expect(sent).toEqual(['SIGQUIT', 'SIGINT']);
  expect(modes).toEqual([true, false]);
});

test('a stop that the system does not grant, as without a shell, leaves the keys as they were', async () => {
  const { keys, typed, modes, sent, written } = terminal();
  const reading = typed({ prompt: 'name: ' });
  keys.write('half\x1a');
  await vi.waitFor(() => expect(modes).toEqual([true, false, true]));
  keys.write(' more\r');
  expect(await reading).toBe('half more');
  expect(sent).toEqual(['SIGTSTP']);
  expect(written()).toBe('name: half\rname: half more\r\n');
});

test('what is typed shows on a terminal, and never in a file that standard error goes to', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'screen-'));
  const log = { isTTY: false, write: vi.fn(() => true) };
  try {
    await writeFile(join(folder, 'no-terminal'), '');
    screen(log, join(folder, 'no-terminal')).write('secret');
    screen(log, join(folder, 'missing')).write('secret');
    expect(log.write).not.toHaveBeenCalled();
    expect(await readFile(join(folder, 'no-terminal'), 'utf8')).toBe('');
    expect(screen({ ...log, isTTY: true }).write).toBe(log.write);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('refuses what is not UTF-8, and a terminal that is gone', async () => {
  await expect(lineOf(Uint8Array.of(0x61, 0xe9, 0x0d))).rejects.toThrow('not UTF-8');
  const { keys, typed } = terminal();
  const reading = typed();
  keys.end();
  await expect(reading).rejects.toThrow('the terminal is gone');
});
