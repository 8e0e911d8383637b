import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contactOf } from '../core/keys/identity.ts';
import { register } from '../core/send/send.ts';
import { SIDE_BY_SIDE } from '../core/send/side-by-side.ts';
import { fileAt } from '../node/files/outgoing-file.ts';
import { newUnsentFile, openUnsentFile } from '../node/send/unsent-file.ts';
import { formatContact } from '../wire/contact.ts';
import { CELL_ENTRY_BYTES } from '../wire/letter.ts';
import { parseSealedId } from '../wire/sealed-id.ts';
import { CELL_CONTENT_BYTES } from '../wire/sizes.ts';
import { formatUploadId } from '../wire/upload-id.ts';
import { command } from './command.ts';
import { QUICK } from './office.ts';
import { folder, journalist, letters, troubles, way } from './people.ts';
import { servedDrop } from './served-drop.ts';
import { fill, smallDisk } from './small-disk.ts';

const CELLS = 64;
const [KILLS, MINUTES] = process.env.SOAK ? [50, 60] : [4, 10];
const PASSPHRASE = 'correct horse';

test.each(['send', 'upload'] as const)(
  `%s of ${CELLS} cells, killed at ${KILLS} random moments, arrives whole, with no more uploaded again than was under way`,
  async (name) => {
    let kill: (() => void) | undefined;
    const drop = await servedDrop(() => kill?.());
    const jane = journalist(drop.here);
    const cwd = folder();
    mkdirSync(cwd, { recursive: true });
    const content = randomBytes((CELLS - 1) * (CELL_CONTENT_BYTES - CELL_ENTRY_BYTES));
    writeFileSync(join(cwd, 'data'), content);
    const { bytes, changed } = await fileAt(join(cwd, 'data'));
    const files = [{ path: join(cwd, 'data'), bytes, changed: changed! }];
    const kind = name === 'send' ? 'unsent letter' : 'unsent upload';
    const state = join(cwd, 'f');
    const letter = { contact: contactOf(jane.identity), text: '', files };
    (await newUnsentFile(state, kind, Buffer.from(PASSPHRASE), letter, QUICK)).wipe();
    const stored = () =>
      [...drop.objects.keys()].filter((key) => key.startsWith('uploads/')).map((key) => key.slice(8));
    /** The upload ids in the state file, by their place. */
    const kept = async () => {
      const unsent = (await openUnsentFile(state, kind, Buffer.from(PASSPHRASE)))!;
      unsent.wipe();
      return (unsent.letter.soFar?.cells ?? []).map((cell) => cell && formatUploadId(cell.id));
    };
    const run = (victim?: number) => {
      const meanwhile: NonNullable<Parameters<typeof command>[1]['meanwhile']> = (child) => {
        let left = victim;
        kill = () => {
          if (left === undefined) return;
          left -= 1;
          if (left === 0) setTimeout(() => child.kill('SIGKILL'), Math.random() * 40);
        };
      };
      return command([name, '--resume', 'f'], { cwd, passphrase: PASSPHRASE, meanwhile });
    };

    let [killed, lost] = [0, 0];
    let before: (string | undefined)[] = [];
    while (killed < KILLS) {
      // Each kill comes within what is left, so that there are enough of them before it is done.
      const left = CELLS - before.filter(Boolean).length;
      if (left === 0) break; // all is there, though it could not say so
      const soon = 2 * SIDE_BY_SIDE; // requests before the first cell is there
      // Never so late that it is done before.
      const latest = Math.max(1, Math.min(soon + (2 * left) / (KILLS - killed), 2 * left - 6));
      const ended = await run(1 + Math.floor(Math.random() * latest));
      if (ended.status !== null) throw new Error(`it ended by itself: ${ended.words}`);
      await drop.settled();
      killed += 1;
      const now = await kept();
      // What was kept stays, and is there.
      for (const [place, id] of before.entries()) if (id !== undefined) expect(now[place]).toBe(id);
      const ids = now.filter((id) => id !== undefined);
      expect(stored()).toEqual(expect.arrayContaining(ids));
      const nowLost = stored().length - ids.length;
      expect(nowLost - lost).toBeLessThanOrEqual(SIDE_BY_SIDE);
      [before, lost] = [now, nowLost];
    }
    const last = await run();
    expect(last.status, last.words).toBe(0);
    expect(existsSync(state)).toBe(false);
    expect(stored().length).toBe(CELLS + lost);
    if (name === 'upload') await register(way(drop.url, drop.transport), parseSealedId(last.out.trim()));
    drop.tick();
    const events = await jane.read(drop.transport);
    expect(troubles(events)).toEqual([]);
    const [arrived] = letters(events);
    expect(readFileSync(join(arrived!.path, 'data')).equals(content)).toBe(true);
  },
  MINUTES * 60_000,
);

test('when the disk of the file is full in the middle, it says that the rest is kept, and goes on when there is room', async (context) => {
  const disk = smallDisk(1);
  if (disk === undefined) return context.skip();
  let [requests, others, isFilling] = [0, '', true];
  const drop = await servedDrop(() => {
    requests += 1;
    if (isFilling && requests >= 12) others = fill(disk); // again, since files come and go on it
  });
  const jane = journalist(drop.here);
  const cwd = folder();
  const content = randomBytes(11.5 * CELL_CONTENT_BYTES);
  writeFileSync(join(cwd, 'data'), content);
  writeFileSync(join(cwd, 'jane.contact'), formatContact(contactOf(jane.identity)));
  const state = join(disk, 'f');
  const run = (args: string[]) => command(['send', ...args], { cwd, passphrase: PASSPHRASE });
  const full = await run(['data', '--to', 'jane.contact', '--state', state]);
  isFilling = false;
  expect(full).toMatchObject({ status: 1, out: '' });
  expect(full.words).toMatch(
    /\nwhat is left of it is kept: dead-drop send --resume goes on with it\ndead-drop: the system says: [^\n]+ \(ENOSPC\)\n$/,
  );
  expect(readdirSync(disk).sort()).toEqual(['f', 'others']);
  const before = [...drop.objects.keys()].length;
  expect(before).toBeGreaterThan(0);
  rmSync(others);
  const resumed = await run(['--resume', state]);
  expect(resumed.status, resumed.words).toBe(0);
  expect([...drop.objects.keys()].length - 13).toBeLessThanOrEqual(SIDE_BY_SIDE);
  drop.tick();
  const [arrived] = letters(await jane.read(drop.transport));
  expect(readFileSync(join(arrived!.path, 'data')).equals(content)).toBe(true);
});
