import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contactOf, newIdentity } from '../core/keys/identity.ts';
import { newUnsentFile, openUnsentFile } from '../node/send/unsent-file.ts';
import { locking } from './locking.ts';
import { QUICK } from './office.ts';
import { folder } from './people.ts';

const passphrase = Buffer.from('correct horse');
const letter = { contact: contactOf(newIdentity('http://127.0.0.1:1', 0)), text: 'a', files: [] };

const KIND = 'unsent letter';
const begin = (path: string) => newUnsentFile(path, KIND, passphrase, letter, QUICK);
const open = (path: string) => openUnsentFile(path, KIND, passphrase);

const SENDING = 'another command is sending that letter: wait until it ends';

test('an unsent letter is sent by one at a time, by whatever name it is called, and its lock leaves nothing', async () => {
  const at = folder();
  const path = join(at, 'letter.unsent');
  symlinkSync('letter.unsent', join(at, 'link'));
  const first = await begin(path);
  for (const name of [path, join(at, 'link')]) await expect(open(name)).rejects.toThrow(SENDING);
  await expect(begin(path)).rejects.toThrow(SENDING);
  await first.keep({ since: 0, cells: [] }); // another file has its place now
  await expect(open(path)).rejects.toThrow(SENDING);
  first.wipe();

  expect(await openUnsentFile(path, KIND, Buffer.from('wrong'))).toBeNull();
  const second = (await open(join(at, 'link')))!;
  first.wipe(); // once more: it is not the first one's lock any more
  await expect(open(path)).rejects.toThrow(SENDING);
  await second.remove();
  second.wipe();
  expect(readdirSync(at)).toEqual(['link']);
  await expect(open(path)).rejects.toThrow('ENOENT');
});

test('a suspended process keeps the letter that it sends, and a killed one leaves it to the next', async () => {
  const path = join(folder(), 'letter.unsent');
  (await begin(path)).wipe();
  using other = await locking(path);
  await expect(open(path)).rejects.toThrow(SENDING);
  await other.kill();
  (await open(path))!.wipe();
  expect(existsSync(`${path}.lock`)).toBe(false);
});
