import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contactOf, newIdentity } from '../core/keys/identity.ts';
import { openMailbox } from '../core/keys/mailbox.ts';
import { newWords } from '../core/keys/words.ts';
import { CELLS_AT_ONCE } from '../core/letter/letter-contents.ts';
import { send } from '../core/send/send.ts';
import { CELL_ENTRY_BYTES } from '../wire/letter.ts';
import { CELL_CONTENT_BYTES } from '../wire/sizes.ts';
import { command } from './command.ts';
import { lastingFolder, office } from './office.ts';
import { fileOf, way } from './people.ts';
import { servedDrop } from './served-drop.ts';

const CELLS = 64;
const [KILLS, MINUTES] = process.env.SOAK ? [50, 60] : [4, 10];

/** Stands all over the letter, and must not lie in the clear in an encrypted inbox. */
const SECRET = 'the minister took the money ';

/** What a letter of so many cells carries, no part of it like another. */
const CONTENT = Buffer.concat(
  Array.from({ length: CELLS - 1 }, (_, cell) => {
    return Buffer.alloc(CELL_CONTENT_BYTES - CELL_ENTRY_BYTES, `${cell}: ${SECRET}`);
  }),
);

/** Milliseconds that an answer takes at most. */
const ANSWER_MILLISECONDS = 150;

type Options = Partial<Parameters<typeof command>[1]>;

/** Whoever reads by words, into an inbox of their own. */
async function source(url: string) {
  const [words, cwd] = [newWords(), lastingFolder()];
  return {
    ...{ cwd, contact: contactOf(await openMailbox(Buffer.from(words), url)) },
    read: (more: string[] = [], options: Options = {}) => run(['mailbox', 'read', '--drop', url, ...more], options),
    show: (letter: string) => run(['show', '--mailbox', letter, '--save', 'saved']),
  };
  function run(args: string[], options: Options = {}) {
    return command([...args, '--words-fd', '4', '--inbox', 'inbox'], { cwd, secrets: { 4: words }, ...options });
  }
}

/** Whoever reads by an identity. */
async function journalist(url: string) {
  const identity = newIdentity(url);
  const { cwd, run } = await office(identity);
  return {
    ...{ cwd, contact: contactOf(identity) },
    read: (more: string[] = [], options: Options = {}) => run(['read', ...more], options),
    show: (letter: string) => run(['show', letter, '--save', 'saved']),
  };
}

test.each([
  ['mailbox read --inbox', [], source],
  ['mailbox read --inbox --encrypted', ['--encrypted'], source],
  ['read', [], journalist],
  ['read --encrypted', ['--encrypted'], journalist],
] as const)(
  `%s of a letter of ${CELLS} cells, killed at ${KILLS} random moments, delivers it whole, and fetches again what was under way`,
  async (_, how, reader) => {
    let told: (key: string) => void = () => {};
    const drop = await servedDrop((key) => told(key), ANSWER_MILLISECONDS);
    const { cwd, contact, read, show } = await reader(drop.here);
    await send(way(drop.url, drop.transport), contact, { text: SECRET, files: [fileOf('data', CONTENT)] });
    drop.tick();
    const inbox = join(cwd, 'inbox');
    const kept = () => filesIn(inbox).filter((path) => /\.unfinished-[0-9a-f]{32}\/\d+$/.test(path)).length;

    const before = new Set<string>();
    /** Reads, and kills it so long after so many requests of a kind have come. @returns how many cells it asked for again */
    const reads = async (kill?: { what: 'uploads/' | ''; requests: number; milliseconds: number }) => {
      const asked: string[] = [];
      let requests = 0;
      const ended = await read([...how], {
        meanwhile(child) {
          told = (key) => {
            if (key.startsWith('uploads/')) asked.push(key);
            if (kill === undefined || !key.startsWith(kill.what)) return;
            requests += 1;
            if (requests === kill.requests) setTimeout(() => child.kill('SIGKILL'), kill.milliseconds);
          };
        },
      });
      expect(new Set(asked).size, 'asked for twice in one run').toBe(asked.length);
      const again = asked.filter((key) => before.has(key)).length;
      for (const key of asked) before.add(key);
      return { ...ended, again };
    };

    const counts: number[] = [];
    for (let killed = 0; killed < KILLS; killed += 1) {
      const { status, words, again } = await reads(momentIn(CELLS - kept(), KILLS - killed));
      if (status !== null) throw new Error(`it ended by itself: ${words}`);
      expect(again).toBeLessThanOrEqual(CELLS_AT_ONCE);
      counts.push(kept());
      if (how.length > 0)
        for (const path of filesIn(inbox)) expect(readFileSync(path).includes(SECRET), path).toBe(false);
    }
    const last = await reads();
    expect(last.status, last.words).toBe(0);
    expect(last.again).toBeLessThanOrEqual(CELLS_AT_ONCE);
    expect(counts.some((count) => count > 0 && count < CELLS)).toBe(true);
    expect(before.size).toBe(CELLS);
    const [name] = last.out.trim().split('/').slice(-1) as [string];
    expect(readdirSync(inbox).sort()).toEqual(['.bookmark', name]);
    if (how.length > 0) expect((await show(name)).status).toBe(0);
    const folder = how.length > 0 ? join(cwd, 'saved', name.replace('.sealed', '')) : join(inbox, name);
    expect(readFileSync(join(folder, 'data')).equals(CONTENT)).toBe(true);
    expect(readFileSync(join(folder, 'letter.txt'), 'utf8')).toBe(SECRET);
  },
  MINUTES * 60_000,
);

/**
 * A moment to kill a reader at, which comes before it is done, however fast the machine is.
 *
 * @param left - cells that are not kept yet
 * @param kills - how many are to come, this one too
 */
function momentIn(left: number, kills: number): { what: 'uploads/' | ''; requests: number; milliseconds: number } {
  if (left <= CELLS_AT_ONCE) return { what: '', requests: 1, milliseconds: Math.random() * 5 };
  if (kills === KILLS) return { what: 'uploads/', requests: 1, milliseconds: Math.random() * ANSWER_MILLISECONDS };
  // The root came alone. Where more than that and a full width were asked for, something was kept.
  const fewest = CELLS_AT_ONCE + 2;
  const spare = (left - 3 * CELLS_AT_ONCE) / kills;
  const requests = spare < 1 ? 1 : fewest + Math.floor(Math.random() * spare);
  return { what: 'uploads/', requests, milliseconds: (Math.random() * ANSWER_MILLISECONDS) / 2 };
}

/** The files in a folder and those below it. */
function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  return paths.filter((path) => statSync(path).isFile());
}
