import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { identify, isSilent } from '../bin/input.ts';
import { sendLetter } from '../bin/letter.ts';
import { letterFiles } from '../bin/letter-files.ts';
import { warnOfMetadata } from '../bin/metadata.ts';
import { warnOfSecrets } from '../bin/own-secrets.ts';
import { Usage } from '../bin/terminal.ts';
import type { Transport } from '../core/drop/transport.ts';
import { fingerprintOf } from '../core/keys/fingerprint.ts';
import { contactOf, newIdentity } from '../core/keys/identity.ts';
import { NOTE_MAX_BYTES, secretsIn, secretsInFile } from '../core/keys/own-secrets.ts';
import { newWords } from '../core/keys/words.ts';
import { bodyOf, FileFault, isBlank } from '../core/letter/body.ts';
import { send } from '../core/send/send.ts';
import { fileAt } from '../node/files/outgoing-file.ts';
import type { UnsentFile } from '../node/send/unsent-file.ts';
import { formatArmor } from '../wire/armor.ts';
import { formatContact } from '../wire/contact.ts';
import { fileOf, folder, way } from './people.ts';
import { plainDrop } from './plain-drop.ts';

const jane = newIdentity('http://127.0.0.1:1', 0, 4_000_000_000);
const contact = contactOf(jane);

async function contentOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part.slice()); // which the next may take the place of
  return Buffer.concat(parts).toString();
}

