import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dropAt } from '../../core/drop/drop.ts';
import type { Pace } from '../../core/drop/pace.ts';
import { contactOf, newIdentity } from '../../core/keys/identity.ts';
import { firstBookmark } from '../../core/read/bookmark.ts';
import { collect } from '../../core/read/collect.ts';
import { send } from '../../core/send/send.ts';
import { askForUrl, register, upload } from '../../lambdas/decoy.ts';
import { type DecoyCell, drawLetters, drawLooseCells, drawLostUrls } from '../../lambdas/decoy-letters.ts';
import { startDrop } from '../../local/drop.ts';
import { folderInbox } from '../../node/inbox/folder-inbox.ts';
import { CELL_CONTENT_BYTES, SLOT_SECONDS } from '../../wire/sizes.ts';
import type { Cover } from './counts.ts';
import { STEP_SECONDS } from './measure.ts';
import {
  cellInSeconds,
  count,
  drawLetter,
  emptyView,
  inSeconds,
  note,
  noteCell,
  type OpenView,
  type TickLetter,
  type TickView,
} from './tick.ts';

/** What was played: what was drawn of each tick, what the account showed of it, and the batches that everybody sees. */
export interface Played {
  readonly drawn: readonly TickView[];
  readonly seen: readonly TickView[];
  /** Bytes of each batch, in order. */
  readonly batches: readonly number[];
  /** Letters that were sent, and those that the journalist has. */
  readonly sent: number;
  readonly arrived: number;
}

const START = Date.parse('2026-11-22T11:25:00Z');

/** Between the last letter of a tick's minutes and the next tick's, nothing of the one may fall into the other. */
const TICK_MILLISECONDS = SLOT_SECONDS * 1000;

/**
 * Plays a drop in simulated time with the code that is deployed and used: the publisher, the functions behind the front
 * and the storage of the local drop, the decoy function's requests at the moments that it draws, a source's `send` and
 * a journalist's `collect`. Every other tick has a letter of 1 to 3 cells.
 *
 * @param outdir - the synthesized drop, whose own decoy schedule does not fire
 */
