#!/usr/bin/env node
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signal } from '../bin/interruption.ts';
import { describe } from '../bin/terminal.ts';
import { synthesize } from '../lib/synthesize.ts';
import { startDrop } from '../local/drop.ts';
import { SLOT_SECONDS } from '../wire/sizes.ts';
import { parseScript, script } from './script.ts';
import { COLUMNS, linesShown, type PictureLine, terminalSvg } from './terminal-svg.ts';
import { type Answer, typeLine, withQuickNpx } from './typed-line.ts';

const root = join(import.meta.dirname, '..');
const PORT = 8787;
const PASSPHRASE = 'a passphrase of a drop that is thrown away';
const DEMO_COLUMNS = 104;

const { out } = parseScript<{ out: string }>(
  script(
    'pictures:terminal',
    'Draw what a terminal shows of a letter and its answer, on a drop on this machine.',
  ).option('--out <folder>', 'where the pictures go', join(root, 'docs/pictures')),
);

const folder = await mkdtemp(join(tmpdir(), 'dead-drop-pictures-'));
try {
  await draw();
} catch (error) {
  console.error(signal.aborted ? 'interrupted' : `the pictures failed: ${describe(error)}`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Plays a letter and its answer on a drop whose time passes when it is told to, and draws each screen. */
async function draw(): Promise<void> {
  await synthesize(join(folder, 'cdk.out'), signal, { decoysPerMinute: 0, linesPerBatch: 128 });
  const tick = SLOT_SECONDS * 1000;
  let now = Math.floor(Date.now() / tick) * tick - 2 * tick;
  const clock = { now: () => now };
  const drop = await startDrop({ outdir: join(folder, 'cdk.out'), port: PORT, schedules: false, clock });
  const publish = async () => {
    now += tick;
    await drop.invoke('publish-ids', { time: new Date(now).toISOString() });
  };
  try {
    const made = await screen([`npx dead-drop keygen --drop ${drop.url}`, 'npx dead-drop contact --out jane.contact']);
    await picture('terminal-keygen', 'A journalist makes an identity, and gets its fingerprint', made);
    const [, words] = /^([a-z]+(?: [a-z]+){11})$/m.exec(textOf(await screen(['npx dead-drop mailbox new'])))!;

    const sent = await screen(['npx dead-drop send --to jane.contact --reply-to-mailbox'], words);
    await picture('terminal-send', 'A source compares the fingerprint, and sends a letter that can be answered', sent);
    await publish();

    const read = await screen(['npx dead-drop read', 'npx dead-drop inbox']);
    const [, letter] = /^ +.* ([0-9a-f]{8}) {2}/m.exec(textOf(read))!;
    const answered = await screen(
      [`npx dead-drop reply ${letter}`],
      words,
      'Can you show me the minutes of that day?\r\x04',
    );
    await picture('terminal-read', 'A journalist reads, sees what came, and answers', [...read, ...answered]);
    await publish();

    const got = await screen(['npx dead-drop mailbox read --from jane.contact --since 1d'], words);
    await picture('terminal-answer', 'A source reads the answer with twelve words', got);
  } finally {
    await drop.close();
  }
  const demo = await screen(['npm run demo --silent'], '', '', {
    cwd: root,
    path: process.env.PATH!,
    columns: DEMO_COLUMNS,
  });
  await picture('terminal-demo', 'The demo: one letter, from the source to the journalist', demo, DEMO_COLUMNS);
}

/** What a terminal shows of some lines that are typed, one after the other. */
async function screen(
  lines: readonly string[],
  words = '',
  letter = 'They knew since March. I was in the room.\r\x04',
  { cwd = folder, path = withQuickNpx(folder), columns = COLUMNS } = {},
): Promise<PictureLine[]> {
  const answers: Answer[] = [
    { to: /(?:assphrase|once more) \(it does not show\): $/, type: `${PASSPHRASE}\r` },
    { to: /Is it the same\? \(yes or no\) $/, type: 'yes\r' },
    { to: /Words of the mailbox \(it does not show\): $/, type: `${words}\r` },
    { to: /Ctrl-D on a line of its own:\r*\n$/, type: letter },
  ];
  const pictured: PictureLine[] = [];
  for (const line of lines) {
    const { shown, status } = await typeLine(line, { cwd, env: { PATH: path }, answers, columns, signal });
    const all = linesShown(shown, columns).map((text) => ({ text }));
    if (status !== 0) throw new Error(`this line failed: ${line}\n${textOf(all)}`);
    pictured.push({ text: `$ ${line}`, isTyped: true }, ...all);
  }
  return pictured;
}

function textOf(lines: readonly PictureLine[]): string {
  return lines.map(({ text }) => text).join('\n');
}

/** Writes a picture, where it is another one than there. */
async function picture(name: string, title: string, lines: readonly PictureLine[], columns = COLUMNS): Promise<void> {
  const path = join(out, `${name}.svg`);
  const svg = terminalSvg(title, lines, columns);
  if ((await readFile(path, 'utf8').catch(() => undefined)) !== svg) await writeFile(path, svg);
  console.log(`${name}.svg`);
}
