import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contactOf, newIdentity } from '../client/keys/identity.ts';
import { newUnsentFile, openUnsentFile } from '../client/send/unsent-file.ts';
import { locking } from './locking.ts';
import { QUICK } from './office.ts';
import { folder } from './people.ts';

const passphrase = Buffer.from('correct horse');
const letter = { contact: contactOf(newIdentity('http://127.0.0.1:1', 0)), text: 'a', files: [] };

const SENDING = 'another command is sending that letter: wait until it ends';

test('an unsent letter is sent by one at a time, by whatever name it is called, and its lock leaves nothing', async () => {
  const at = folder();
  const path = join(at, 'letter.unsent');
  symlinkSync('letter.unsent', join(at, 'link'));
  const first = await newUnsentFile(path, passphrase, letter, QUICK);
  for (const name of [path, join(at, 'link')]) await expect(openUnsentFile(name, passphrase)).rejects.toThrow(SENDING);
  await expect(newUnsentFile(path, passphrase, letter, QUICK)).rejects.toThrow(SENDING);
  await first.keep({ since: 0, cells: [] }); // another file has its place now
  await expect(openUnsentFile(path, passphrase)).rejects.toThrow(SENDING);
  first.wipe();

  expect(await openUnsentFile(path, Buffer.from('wrong'))).toBeNull();
  const second = (await openUnsentFile(join(at, 'link'), passphrase))!;
  first.wipe(); // once more: it is not the first one's lock any more
  await expect(openUnsentFile(path, passphrase)).rejects.toThrow(SENDING);
  await second.remove();
  second.wipe();
  expect(readdirSync(at)).toEqual(['link']);
  await expect(openUnsentFile(path, passphrase)).rejects.toThrow('ENOENT');
});

test('a suspended process keeps the letter that it sends, and a killed one leaves it to the next', async () => {
  const path = join(folder(), 'letter.unsent');
  (await newUnsentFile(path, passphrase, letter, QUICK)).wipe();
  using other = await locking(path);
  await expect(openUnsentFile(path, passphrase)).rejects.toThrow(SENDING);
  await other.kill();
  (await openUnsentFile(path, passphrase))!.wipe();
  expect(existsSync(`${path}.lock`)).toBe(false);
});
