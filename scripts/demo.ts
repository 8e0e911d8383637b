#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signal } from '../bin/interruption.ts';
import { synthesize } from '../lib/synthesize.ts';
import { type LocalDrop, startDrop } from '../local/drop.ts';
import {
  type CollectEvent,
  collect,
  contactOf,
  dropAt,
  fileAt,
  firstBookmark,
  folderInbox,
  formatContact,
  newIdentity,
  parseContact,
  send,
  sleepFor,
} from '../node/index.ts';
import { script } from './script.ts';

/** The drop's five minutes are five seconds here. */
const SPEED = 60;
const WAIT_SECONDS = 150;

const TEXT = 'They knew since March. The recording is from the meeting on the 4th; the figures are in the table.\n';
const TABLE = 'month,tonnes reported,tonnes dumped\nJanuary,12,340\nFebruary,9,411\nMarch,0,498\n';

script('demo', 'Show a letter on its way through a drop on this machine, from the source to the journalist.').parse();

const folder = await mkdtemp(join(tmpdir(), 'dead-drop-demo-'));
let drop: LocalDrop | undefined;
try {
  step(1, 'operator', 'synthesizes the stack that cdk deploy would deploy, and runs it on this machine');
  await synthesize(join(folder, 'cdk.out'), signal);
  drop = await startDrop({ outdir: join(folder, 'cdk.out'), speed: SPEED });
  more(`the drop is at ${drop.url}, its clock is ${SPEED} times as fast`);
  // Functions live in real time, and a decoy run waits for its minute: the one of this minute is long since due.
  drop.fire('decoy', Date.now() - 60_000);
  await journey(drop);
  console.log('\nThe letter arrived, byte for byte.');
} catch (error) {
  console.error(signal.aborted ? 'interrupted' : `the demo failed: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await drop?.close();
  await rm(folder, { recursive: true, force: true });
}

/** One letter from a source to a journalist. */
async function journey(running: LocalDrop): Promise<void> {
  const way = dropAt(running.url, { signal });
  const now = Math.floor(Date.now() / 1000);

  const jane = newIdentity(running.url, now);
  const published = formatContact(contactOf(jane));
  step(2, 'journalist', `makes an identity, and publishes its contact: ${count(published.length)} characters of text`);

  const recording = join(folder, 'recording.wav');
  const table = join(folder, 'table.csv');
  await writeFile(recording, randomBytes(2_500_000));
  await writeFile(table, TABLE);
  const files = [await fileAt(recording), await fileAt(table)];
  step(3, 'source', `writes a letter: ${count(TEXT.length)} bytes of text`);
  for (const file of files) more(`${file.name}, ${count(file.bytes)} bytes`);
  let cells = 0;
  const progress = (at: { cellsTotal: number }) => {
    cells = at.cellsTotal;
  };
  await send(way, parseContact(published), { text: TEXT, files }, { progress });
  more(`sent: ${cells} cells, then one sealed id of 80 bytes`);

  const uploads = await waitForDecoys(running, cells);
  const decoys = uploads.length - cells;
  step(
    4,
    'operator',
    `looks into the drop, and sees ${uploads.length} uploads, all alike, without name, sender or recipient`,
  );
  const lines = uploads.map(({ key, bytes }) => {
    return `${key.slice(0, 20)}...  ${count(bytes)} bytes  ${running.object(key)!.toString('hex', 0, 12)}...`;
  });
  some(lines);
  more(`${cells} of them are this letter's, and ${decoys} are decoys'; which, nobody can tell`);

  step(5, 'journalist', 'looks for new batches, and tries every line of them');
  const inbox = join(folder, 'inbox');
  const found = await waitForLetter(running, {
    drop: way,
    identity: () => jane,
    inbox: folderInbox(inbox, jane.storageKey),
  });
  const batch = running.object(`ids/${found.slot}`)!.toString();
  more(`one line of the batch of ${found.slot} opens; which one, nobody else can tell:`);
  some(
    batch
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line.slice(0, 60)}...`),
  );

  step(6, 'journalist', `fetches the cells, opens them, and has a text and ${found.letter.files.length} files`);
  for (const [name, sent] of [
    ['letter.txt', Buffer.from(TEXT)],
    ['recording.wav', await readFile(recording)],
    ['table.csv', await readFile(table)],
  ] as const) {
    const arrived = await readFile(join(found.letter.path, name));
    if (!arrived.equals(sent)) throw new Error(`${name} is not what was sent`);
    more(`${name}, ${count(arrived.length)} bytes: the same as sent`);
  }
}

/** What the drop holds once as many decoys as cells of the letter are there. @throws Error when they do not come */
async function waitForDecoys(running: LocalDrop, cells: number): Promise<ReturnType<LocalDrop['objects']>> {
  const end = running.clock.now() + WAIT_SECONDS * 1000 * SPEED;
  for (;;) {
    const uploads = running.objects('uploads/');
    if (uploads.length >= 2 * cells) return uploads;
    if (running.clock.now() >= end) throw new Error(`too few decoys came within ${WAIT_SECONDS} s`);
    await sleepFor(200, signal);
  }
}

type Letter = Extract<CollectEvent, { kind: 'letter' }>;

/** Polls until the letter is there. @throws Error when it does not come, or something else happens on the way */
async function waitForLetter(
  running: LocalDrop,
  options: Omit<Parameters<typeof collect>[0], 'bookmark'>,
): Promise<Letter> {
  const bookmark = firstBookmark();
  let letter: Letter | undefined;
  const report = (event: CollectEvent) => {
    if (event.kind === 'batch') more(`the batch of ${event.slot}: ${event.lines} lines`);
    else if (event.kind === 'letter') letter = event;
    else if (event.kind === 'repeated') throw new Error('a line names the letter once more');
    else if (event.kind === 'crowded') throw new Error('too many letters wait');
    else if (event.kind === 'gone')
      more(`no batch from ${event.from} to ${event.to}`); // a machine that is busy publishes late
    else if (event.kind === 'list') throw new Error('something is wrong with the list of batches');
    else throw new Error(`a ${event.what} was ${event.kind}: ${event.why}`);
  };
  const end = running.clock.now() + WAIT_SECONDS * 1000 * SPEED;
  while (running.clock.now() < end) {
    await collect({ ...options, bookmark, report });
    if (letter) return letter;
    await sleepFor(500, signal);
  }
  throw new Error(`no letter came within ${WAIT_SECONDS} s`);
}

function step(number: number, who: string, does: string): void {
  console.log(`${number === 1 ? '' : '\n'}${number}. The ${who} ${does}`);
}

function more(line: string): void {
  console.log(`   ${line}`);
}

/** The first few of many lines. */
function some(lines: readonly string[], most = 5): void {
  for (const line of lines.slice(0, most)) more(line);
  if (lines.length > most) more(`  (${count(lines.length - most)} more)`);
}

function count(number: number): string {
  return number.toLocaleString('en');
}
