import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SEALED_ID_BYTES, SLOT_SECONDS, UPLOAD_ID_BYTES } from '../wire/sizes.ts';
import { solveWork } from '../wire/solve.ts';
import { formatUploadId, UPLOAD_HEADERS } from '../wire/upload-id.ts';
import { parseChallenge, WORK_ASKED, type WorkPurpose } from '../wire/work.ts';
import { ask } from './ask.ts';
import { type DecoyCell, type DecoyLetter, drawLetters, drawLooseCells, drawLostUrls } from './decoy-letters.ts';
import { sealDecoy, sealDecoyCell } from './seal-decoy.ts';

const MINUTE_MILLISECONDS = 60_000;

/**
 * The minutes that a run serves: those of a tick. It waits for the first and stays for the last one's letters, which
 * costs as much for five as for one. A lost run leaves five minutes without decoys, a fifth as often as one minute.
 */
const MINUTES = SLOT_SECONDS / 60;

/**
 * A run lasts between these from its first minute on, whether it sends or not: an account reader sees each run's
 * duration. The minutes, then what the longest letter of its last moment takes, 56 s, then what slow answers do.
 */
const RUN_MILLISECONDS = { least: 370_000, most: 371_000 };

/**
 * Cells in memory at a time, some 3 MiB each with what TLS holds of them. A slow drop, or a minute of very many cells,
 * would otherwise need more than there is, and end the run. docs/operating.md, "Costs", has what was measured.
 */
const CELLS_AT_ONCE = 8;

/** Before another look at whether there is room for a cell. */
const CELL_WAIT_MILLISECONDS = 50;

let cellsInMemory = 0;

/** Before another try at a front that is busy. In a flood of ten times what it takes, 97 of 100 decoys then get in. */
const AGAIN_MILLISECONDS = { least: 250, most: 750 };

/** What a front answers that is busy, or that finds no Lambda free: a client tries again. */
const BUSY = [429, 502, 503, 504];

/** When requests end that have no answer yet. */
const PATIENCE_MILLISECONDS = 369_000;

/** What the schedule says. */
export interface DecoyEvent {
  /** The scheduled time. */
  readonly time: string;
  /** The base URL of the drop, without a slash at its end. */
  readonly dropUrl: string;
  /** Letters in a minute, on average. */
  readonly decoysPerMinute: number;
  /** Cells of no letter in a minute, on average. */
  readonly looseCellsPerMinute: number;
}

/**
 * Each five minutes: sends letters for nobody and cells of no letter, each at its moment, the way that anybody sends
 * one. How many is drawn anew for each minute.
 *
 * EventBridge Scheduler begins a run anywhere in the minute that it is due. So a run serves the minutes after that one,
 * and runs follow each other without gap or overlap, which the seconds of uploads would show.
 */
export async function handler({ time, dropUrl, decoysPerMinute, looseCellsPerMinute }: DecoyEvent): Promise<void> {
  const start = Date.parse(time) + MINUTE_MILLISECONDS;
  await sleep(Math.min(Math.max(start - Date.now(), 0), MINUTE_MILLISECONDS));
  const run = sleep(randomInt(RUN_MILLISECONDS.least, RUN_MILLISECONDS.most));
  const signal = AbortSignal.timeout(PATIENCE_MILLISECONDS);
  // Answers are not awaited: a slow drop must not make a run longer. And nobody is there to tell of a fault.
  for (let minute = 0; minute < MINUTES; minute += 1) {
    const clock = () => clockFrom(minute * MINUTE_MILLISECONDS, signal);
    for (const letter of drawLetters(decoysPerMinute, randomInt))
      send(dropUrl, letter, clock(), signal).catch(() => {});
    for (const cell of drawLooseCells(looseCellsPerMinute, randomInt))
      uploadAll(dropUrl, [cell], clock(), signal).catch(() => {});
    for (const moment of drawLostUrls(decoysPerMinute, randomInt))
      loseUrl(dropUrl, moment, clock(), signal).catch(() => {});
  }
  await run;
}

/** Waits until a moment of a minute, in milliseconds from its beginning. */
type Clock = (moment: number) => Promise<void>;

