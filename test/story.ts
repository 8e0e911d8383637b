import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { fingerprintOf, formatFingerprint } from '../core/keys/fingerprint.ts';
import { contactOf, newIdentity, signingKeyOf } from '../core/keys/identity.ts';
import { openMailbox } from '../core/keys/mailbox.ts';
import { newWords } from '../core/keys/words.ts';
import { writerOf } from '../core/letter/proof.ts';
import { send } from '../core/send/send.ts';
import { lockIdentity } from '../node/keys/identity-file.ts';
import { lockSigningKey } from '../node/keys/signing-key.ts';
import { type Answer, type Typed, type TypedOptions, typeLine, withQuickNpx } from '../scripts/typed-line.ts';
import { formatContact, parseContact } from '../wire/contact.ts';
import { commandIn } from './command-definitions.ts';
import { deadDropsIn } from './document-lines.ts';
import { openDrop } from './drop.ts';
import { openFront } from './drop-front.ts';
import { lastingFolder, PASSPHRASE, QUICK } from './office.ts';
import { ONION } from './onion-drop.ts';
import { way } from './people.ts';
import { socksServer } from './socks-server.ts';
import { freePorts } from './tor/ports.ts';

const root = join(import.meta.dirname, '..');

/** So long ago the drop's time begins: as it passes by slots, it comes no further than that of this machine. */
const BEGUN_MILLISECONDS = 6 * 3_600_000;

