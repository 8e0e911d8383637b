import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contactOf, newIdentity } from '../core/keys/identity.ts';
import { parseWords } from '../core/keys/words.ts';
import { formatContact } from '../wire/contact.ts';
import { command } from './command.ts';
import { folder } from './people.ts';

test('a letter with nothing in it, or without a text that stands on standard input, is not sent', async () => {
  const cwd = folder();
  writeFileSync(
    join(cwd, 'jane.contact'),
    formatContact(contactOf(newIdentity('http://127.0.0.1:9', 0, 4_000_000_000))),
  );
  writeFileSync(join(cwd, 'file'), 'content');
  writeFileSync(join(cwd, 'empty'), '');
  const send = ['send', '--to', 'jane.contact'];
  for (const [args, input, says] of [
    [send, ' \u{feff}\n', 'there is nothing in this letter'],
    [['upload', '--to', 'jane.contact', '--text-file', 'empty', 'empty'], '', 'there is nothing in this letter'],
    [[...send, 'file'], 'text', 'there is something on standard input, and nothing was sent: give --text-file - '],
    [[...send, '--text-file', 'file'], 'text', 'there is something on standard input'],
  ] as const) {
    const ended = await command(args, { cwd, input });
    expect(ended, args.join(' ')).toMatchObject({ status: 2, out: '' });
    expect(ended.words).toContain(`dead-drop: ${says}`);
  }
  const ended = await command([...send, 'file'], { cwd, input: '', isAsTyped: true });
  expect(ended).toMatchObject({
    status: 2,
    words: expect.stringContaining('or --without-fingerprint to write without'),
  });
});

test('the words of a mailbox are printed into no file that others may read, and a full disk is named', () => {
  const cwd = folder();
  const program = join(import.meta.dirname, '../bin/dead-drop.ts');
  const newInto = (file: string, ...more: string[]) =>
    spawnSync(process.execPath, [program, 'mailbox', 'new', ...more], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', openSync(file, 'a'), 'pipe'],
    });
  const [open, own, made] = [join(cwd, 'open'), join(cwd, 'own'), join(cwd, 'made')];
  for (const [path, mode] of [
    [open, 0o644],
    [own, 0o600],
  ] as const) {
    writeFileSync(path, '');
    chmodSync(path, mode);
  }
  const refused = newInto(open);
  expect(refused).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('mailbox new --out makes one for you only'),
  });
  expect(readFileSync(open, 'utf8')).toBe('');
  expect(newInto(own).status).toBe(0);
  expect(newInto(open, '--out', made).status).toBe(0);
  for (const path of [own, made]) parseWords(readFileSync(path));
  expect(statSync(made).mode & 0o777).toBe(0o600);
  if (!existsSync('/dev/full')) return;
  const full = newInto('/dev/full');
  expect(full.status).toBe(1);
  expect(full.stderr).toMatch(
    /\ndead-drop: what was printed is lost: the system says: no space left on device \(ENOSPC\)\n$/,
  );
});
