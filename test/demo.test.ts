import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

test('the demo ends with a letter that arrived, and never counts decoys that are not there', async () => {
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, '../scripts/demo.ts')]);
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('The letter arrived, byte for byte.');
  const numbers = (text: RegExp) => text.exec(stdout)!.slice(1).map(Number);
  const [cells] = numbers(/sent: (\d+) cells/);
  const [uploads] = numbers(/sees (\d+) uploads/);
  const [own, decoys] = numbers(/(\d+) of them are this letter's, and (\d+) are decoys'/);
  expect([own, decoys]).toEqual([cells, uploads! - cells!]);
  expect(decoys).toBeGreaterThanOrEqual(cells!);
  const shown = stdout.split('\n').filter((line) => /^ {3}uploads\//.test(line)).length;
  const [more = 0] = /\((\d+) more\)/.exec(stdout)?.slice(1).map(Number) ?? [];
  expect(shown + more).toBe(uploads);
});