let words = '';
beforeEach(() => {
  words = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    words += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

describe('there is nothing in a text', () => {
  test.each([
    '',
    ' \n\t\r\n',
    '\u{feff}',
    '\u{200b}\u{200d}\u{2060}',
    '\u{3164}\u{2800}',
    '\0',
    '\u{301}\u{fe0f}',
    '\u{3000}',
  ])('that is %j', (text) => expect(isBlank(text)).toBe(true));
  test.each(['.', '世', 'a\u{200b}', '👍', '-\n'])('but there is in %j', (text) => expect(isBlank(text)).toBe(false));
});

describe('what nobody reads of standard input', () => {
  const silent = async (parts: readonly (string | null)[], wait = 60_000) => {
    const input = new PassThrough();
    for (const [index, part] of parts.entries())
      setTimeout(() => (part === null ? input.end() : input.write(part)), index * 5);
    return isSilent(input, wait);
  };

  test.each([
    ['text', ['text', null]],
    ['text after blanks, in a pipe that does not end', [' \n', 'text']],
  ])('is refused: %s', async (_, parts) => {
    await expect(silent(parts)).rejects.toThrow(Usage);
  });

  test('may end at once, or hold blanks', async () => {
    expect(await silent([null])).toBe(false);
    expect(await silent(['\n', null])).toBe(false);
  });

  test('is not waited for long where nothing comes and nothing ends, or it cannot be read', async () => {
    expect(await silent([], 10)).toBe(true);
    const broken = new PassThrough();
    broken.destroy(new Error('EISDIR'));
    expect(await isSilent(broken, 60_000)).toBe(false);
  });
});

describe('what is its writer’s to keep is found in a letter', () => {
  const mailbox = newWords();
  const list = mailbox.split(' ');
  test.each<[string, string | Uint8Array]>([
    ['words in a text', `please keep these for me: ${mailbox}. thank you`],
    [
      'words in capitals, on lines with numbers',
      list.map((word, index) => `${index + 1}. ${word.toUpperCase()}`).join('\r\n'),
    ],
    ['words by their first letters', list.map((word) => word.slice(0, 4)).join(', ')],
    ['words in UTF-16', Buffer.from(`\u{feff}${mailbox}`, 'utf16le')],
    ['words in JSON', JSON.stringify({ words: mailbox })],
    [
      'words among bytes that are no text',
      Buffer.concat([Buffer.alloc(100, 0xff), Buffer.from(mailbox), Buffer.of(0xfe)]),
    ],
    ['words in a Russian letter', `Вот мои слова: ${mailbox}. Спасибо.`],
    ...[
      'IDENTITY',
      'SIGNING KEY',
      'UNSENT LETTER',
      'UNSENT UPLOAD',
      'UNSENT ANSWER',
      'UNSENT INVITATION',
      'INVITATION',
    ].map(
      (name) => [name.toLowerCase(), `> ${formatArmor(`DEAD DROP ${name}`, randomBytes(100))}`] as [string, string],
    ),
  ])('%s', (_, content) => {
    expect(secretsIn(Buffer.from(content as string))).toHaveLength(1);
  });

  test.each<[string, string]>([
    ['eleven of the words', list.slice(1).join(' ')],
    ['words that do not fit together', 'abandon '.repeat(12)],
    ['words with others between them', list.join(' Zürich ')],
    ['words with Russian ones between them', list.join(' слово ')],
    ['a contact', formatContact(contact)],
    ['prose', 'They knew since March. The recording is from the meeting on the 4th.'],
  ])('and not in %s', (_, content) => {
    expect(secretsIn(Buffer.from(content))).toEqual([]);
  });
});

describe('of a file larger than any note', () => {
  const line = '-----BEGIN DEAD DROP SIGNING KEY-----';
  const filled = (bytes: number) => Buffer.alloc(bytes, '-----BEGIN DEAD DROP ');
  async function* inParts(bytes: Uint8Array, length: number) {
    const part = Buffer.alloc(length);
    for (let at = 0; at < bytes.length; at += length) {
      part.fill(0);
      const here = bytes.subarray(at, at + length);
      part.set(here);
      yield part.subarray(0, here.length); // the same memory each time
    }
  }

  test('the first line of what is locked is found wherever it stands, also across parts', async () => {
    const whole = filled(NOTE_MAX_BYTES + 1);
    for (const length of [10, 63, 64, 1000, 4096]) {
      for (const at of [0, 1, 990, 1000 - line.length, whole.length - line.length]) {
        const bytes = Buffer.from(whole);
        bytes.write(line, at);
        expect(await secretsInFile(bytes.length, inParts(bytes, length)), `${at} by ${length}`).toEqual([
          'signing key',
        ]);
      }
    }
    expect(await secretsInFile(whole.length, inParts(whole, 1000))).toEqual([]);
  });

  test('words are not looked for; in one that may be a note they are, in whatever parts it comes', async () => {
    const words = Buffer.from(`\n${newWords()}\n`);
    const note = Buffer.concat([Buffer.alloc(NOTE_MAX_BYTES - words.length, '.'), words]);
    expect(await secretsInFile(note.length, inParts(note, 4096))).toEqual(['words']);
    const more = Buffer.concat([note, Buffer.from('.')]);
    expect(await secretsInFile(more.length, inParts(more, 4096))).toEqual([]);
  });
});

describe('which file cannot be sent is told by its place where nobody sees a name', () => {
  const given = () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'good'), 'good');
    return { cwd, good: join(cwd, 'good') };
  };

  test.each<[string, (path: string) => void, string]>([
    ['that is not there', () => {}, 'a file to send does not exist'],
    ['that is a folder', (path) => mkdirSync(path), 'only regular files can be sent: pack a folder'],
    ['that is a pipe', (path) => spawnSync('mkfifo', [path]), 'only regular files can be sent: no pipes'],
    ['that is a link to nothing', (path) => symlinkSync('nowhere', path), 'a file to send is a link to nothing'],
    ['that is a link to itself', (path) => symlinkSync(path, path), 'a file to send cannot be read'],
  ])('one %s', async (_, make, message) => {
    const { cwd, good } = given();
    make(join(cwd, 'secret-name'));
    const fault = await letterFiles([good, join(cwd, 'secret-name'), good]).catch((error: Error) => error);
    expect(fault).toMatchObject({ message: expect.stringContaining(message) });
    expect((fault as Error).message).toMatch(/ \(file 2 of 3\): nothing was sent$/);
    expect((fault as Error).message + words).not.toContain('secret-name');
  });

  test('one whose name is too long, and two of them', async () => {
    const { good } = given();
    await expect(letterFiles(['x'.repeat(5000), good, 'y'.repeat(300)])).rejects.toThrow(
      'a file to send cannot be read (file 1 of 3), and 1 more like it: nothing was sent',
    );
  });

  test('a name that is not UTF-8 is found by its bytes, and goes without them', async () => {
    const { cwd } = given();
    const at = (...bytes: number[]) => Buffer.concat([Buffer.from(`${cwd}/`), Buffer.from(bytes)]);
    mkdirSync(at(0x64, 0xe9));
    writeFileSync(Buffer.concat([at(0x64, 0xe9), Buffer.from('/caf'), Buffer.from([0xe9])]), 'content');
    const typed = join(cwd, 'd\u{fffd}', 'caf\u{fffd}');
    const [found] = await letterFiles([typed]);
    expect(found!.file).toMatchObject({ name: 'caf_', bytes: 7 });
    expect(await contentOf(found!.file.read())).toBe('content');
    writeFileSync(Buffer.concat([at(0x64, 0xe9), Buffer.from('/caf'), Buffer.from([0xe8])]), 'other');
    await expect(letterFiles([typed])).rejects.toThrow('more than one file has that name');
    await expect(letterFiles([`${typed}x`])).rejects.toThrow('a file to send does not exist');
  });

  test('one that is gone while it is looked into', async () => {
    const { cwd, good } = given();
    writeFileSync(join(cwd, 'secret-name'), 'bad');
    const files = await letterFiles([good, join(cwd, 'secret-name')]);
    rmSync(join(cwd, 'secret-name'));
    for (const look of [() => warnOfMetadata(files, true), () => warnOfSecrets('', files, true)])
      await expect(look()).rejects.toThrow(/^a file to send cannot be read any more \(file 2 of 2\)$/);
  });

  test('one that is gone or has changed when its turn comes', async () => {
    const { cwd, good } = given();
    for (const [change, message] of [
      [(path: string) => rmSync(path), 'a file to send is not there any more'],
      [(path: string) => writeFileSync(path, 'longer'), 'a file changed while it was being read'],
      [(path: string) => writeFileSync(path, ''), 'a file changed while it was being read'],
    ] as const) {
      writeFileSync(join(cwd, 'secret-name'), 'bad');
      const files = [await fileAt(good), await fileAt(join(cwd, 'secret-name'))];
      change(join(cwd, 'secret-name'));
      const fault: unknown = await sendLetter(
        way('http://127.0.0.1:1', plainDrop().transport),
        contact,
        { files },
        {},
      ).catch((error: unknown) => error);
      expect(fault).toMatchObject({ message: expect.stringMatching(new RegExp(`^${message}.* \\(file 2 of 2\\)$`)) });
      expect(words).toContain('nothing was registered: the letter does not arrive');
      await expect(contentOf(bodyOf({ files }))).rejects.toThrow(FileFault);
    }
  });
});

