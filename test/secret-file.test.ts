import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { overwrite } from '../node/files/secret-file.ts';
import { folder } from './people.ts';

const MEBIBYTE = 2 ** 20;

test('a file is overwritten to its last byte, in steps of a MiB, however large it is and little a write takes', async () => {
  const path = join(folder(), 'file');
  for (const size of [0, 1, MEBIBYTE, 3 * MEBIBYTE + 5]) {
    await writeFile(path, new Uint8Array(size));
    await using file = await open(path, 'r+');
    await overwrite(file);
    const left = await readFile(path);
    expect(left.length).toBe(size);
    for (let at = 0; at + 64 <= size; at += 64)
      if (left.subarray(at, at + 64).every((byte) => byte === 0)) expect.fail();
  }
  const size = 2 ** 31 + 5; // one more than a write can take
  let end = 0;
  const written: number[] = [];
  const large = {
    stat: async () => ({ size }),
    write: async (_: Uint8Array, __: number, length: number, at: number) => {
      expect(at).toBe(end);
      const bytesWritten = end === 0 ? 100 : length;
      end += bytesWritten;
      written.push(length);
      return { bytesWritten };
    },
    sync: async () => {},
  };
  await overwrite(large as unknown as Parameters<typeof overwrite>[0]);
  expect(end).toBe(size);
  expect(Math.max(...written)).toBe(MEBIBYTE);
});
