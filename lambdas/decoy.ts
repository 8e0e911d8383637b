import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SEALED_ID_BYTES, UPLOAD_ID_BYTES } from '../wire/sizes.ts';
import { solveWork } from '../wire/solve.ts';
import { formatUploadId, UPLOAD_HEADERS } from '../wire/upload-id.ts';
import { parseChallenge, WORK_ASKED, type WorkPurpose } from '../wire/work.ts';
import { ask } from './ask.ts';
import { type DecoyLetter, drawLetters, drawLostUrls } from './decoy-letters.ts';
import { sealDecoy, sealDecoyCell } from './seal-decoy.ts';

const MINUTE_MILLISECONDS = 60_000;

/**
 * A run lasts between these from its minute on, whether it sends or not: an account reader sees each run's duration. The
 * minute, then what the longest letter of its last moment takes, then what the slowest answer does.
 */
const RUN_MILLISECONDS = { least: 130_000, most: 131_000 };

/** Before another try at a front that is busy. In a flood of ten times what it takes, 97 of 100 decoys then get in. */
const AGAIN_MILLISECONDS = { least: 250, most: 750 };

/** What a front answers that is busy, or that finds no Lambda free: a client tries again. */
const BUSY = [429, 502, 503, 504];

/** When requests end that have no answer yet. */
const PATIENCE_MILLISECONDS = 129_000;

/**
 * Each minute: sends a Poisson number of letters for nobody, each at its moment, the way that anybody sends one.
 *
 * EventBridge Scheduler begins a run anywhere in the minute that it is due. So a run serves the minute after that one,
 * and minutes follow each other without gap or overlap, which the seconds of uploads would show.
 *
 * @param event.time - the scheduled time
 */
export async function handler(event: { readonly time: string }): Promise<void> {
  const minute = Date.parse(event.time) + MINUTE_MILLISECONDS;
  await sleep(Math.min(Math.max(minute - Date.now(), 0), MINUTE_MILLISECONDS));
  const run = sleep(randomInt(RUN_MILLISECONDS.least, RUN_MILLISECONDS.most));
  const signal = AbortSignal.timeout(PATIENCE_MILLISECONDS);
  // Answers are not awaited: a slow drop must not make a run longer. And nobody is there to tell of a fault.
  const mean = Number(process.env.DECOYS_PER_MINUTE);
  for (const letter of drawLetters(mean, randomInt)) send(letter, signal).catch(() => {});
  for (const time of drawLostUrls(mean, randomInt)) loseUrl(time, signal).catch(() => {});
  await run;
}

/**
 * Uploads the cells one after another, then registers, as a client does. A cell that fails stops nothing: whoever makes
 * uploads fail would otherwise be rid of the registrations, too.
 */
async function send({ cells, registration }: DecoyLetter, signal: AbortSignal): Promise<void> {
  let now = 0;
  const wait = async (until: number) => {
    await sleep(until - now, undefined, { signal });
    now = until;
  };
  for (const { asked, uploaded } of cells) {
    await wait(asked);
    const url = await askForUrl(signal).catch(() => undefined);
    await wait(uploaded);
    if (url !== undefined) await upload(url, signal).catch(() => {});
  }
  await wait(registration);
  await register(signal);
}

/** Asks for an upload URL and does not use it, as a client that did not get the answer. */
async function loseUrl(time: number, signal: AbortSignal): Promise<void> {
  await sleep(time, undefined, { signal });
  await askForUrl(signal);
}

/** @returns the upload URL that the drop gives */
export async function askForUrl(signal: AbortSignal): Promise<URL> {
  const place = await askWithWork('upload-url', signal, async (prove) => {
    const url = new URL(`${process.env.DROP_URL}/upload-url`);
    if (prove !== undefined) {
      const id = randomBytes(UPLOAD_ID_BYTES);
      url.search = `?id=${formatUploadId(id)}&work=${await prove(id)}`;
    }
    return () => ask('GET', url, {}, undefined, signal);
  });
  return new URL(JSON.parse(place.body.toString()).url);
}

export async function upload(url: URL, signal: AbortSignal): Promise<void> {
  await ask('PUT', url, UPLOAD_HEADERS, sealDecoyCell(), signal);
}

export async function register(signal: AbortSignal): Promise<void> {
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(SEALED_ID_BYTES) };
  await askWithWork('register-id', signal, async (prove) => {
    const [url, sealed] = [new URL(`${process.env.DROP_URL}/register-id`), sealDecoy()];
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