/**
 * A clock for steps one after another. What a step takes comes on top of the moments of those that follow.
 *
 * @param start - how far off the minute is, in milliseconds
 */
function clockFrom(start: number, signal: AbortSignal): Clock {
  let now = -start;
  return async (moment) => {
    await sleep(moment - now, undefined, { signal });
    now = moment;
  };
}

/**
 * Uploads the cells one after another, then registers, as a client does. A cell that fails stops nothing: whoever makes
 * uploads fail would otherwise be rid of the registrations, too.
 */
async function send(dropUrl: string, letter: DecoyLetter, wait: Clock, signal: AbortSignal): Promise<void> {
  await uploadAll(dropUrl, letter.cells, wait, signal);
  await wait(letter.registration);
  await register(dropUrl, signal);
}

async function uploadAll(
  dropUrl: string,
  cells: readonly DecoyCell[],
  wait: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (const { asked, uploaded } of cells) {
    await wait(asked);
    const url = await askForUrl(dropUrl, signal).catch(() => undefined);
    await wait(uploaded);
    if (url !== undefined) await upload(url, signal).catch(() => {});
  }
}

/** Asks for an upload URL and does not use it, as a client that did not get the answer. */
async function loseUrl(dropUrl: string, moment: number, wait: Clock, signal: AbortSignal): Promise<void> {
  await wait(moment);
  await askForUrl(dropUrl, signal);
}

/** @returns the upload URL that the drop gives */
export async function askForUrl(dropUrl: string, signal: AbortSignal): Promise<URL> {
  const place = await askWithWork('upload-url', signal, async (prove) => {
    const url = new URL(`${dropUrl}/upload-url`);
    if (prove !== undefined) {
      const id = randomBytes(UPLOAD_ID_BYTES);
      url.search = `?id=${formatUploadId(id)}&work=${await prove(id)}`;
    }
    return () => ask('GET', url, {}, undefined, signal);
  });
  return new URL(JSON.parse(place.body.toString()).url);
}

export async function upload(url: URL, signal: AbortSignal): Promise<void> {
  while (cellsInMemory >= CELLS_AT_ONCE) await sleep(CELL_WAIT_MILLISECONDS, undefined, { signal });
  cellsInMemory += 1;
  try {
    await ask('PUT', url, UPLOAD_HEADERS, sealDecoyCell(), signal);
  } finally {
    cellsInMemory -= 1;
  }
}

export async function register(dropUrl: string, signal: AbortSignal): Promise<void> {
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(SEALED_ID_BYTES) };
  await askWithWork('register-id', signal, async (prove) => {
    const [url, sealed] = [new URL(`${dropUrl}/register-id`), sealDecoy()];
    if (prove !== undefined) url.search = `?work=${await prove(sealed)}`;
    return () => ask('PUT', url, headers, sealed, signal);
  });
}

type Answer = Awaited<ReturnType<typeof ask>>;

/** Asks, and, where the answer is a challenge, does the work and asks once more, as a client does. */
async function askWithWork(
  purpose: WorkPurpose,
  signal: AbortSignal,
  prepare: (prove?: (bound: Uint8Array) => Promise<string>) => Promise<() => Promise<Answer>>,
): Promise<Answer> {
  const answer = await untilLetIn(prepare, signal);
  if (answer.status !== WORK_ASKED) return answer;
  const challenge = parseChallenge(answer.body.toString());
  return untilLetIn(() => prepare((bound) => solveWork(purpose, bound, challenge, { signal })), signal);
}

/**
 * Asks again while the front lets nothing in, until the run is over: in a flood of requests or of Lambdas, letters are tried again, and whoever
 * floods would otherwise be rid of the decoys and left with the letters.
 */
async function untilLetIn(prepare: () => Promise<() => Promise<Answer>>, signal: AbortSignal): Promise<Answer> {
  let request = await prepare();
  for (;;) {
    const answer = await request();
    if (!BUSY.includes(answer.status)) return answer;
    // Behind a 429 nobody has looked at it. Otherwise it may have arrived: a client then seals anew.
    if (answer.status !== 429) request = await prepare();
    await sleep(randomInt(AGAIN_MILLISECONDS.least, AGAIN_MILLISECONDS.most), undefined, { signal });
  }
}