/** Lines that go on for longer than a test does, by what they show when they have begun: then they are interrupted. */
const GOES_ON = [/until Ctrl-C/, /running for /, /sends itself /, /drop ready at /];
/** What an audit that waits for a quarter of an hour shows first. */
const FIRST_CHECK = /\{"/;

/** Under which names the documents have contacts. */
const CONTACTS = ['jane.contact', 'yours.contact', 'ann.contact'];

export interface Played extends Typed {
  /** Whether it was interrupted. */
  readonly isInterrupted: boolean;
}

/**
 * Where what people are told to type is typed: a drop that is reached at an onion address through a SOCKS port, and a folder
 * each for a source, a journalist and anybody else.
 */
export interface Story {
  /** Begins a document: new folders, in which lies what its people have already. */
  begin(): void;
  /** Types a line as it stands there, but for what is everybody's own: addresses, fingerprints, names of letters. */
  type(line: string): Promise<Played>;
  close(): Promise<void>;
}

/** @param program - the command, which says of each of its parts for whom it is */
export async function openStory(program: Command): Promise<Story> {
  const closers: (() => void | Promise<void>)[] = [];
  const atEnd = (close: () => void | Promise<void>) => void closers.unshift(close);
  const drop = await openDrop({ start: Date.now() - BEGUN_MILLISECONDS });
  atEnd(drop.close);
  const front = await openFront(drop, atEnd);
  const socks = await socksServer(front.port, {}, atEnd);
  const [port] = await freePorts(1);
  const stop = new AbortController();
  atEnd(() => stop.abort()); // of a line that asks what nobody answers
  // `npx` itself is tried in asked.test.ts.
  const env = { PATH: withQuickNpx(lastingFolder()), ALL_PROXY: `socks5h://127.0.0.1:${socks.port.port}` };

  const jane = newIdentity(ONION);
  const passphrase = Buffer.from(PASSPHRASE.trim());
  const files = {
    'dead-drop.identity': await lockIdentity(jane, passphrase, QUICK),
    'dead-drop.signing-key': await lockSigningKey(signingKeyOf(jane), passphrase, QUICK),
  };
  let contact = formatContact(contactOf(jane));
  const mailbox = newWords();
  let [words, letter] = [mailbox, ''];
  let folders = { source: '', journalist: '', anybody: '' };

  const valuesIn = (line: string) =>
    // A gateway stands before a drop that has no onion address yet.
    (line.includes('dead-drop gateway') ? line : line.replaceAll('https://drop.example', ONION))
      .replaceAll('http://....onion', ONION)
      .replaceAll('<DeadDrop.Url>', 'https://drop.example')
      .replaceAll('<DeadDrop.Uploads>', 'https://uploads.example')
      .replaceAll(/"JECM 4SSF[^"]*"/g, `"${formatFingerprint(fingerprintOf(parseContact(contact).identity))}"`)
      .replaceAll('35761d4b', letter)
      .replaceAll('8787', String(port))
      .replaceAll('drop-data', join(folders.anybody, 'drop-data'));

  const answers = (): Answer[] => [
    { to: /(?:assphrase[\w' ]*|once more) \(it does not show\): $/, type: `${PASSPHRASE.trim()}\r` },
    { to: /Is it the same\? \(yes or no\) $/, type: 'yes\r' },
    { to: /Words of the mailbox \(it does not show\): $/, type: `${words}\r` },
    { to: /Ctrl-D on a line of its own:\s*$/, type: 'What I saw.\r\x04' },
    { to: /To go on, type "nobody is[\w ]+": $/, type: 'nobody is to write to me here again\r' },
  ];

  const run = async (line: string, cwd: string): Promise<Played> => {
    let isInterrupted = false;
    const interrupt = (press: (keys: string) => void) => {
      if (!isInterrupted) press('\x03');
      isInterrupted = true;
    };
    const goesOn = /audit .*--wait/.test(line) ? [FIRST_CHECK] : GOES_ON;
    // A letter whose state is kept is interrupted when its first cell is on the way.
    let isHeld = !/dead-drop send .*--state/.test(line);
    const shows: TypedOptions['shows'] = (shown, press) => {
      if (goesOn.some((begun) => begun.test(shown))) interrupt(press);
      if (!isHeld) front.holdNextUpload(() => interrupt(press));
      isHeld = true;
    };
    const own = line.startsWith('npm ') ? {} : { ...env, HOME: cwd };
    const options = { cwd, env: own, answers: answers(), shows, signal: stop.signal };
    return { ...(await typeLine(valuesIn(line), options)), isInterrupted };
  };

  /** Everybody takes a contact that is published, and somebody writes to it from a mailbox. */
  const take = async (path: string) => {
    contact = readFileSync(path, 'utf8');
    for (const name of CONTACTS) copyFileSync(path, join(folders.source, name));
    const from = writerOf(await openMailbox(Buffer.from(mailbox), ONION));
    await send(way(drop.url), parseContact(contact), { text: 'They knew since March.\n', from });
  };

  const folderFor = (args: readonly string[]) => {
    const { command } = commandIn(program, args);
    const group = (command.parent === program ? command : command.parent)?.helpGroup() ?? '';
    if (group.includes('source')) return folders.source;
    return group.includes('journalist') ? folders.journalist : folders.anybody;
  };

  return {
    begin() {
      folders = { source: lastingFolder(), journalist: lastingFolder(), anybody: lastingFolder() };
      const own = Object.entries(files);
      for (const [name, text] of own) writeFileSync(join(folders.journalist, name), text, { mode: 0o600 });
      for (const folder of Object.values(folders)) {
        writeFileSync(join(folder, 'letter.txt'), 'It was the mayor.\n');
        writeFileSync(join(folder, 'recording.wav'), Buffer.alloc(1_200_000, 'RIFF'));
        const isHers = folder === folders.journalist;
        for (const name of CONTACTS)
          writeFileSync(join(folder, name), isHers ? formatContact(contactOf(jane)) : contact);
      }
    },
    async type(line) {
      const [args = []] = deadDropsIn(line);
      // Who makes an identity begins with nothing.
      if (args[0] === 'keygen') folders.journalist = lastingFolder();
      const cwd = line.startsWith('npm ') ? root : folderFor(args);
      if (args.includes('read') && drop.waiting() > 0) await drop.tick();
      const typed = await run(line, cwd);
      const shown = typed.shown.replaceAll('\r', '');
      if (args[0] === 'mailbox') words = /^([a-z]+(?: [a-z]+){11})$/m.exec(shown)?.[1] ?? words;
      if (args[0] === 'contact' && existsSync(join(cwd, 'jane.contact'))) await take(join(cwd, 'jane.contact'));
      if (args[0] === 'inbox') letter = /^with .*\n +\S+ \S+ +([0-9a-f]{8}) /m.exec(shown)?.[1] ?? '';
      // Watching fetches a letter within minutes, reading at once.
      if (args[0] === 'read' && typed.isInterrupted) await run('npx dead-drop read', cwd);
      return typed;
    },
    async close() {
      for (const close of closers) await close();
    },
  };
}
