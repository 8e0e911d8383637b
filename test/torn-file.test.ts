import { randomBytes } from 'node:crypto';
import { rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Pace } from '../core/drop/pace.ts';
import { contactOf } from '../core/keys/identity.ts';
import { send } from '../core/send/send.ts';
import { fileAt } from '../node/files/outgoing-file.ts';
import { withDrop } from './drop.ts';
import { folder, journalist, letters, way } from './people.ts';

/** A file of six cells, last written long ago, in a letter before whose steps something may happen to it. */
async function letterWith(happen: (step: number, path: string) => Promise<void>) {
  const drop = await withDrop();
  const jane = journalist(drop.url);
  const path = join(folder(), 'data');
  await writeFile(path, randomBytes(5_500_000));
  await utimes(path, 1e9, 1e9);
  const file = await fileAt(path);
  await happen(-1, path);
  const pace: Pace = async (step, _, act) => {
    await happen(step, path);
    return act();
  };
  const sending = send(way(drop.url), contactOf(jane.identity), { files: [file] }, { pace });
  return { drop, jane, sending };
}

const CHANGED = 'a file changed while it was being read: send it again when it stands still';

test.each<[string, number, (path: string) => Promise<void>]>([
  [
    'rewritten in place, with as many bytes, before it is opened',
    -1,
    (path) => writeFile(path, randomBytes(5_500_000)),
  ],
  ['rewritten in place, with as many bytes, half way', 2, (path) => writeFile(path, randomBytes(5_500_000))],
  ['written to at its beginning, which has been read', 2, (path) => writeFile(path, 'x', { flag: 'r+' })],
  ['shorter half way', 1, (path) => writeFile(path, '')],
  ['longer half way', 2, (path) => writeFile(path, 'x', { flag: 'a' })],
])('refuses a file that is %s', async (_, when, change) => {
  const { drop, sending } = await letterWith(async (step, path) => {
    if (step === when) await change(path);
  });
  await expect(sending).rejects.toThrow(CHANGED);
  expect(drop.waiting()).toBe(0);
});

test('a file that another one takes the place of arrives as it was when it was opened', async () => {
  const { drop, jane, sending } = await letterWith(async (step, path) => {
    if (step !== 2) return;
    await writeFile(`${path}.new`, randomBytes(5_500_000));
    await rename(`${path}.new`, path);
  });
  await sending;
  await drop.tick();
  expect(letters(await jane.read())).toHaveLength(1);
});