export async function play(
  outdir: string,
  { decoysPerMinute, looseCellsPerMinute }: Cover,
  ticks: number,
  random: (below: number) => number,
): Promise<Played> {
  let now = START;
  const seen: OpenView[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'dead-drop-play-'));
  const drop = await startDrop({
    outdir,
    speed: 1000, // long polls, which wait in real time
    schedules: false,
    clock: { now: () => now },
    intercept: ({ role, action, phase }) => {
      if (phase !== 'after') return;
      const seconds = (now - START) / 1000;
      const tick = seen[Math.floor(seconds / SLOT_SECONDS)]!;
      if (role === 'upload-url' && action === 's3:PutObject') tick.uploads.push(seconds % SLOT_SECONDS);
      if (action === 'sqs:SendMessage') count(tick.registrations, seconds % SLOT_SECONDS);
    },
  });
  try {
    const jane = newIdentity(drop.url, Math.floor(START / 1000));
    const way = dropAt(drop.url);
    const countUrl = () => {
      const seconds = (now - START) / 1000;
      count(seen[Math.floor(seconds / SLOT_SECONDS)]!.asked, seconds % SLOT_SECONDS);
    };
    const signal = AbortSignal.timeout(2 ** 31 - 1);
    const drawn: TickView[] = [];
    let sent = 0;
    for (let tick = 0; tick <= ticks; tick += 1) {
      const start = START + tick * TICK_MILLISECONDS;
      seen.push(emptyView());
      now = start;
      if (tick > 0) await drop.invoke('publish-ids', { time: new Date(start).toISOString() });
      if (tick === ticks) break;
      const steps: { at: number; take(): Promise<unknown> }[] = [];
      const view = emptyView();
      for (let minute = 0; minute < SLOT_SECONDS / 60; minute += 1) {
        for (const drawnLetter of drawLetters(decoysPerMinute, random)) {
          const letter = inSeconds(drawnLetter, minute);
          if (letter.registration >= SLOT_SECONDS) continue; // it would end in the next tick: left out of this play
          note(view, letter);
          steps.push(...decoy(drop.url, letter, countUrl, signal));
        }
        for (const drawnCell of drawLooseCells(looseCellsPerMinute, random)) {
          const cell = cellInSeconds(drawnCell, minute);
          if (cell.uploaded >= SLOT_SECONDS) continue;
          noteCell(view, cell);
          steps.push(...cellSteps(drop.url, cell, countUrl, signal));
        }
        for (const time of drawLostUrls(decoysPerMinute, random)) {
          const at = minute * 60 + time / 1000;
          count(view.asked, at);
          steps.push({ at, take: () => askAndCount(drop.url, countUrl, signal) });
        }
      }
      if (tick % 2 === 1) {
        const letter = drawLetter({ cells: 1 + random(3), stepSeconds: STEP_SECONDS.likeDecoys }, random);
        note(view, letter);
        // Time stands still in a step, but between an upload URL and its use.
        const uploads = letter.cells.map(({ uploaded }) => Math.round(start + uploaded * 1000));
        const transport: typeof way.transport = (request) => {
          if (request.url.pathname === '/upload-url') countUrl();
          if (request.url.pathname.includes('/uploads/')) now = uploads.shift()!;
          return way.transport(request);
        };
        const sendAt = (pace: Pace) =>
          send({ ...way, transport }, contactOf(jane), draft(letter.cells.length), { pace, now: () => now });
        steps.push(...source(letter, sendAt));
        sent += 1;
      }
      steps.sort((one, other) => one.at - other.at);
      for (const { at, take } of steps) {
        now = Math.round(start + at * 1000);
        await take();
      }
      view.uploads.sort((one, other) => one - other);
      drawn.push(view);
    }
    let arrived = 0;
    const inbox = folderInbox(folder, jane.storageKey);
    const report = ({ kind }: { kind: string }) => {
      if (kind === 'letter') arrived += 1;
    };
    await collect({ drop: way, identity: () => jane, inbox, bookmark: firstBookmark(), report });
    return {
      drawn,
      seen: seen.slice(0, ticks),
      batches: drop.objects('ids/').map(({ bytes }) => bytes),
      sent,
      arrived,
    };
  } finally {
    await drop.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A letter that fills exactly some cells. */
function draft(cells: number) {
  const bytes = (cells - 1) * CELL_CONTENT_BYTES;
  const content = new Uint8Array(bytes);
  async function* read() {
    yield content;
  }
  return bytes === 0 ? { text: 'hello' } : { files: [{ name: 'a.bin', bytes, read }] };
}

function askAndCount(dropUrl: string, countUrl: () => void, signal: AbortSignal): Promise<URL> {
  countUrl();
  return askForUrl(dropUrl, signal);
}

/** The steps of a decoy letter, by the decoy function's own requests. */
function decoy(dropUrl: string, { cells, registration }: TickLetter, countUrl: () => void, signal: AbortSignal) {
  const steps = cells.flatMap((cell) => cellSteps(dropUrl, cell, countUrl, signal));
  return [...steps, { at: registration, take: () => register(dropUrl, signal) }];
}

/** Those of one of its cells, or of a loose one. */
function cellSteps(dropUrl: string, { asked, uploaded }: DecoyCell, countUrl: () => void, signal: AbortSignal) {
  const place = Promise.withResolvers<URL>();
  return [
    { at: asked, take: async () => place.resolve(await askAndCount(dropUrl, countUrl, signal)) },
    { at: uploaded, take: async () => upload(await place.promise, signal) },
  ];
}

/** The steps of a letter, each taken when its moment is there: the client waits for it, and whoever takes it for the client. */
function source({ cells, registration }: TickLetter, start: (pace: Pace) => Promise<unknown>) {
  const scheduled = [...cells.map(({ asked }) => asked), registration].map((at) => ({
    at,
    open: Promise.withResolvers<void>(),
    done: Promise.withResolvers<void>(),
  }));
  const pace: Pace = async (step, _, take) => {
    const { open, done } = scheduled[step]!;
    await open.promise;
    try {
      return await take();
    } finally {
      done.resolve();
    }
  };
  const letter = start(pace);
  letter.catch(() => {});
  return scheduled.map(({ at, open, done }, i) => ({
    at,
    take: async () => {
      open.resolve();
      await Promise.race([done.promise, letter]);
      if (i === scheduled.length - 1) await letter;
    },
  }));
}
