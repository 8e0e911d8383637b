import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { eventTeller } from '../bin/letter-report.ts';
import { jsonLine, say } from '../bin/terminal.ts';
import type { CollectEvent } from '../node/index.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test('what a stranger wrote cannot steer a terminal out of JSON, and is the same JSON', () => {
  const controls = [
    ...Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)),
    ...'\u00ad\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ufeff\ufff9\u{e0001}\u{e0041}\ud800',
  ].join('');
  const value = { [controls]: [controls, { a: `x${controls}é\u{1f600}` }] };
  const line = jsonLine(value);
  expect(JSON.parse(line)).toEqual(value);
  expect(line).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  expect(stripVTControlCharacters(line)).toBe(line);
  expect(line).toContain('é\u{1f600}');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const told = jsonLine([text]);
      expect(JSON.parse(told)).toEqual([text]);
      expect(told).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    }),
  );
});

test('nor out of words that quote him', () => {
  const words = vi.spyOn(process.stderr, 'write').mockReturnValue(true).mock.calls;
  say('tor says: \x1b]0;x\x07\u009b2J\u202etxt\r\x7f');
  expect(String(words[0]![0]).slice(0, -1)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
});

test('of events that come in thousands, ten are said and the rest summed; as JSON there are all of them', () => {
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true).mock.calls;
  const words = vi.spyOn(process.stderr, 'write').mockReturnValue(true).mock.calls;
  const events = eventTeller(true);
  const slot = '2026-11-25T09:05:00Z';
  const at = (minute: number) => slot.replace('05', String(minute));
  for (let i = 0; i < 2000; i += 1) {
    events.tell({ kind: 'repeated', slot });
    events.tell({ kind: 'skipped', what: 'letter', slot: at(10 + (i % 50)), why: 'damaged' } as CollectEvent);
  }
  events.tell({ kind: 'skipped', what: 'letter', slot, why: 'missing' } as CollectEvent);
  expect(words).toHaveLength(10 + 10 + 1);
  events.sum();
  events.sum();
  expect(words.slice(21).flat()).toEqual([
    'and 1,990 more like this: a line of ... names a letter that came before: its sender tried twice, or somebody replays it\n',
    'and 1,990 more like this: a letter of ... is damaged: not opened yet, and tried again at a later read (1 of 5 tries made)\n',
  ]);
  expect(out).toHaveLength(4001);
});