describe('a letter that went wrong says whether it may have been sent', () => {
  const failing = (path: RegExp): Transport => {
    const { transport } = plainDrop();
    return async (asked) => {
      if (path.test(asked.url.pathname)) throw new Error('lost');
      return transport(asked);
    };
  };
  const text = 'Dear Jane';
  /** What was said after how well the letter hides. */
  const withoutAdvantage = () => {
    expect(words).toMatch(
      /^1 cell \(1 MiB\), sent at once: .* is right 52 times in 100 whether it came; 50 is a guess\n/,
    );
    return words.slice(words.indexOf('\n') + 1);
  };

  test.each([
    [/upload-url/, /^nothing was registered: the letter does not arrive, and nobody can read .*; send it anew\n$/],
    [/uploads\//, /^nothing was registered: /],
    [/register-id/, /^the letter is uploaded, and perhaps not registered: .*\n$/],
  ])('where %s fails', async (path, says) => {
    const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    await expect(sendLetter(way('http://127.0.0.1:1', failing(path)), contact, { text }, {})).rejects.toThrow();
    expect(withoutAdvantage()).toMatch(says);
    expect(out).toHaveBeenCalledTimes(path.source.startsWith('register') ? 1 : 0); // its sealed id
  });

  test('and is sent even when its file cannot be removed', async () => {
    const { transport } = plainDrop();
    const remove = async () => {
      throw new Error('read-only');
    };
    const letter = { contact, text, files: [] };
    const unsent: UnsentFile = {
      ...{ kind: 'unsent letter', letter, keep: async () => {}, next: async () => unsent },
      ...{ remove, wipe() {} },
    };
    await sendLetter(way('http://127.0.0.1:1', transport), contact, { text }, { unsent });
    expect(withoutAdvantage()).toMatch(/^sent: .*\nits file is of no use any more, and cannot be removed: .*\n$/);
  });

  test('the library tells between the two as well', async () => {
    const paths: string[] = [];
    const { transport } = plainDrop();
    const noting: Transport = (asked) => {
      paths.push(asked.url.pathname.slice(0, 9));
      return transport(asked);
    };
    const files = [fileOf('data', new Uint8Array(10))];
    const uploaded = () => void paths.push('uploaded');
    await send(way('http://127.0.0.1:1', noting), contact, { files }, { uploaded });
    expect(paths).toEqual(['/upload-u', '/uploads/', 'uploaded', '/register']);
  });
});

test('without a terminal, a contact is written to only by its fingerprint, or by saying that nobody compares it', async () => {
  const fingerprint = fingerprintOf(jane.signing.publicKey);
  await expect(identify(contact, {})).rejects.toThrow(Usage);
  expect(words).toContain('to the identity with the fingerprint ');
  await identify(contact, { withoutFingerprint: true });
  await identify(contact, { fingerprint });
  await expect(identify(contact, { fingerprint: randomBytes(fingerprint.length) })).rejects.toThrow('another identity');
});
