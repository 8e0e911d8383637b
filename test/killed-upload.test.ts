import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { contactOf } from '../core/keys/identity.ts';
import { register } from '../core/send/send.ts';
import { SIDE_BY_SIDE } from '../core/send/side-by-side.ts';
import { fileAt } from '../node/files/outgoing-file.ts';
import { newUnsentFile, openUnsentFile } from '../node/send/unsent-file.ts';
import { CELL_ENTRY_BYTES } from '../wire/letter.ts';
import { parseSealedId } from '../wire/sealed-id.ts';
import { CELL_CONTENT_BYTES } from '../wire/sizes.ts';
import { formatUploadId } from '../wire/upload-id.ts';
import { command } from './command.ts';
import { QUICK } from './office.ts';
import { folder, journalist, letters, troubles, way } from './people.ts';
import { plainDrop } from './plain-drop.ts';

const CELLS = 64;
const KILLS = process.env.SOAK ? 50 : 4;
const PASSPHRASE = 'correct horse';

/** A drop behind a port, whose answers take a moment, some longer than others. It tells of each request that begins. */
async function servedDrop(begun: (at: number) => void) {
  const drop = plainDrop();
  let requests = 0;
  const server = createServer(async (incoming, answer) => {
    const body = await buffer(incoming).catch(() => undefined);
    if (body === undefined) return; // its client was killed
    const url = new URL(incoming.url!, drop.url);
    begun(requests++);
    await sleep(Math.random() * 30);
    const asked = { method: incoming.method as 'GET' | 'PUT', url, headers: {}, body, answerMaxBytes: 2 ** 21 };
    const given = await drop.transport(asked);
    await sleep(Math.random() * 30);
    const { port } = server.address() as AddressInfo;
    const content = Buffer.from(given.body)
      .toString('latin1')
      .replace(`${drop.url}/uploads`, `http://127.0.0.1:${port}/uploads`);
    const headers = { 'content-length': Buffer.byteLength(content, 'latin1'), etag: '"0"' };
    answer.writeHead(given.status, headers).end(Buffer.from(content, 'latin1'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { ...drop, here: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test.each(['send', 'upload'] as const)(
  `%s of ${CELLS} cells, killed at ${KILLS} random moments, arrives whole, with no more uploaded again than was under way`,
  async (name) => {
    let kill: ((request: number) => void) | undefined;
    const drop = await servedDrop((request) => kill?.(request));
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
      const ended = await run(1 + Math.floor((Math.random() * 2 * left) / (KILLS - killed)));
      if (ended.status !== null) throw new Error(`it ended by itself: ${ended.words}`);
      await sleep(100); // what it had sent arrives, or does not
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
  600_000,
);
