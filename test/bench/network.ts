import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { serialize } from 'node:v8';
import { build } from 'esbuild';
import { Client } from 'undici';
import { dropAt } from '../../core/drop/drop.ts';
import { listBatches } from '../../core/drop/list.ts';
import type { DropRequest } from '../../core/drop/transport.ts';
import { type Epoch, keysName } from '../../core/keys/epoch.ts';
import { contactOf, type Identity, newIdentity } from '../../core/keys/identity.ts';
import { type Bookmark, firstBookmark } from '../../core/read/bookmark.ts';
import { catchUp } from '../../core/read/catch-up.ts';
import { type CollectEvent, collect } from '../../core/read/collect.ts';
import { tryIds } from '../../core/read/try-ids.ts';
import { send } from '../../core/send/send.ts';
import { fileAt } from '../../node/files/outgoing-file.ts';
import { folderInbox } from '../../node/inbox/folder-inbox.ts';
import { openBoxes } from '../../node/open-boxes.ts';
import { connectThrough, type SocksPort } from '../../node/transport/socks.ts';
import { overTor } from '../../node/transport/tor.ts';
import { formatBatch } from '../../wire/batch.ts';
import { formatSealedId } from '../../wire/sealed-id.ts';
import { CELL_BYTES, SEALED_ID_BYTES } from '../../wire/sizes.ts';
import { batchKey, IDS_PREFIX, parseSlot, slotBefore } from '../../wire/slot.ts';
import { DAY_SLOTS, dayOf, formatSummary, hourOf, idsOf, slotsOf, summaryKey } from '../../wire/summary.ts';
import { plainDrop } from '../plain-drop.ts';
import { note, title, verdict, whole } from './report.ts';
import { median, medianRatio, runRounds, seconds } from './rounds.ts';
import { type Figures, slowSocks } from './slow-socks.ts';

/**
 * What the public Tor network is like, in round figures. Those of today are at metrics.torproject.org: circuit build
 * times, round-trip latencies of circuits, throughput.
 */
export const TOR: Figures = { circuitSeconds: 1.2, roundTripSeconds: 0.35, bytesPerSecond: 1.5e6 };

/** No slower than this machine. */
const NO_DELAY: Figures = { circuitSeconds: 0, roundTripSeconds: 0, bytesPerSecond: Number.POSITIVE_INFINITY };

/** Reached over SOCKS, and plain HTTP: what is carried is not TLS, whose handshake would be one round trip more. */
const ONION = `http://${'a'.repeat(55)}d.onion`;

/** What a batch has at the defaults, and a list's page. */
const LINES = 128;
const PAGE_SLOTS = 1000;

/** At noon, with half a day that no day's summary has. */
const NEWEST = '2026-11-22T12:00:00Z';

const now = () => parseSlot(NEWEST).getTime();

const MEMORY_MEBIBYTES = 192;

const WITHIN = { atMost: 1 };

/** A drop from memory behind a slow network: the local drop's own time is not what is measured. */
export interface SlowNetwork {
  readonly drop: ReturnType<typeof plainDrop>;
  readonly socks: SocksPort;
  /** Requests that reached the drop. */
  requests: number;
  close(): Promise<void>;
}

export async function openNetwork(figures: Figures): Promise<SlowNetwork> {
  const drop = plainDrop();
  const server = createServer(async (incoming, response) => {
    const body = await buffer(incoming).catch(() => undefined);
    if (body === undefined) return; // whoever asked has gone
    network.requests += 1;
    const method = incoming.method as DropRequest['method'];
    const url = new URL(incoming.url!, ONION);
    const answer = await drop.transport({ method, url, headers: {}, body, answerMaxBytes: Number.POSITIVE_INFINITY });
    const length = answer.status === 204 ? {} : { 'content-length': answer.body.length };
    response.writeHead(answer.status, { etag: '"0"', ...length }).end(answer.body);
  });
  server.requestTimeout = 0; // 100 MB take longer than it allows
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socks = await slowSocks((server.address() as AddressInfo).port, figures);
  const network: SlowNetwork = {
    drop,
    socks: socks.port,
    requests: 0,
    async close() {
      await socks.close();
      server.closeAllConnections();
      server.close();
    },
  };
  return network;
}

const wayOver = ({ socks }: SlowNetwork) => dropAt(ONION, { transport: overTor([socks]) });

/** Asks for something, and reads the answer. @throws Error unless its status is that of success */
type Ask = (method: 'GET' | 'PUT', path: string, body?: Uint8Array) => Promise<Uint8Array>;

/** As whoever writes it in an evening would do it: one circuit, one connection, one request after another. */
async function onOneConnection<T>({ socks }: SlowNetwork, use: (ask: Ask) => Promise<T>): Promise<T> {
  const credentials = { user: randomBytes(16), password: randomBytes(16) };
  const to = { host: new URL(ONION).hostname, port: 80 };
  const socket = await connectThrough([socks], credentials, to, new AbortController().signal);
  const client = new Client(ONION, {
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (_, done) => queueMicrotask(() => done(null, socket)),
  });
  try {
    return await use(async (method, path, body) => {
      const answer = await client.request({ method, path, body: body ?? null });
      const bytes = new Uint8Array(await answer.body.arrayBuffer());
      if (answer.statusCode > 299) throw new Error(`the drop answers with ${answer.statusCode}`);
      return bytes;
    });
  } finally {
    await client.destroy();
  }
}

/** Puts batches of so many slots, up to the newest, into a drop, and the summaries that a publisher has written by then. */
export function fillDrop({ objects }: SlowNetwork['drop'], count: number): string[] {
  const slots = Array.from({ length: count }, (_, i) => slotBefore(NEWEST, count - 1 - i));
  // A day that differs, again and again: none of it opens, and to try it takes the same time.
  const day = Array.from({ length: Math.min(count, DAY_SLOTS) }, () =>
    formatBatch(Array.from({ length: LINES }, () => formatSealedId(randomBytes(SEALED_ID_BYTES)))),
  );
  for (const [i, slot] of slots.entries()) objects.set(batchKey(slot), day[i % day.length]!);
  const ids = new Map(slots.map((slot) => [slot, idsOf(objects.get(batchKey(slot))!)]));
  for (const period of new Set(slots.flatMap((slot) => [hourOf(slot), dayOf(slot)]))) {
    const isOver = slotsOf(period).at(-1)! < slotBefore(NEWEST, 5);
    if (isOver) objects.set(summaryKey(period), formatSummary(period, ids));
  }
  return slots;
}

/** What catching up took. */
export interface CaughtUp {
  readonly seconds: number;
  readonly requests: number;
}

/**
 * Reads a drop as somebody who read up to a slot, or never.
 *
 * @throws Error unless each batch since then was read whole
 */
export async function timeCatchUp(network: SlowNetwork, slots: readonly string[], since?: string): Promise<CaughtUp> {
  const identity = readerOf();
  const bookmark = firstBookmark(undefined, identity.epochs.map(keysName));
  for (const slot of slots) if (since !== undefined && slot <= since) bookmark.slots.add(slot);
  network.requests = 0;
  const lines = new Map<string, number>();
  const took = await seconds(() =>
    read(network, identity, bookmark, (event) => {
      if (event.kind === 'batch') lines.set(event.slot, event.lines);
    }),
  );
  const wanted = slots.filter((slot) => since === undefined || slot > since);
  const isWhole = wanted.length === lines.size && wanted.every((slot) => lines.get(slot) === LINES);
  if (!isWhole) throw new Error(`${lines.size} batches were read instead of ${wanted.length}`);
  return { seconds: took, requests: network.requests };
}

/** The seconds that the same takes without trying a line: what of it is the network's. */
async function timeFetching(network: SlowNetwork, after?: string): Promise<number> {
  return seconds(async () => {
    for await (const _ of catchUp(wayOver(network), (way) => listBatches(way, { after, now })));
  });
}

/** A reader with one epoch, which nothing here outlives. */
const readerOf = () => newIdentity(ONION, 0, 4_000_000_000);

/** Reads with the product's own code, into an inbox that is gone afterwards. */
async function read(
  network: SlowNetwork,
  identity: Identity,
  bookmark: Bookmark,
  report: (event: CollectEvent) => void,
): Promise<void> {
  await inFolder((folder) =>
    collect({
      drop: wayOver(network),
      identity: () => identity,
      inbox: folderInbox(join(folder, 'inbox'), identity.storageKey),
      bookmark,
      report,
      now,
    }),
  );
}

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'dead-drop-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * The seconds that the seed's loop takes: the list, then one GET a batch, whose lines it tries before the next.
 *
 * @param sample - so many of the batches are measured, and the rest reckoned from them
 */
export async function timeLoop(network: SlowNetwork, slots: readonly string[], sample: number): Promise<number> {
  const [epoch] = readerOf().epochs as [Epoch];
  let each = 0;
  const first = await seconds(() =>
    onOneConnection(network, async (ask) => {
      for (let at = 0; at < slots.length; at += PAGE_SLOTS) {
        const after = at === 0 ? slotBefore(slots[0]!, 1) : slots[at - 1]!;
        await ask('GET', `/?list-type=2&prefix=ids%2F&start-after=${encodeURIComponent(`${IDS_PREFIX}${after}`)}`);
      }
      const taken = slots.slice(0, sample);
      const loop = await seconds(async () => {
        for (const slot of taken) {
          const batch = await ask('GET', `/${batchKey(slot)}`);
          await tryIds(idsOf(batch), [epoch], (...boxes) => openBoxes(...boxes, { threads: 1 }));
        }
      });
      each = loop / taken.length;
    }),
  );
  return first + each * (slots.length - Math.min(sample, slots.length));
}

/** Seconds of a letter up and down, each beside one request of as many bytes on one circuit. */
export async function timeLetter(network: SlowNetwork, bytes: number) {
  const identity = readerOf();
  const body = randomBytes(bytes);
  const up = await inFolder(async (folder) => {
    const file = join(folder, 'file');
    writeFileSync(file, body);
    const draft = { files: [await fileAt(file)] };
    return seconds(() => send(wayOver(network), contactOf(identity), draft));
  });
  const one = '/uploads/one';
  const onePut = await seconds(() => onOneConnection(network, (ask) => ask('PUT', one, body)));
  const oneGet = await seconds(() => onOneConnection(network, (ask) => ask('GET', one)));
  network.drop.objects.delete(one.slice(1));
  network.drop.tick();
  let [found, opened] = [0, 0];
  await read(network, identity, firstBookmark(), (event) => {
    if (event.kind === 'batch') found = performance.now();
    if (event.kind === 'letter') opened = performance.now();
  });
  if (opened === 0) throw new Error('the letter does not arrive');
  return { up, onePut, down: (opened - found) / 1000, oneGet };
}

/** Seconds from Enter until a text letter is registered. */
async function timeText(network: SlowNetwork): Promise<number> {
  network.requests = 0;
  return seconds(() => send(wayOver(network), contactOf(readerOf()), { text: 'Nobody saw me.' }));
}

/** Four requests in a row, each on a circuit of its own: an upload URL, a cell, a sealed id, and a look at the list. */
async function timeRequests(network: SlowNetwork): Promise<{ four: number; three: number }> {
  const alone = (...asked: Parameters<Ask>) => seconds(() => onOneConnection(network, (ask) => ask(...asked)));
  const three =
    (await alone('GET', '/upload-url')) +
    (await alone('PUT', '/uploads/another', randomBytes(CELL_BYTES))) +
    (await alone('PUT', '/register-id', randomBytes(SEALED_ID_BYTES)));
  return { three, four: three + (await alone('GET', '/?list-type=2&prefix=ids%2F')) };
}

/** What a process is told that sends a letter, or reads one. */
export interface LetterJob {
  readonly kind: 'send' | 'read';
  readonly url: string;
  readonly socks: SlowNetwork['socks'];
  readonly identity: Identity;
  /** The file that is sent, or the folder that is read into. */
  readonly path: string;
}

/** The most memory, in MiB, that a process of its own has that sends a letter of so many bytes, and one that reads it. */
export async function measureMemory(bytes: number): Promise<{ up: number; down: number }> {
  const network = await openNetwork(NO_DELAY);
  const job = { url: ONION, socks: network.socks, identity: readerOf() };
  try {
    return await inFolder(async (folder) => {
      const file = join(folder, 'file');
      writeFileSync(file, '');
      truncateSync(file, bytes); // of zeros that take no disk; sealed, they look like anything else
      const script = await compileInto(folder);
      const up = await peakOf(script, { ...job, kind: 'send', path: file });
      network.drop.tick();
      return { up, down: await peakOf(script, { ...job, kind: 'read', path: join(folder, 'inbox') }) };
    });
  } finally {
    await network.close();
  }
}

/** Compiles what such a process runs, as what is published is: to strip types takes Node 25 MiB more. */
async function compileInto(folder: string): Promise<string> {
  const root = join(import.meta.dirname, '../..');
  const outfile = join(folder, 'letter-process.mjs');
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const source = join(import.meta.dirname, 'letter-process.ts');
  await build({ entryPoints: [source], outfile, bundle: true, format: 'esm', platform: 'node', packages: 'external' });
  return outfile;
}

async function peakOf(script: string, job: LetterJob): Promise<number> {
  const printed = await new Promise<string>((resolve, reject) => {
    const child = execFile(process.execPath, [script], (error, stdout) => (error ? reject(error) : resolve(stdout)));
    child.stdin!.end(serialize(job));
  });
  return Number(printed) / 1024;
}

/** What is measured, each by itself. */
const PARTS = { reading: benchReading, text: benchText, letter: benchLetter, memory: benchMemory };
export type NetworkPart = keyof typeof PARTS;
export const NETWORK_PARTS = Object.keys(PARTS) as NetworkPart[];

/** Reads and sends over a network as slow as Tor's, beside what a user would do instead. @param parts - only these */
export async function benchNetwork(quick: boolean, figures: Figures, parts = NETWORK_PARTS): Promise<void> {
  const { circuitSeconds, roundTripSeconds, bytesPerSecond } = figures;
  title(`5. Over a network with ${circuitSeconds} s for a circuit, ${roundTripSeconds} s a round trip,`);
  note(
    `${bytesPerSecond / 1e6} MB/s a circuit each way; each against one circuit and one connection on the same network.`,
  );
  note('The drop answers from memory. Each once, text letters three times.');
  for (const part of NETWORK_PARTS) if (parts.includes(part)) await PARTS[part](quick, figures);
}

async function benchReading(quick: boolean, figures: Figures): Promise<void> {
  const [count, sample] = quick ? [2 * DAY_SLOTS, 10] : [14 * DAY_SLOTS, 100];
  const network = await openNetwork(figures);
  try {
    const slots = fillDrop(network.drop, count);
    note(`Of the loop with a GET a batch, ${sample} batches are measured, and the rest reckoned from them.`);
    const loop = await timeLoop(network, slots, sample);
    const all = await timeCatchUp(network, slots);
    verdict(`${whole(count)} batches, new reader, times as fast`, loop / all.seconds, { atLeast: 40 });
    note(`without trying the lines: ${(loop / (await timeFetching(network))).toFixed(2)}`);
    verdict(`of 64 requests, the ${all.requests} that it takes`, all.requests / 64, WITHIN);
    const since = slotBefore(NEWEST, DAY_SLOTS);
    const missed = slots.filter((slot) => slot > since);
    const dayLoop = await timeLoop(network, missed, sample);
    const day = await timeCatchUp(network, slots, since);
    verdict("a day's absence, times as fast", dayLoop / day.seconds, { atLeast: 10 });
    const beginning = slotBefore(`${dayOf(since)}T00:00:00Z`, 1);
    note(`without trying the lines: ${(dayLoop / (await timeFetching(network, beginning))).toFixed(2)}`);
    note(`with ${day.requests} requests, none of which tells when within a day one was here last`);
  } finally {
    await network.close();
  }
}

async function benchText(_quick: boolean, figures: Figures): Promise<void> {
  const network = await openNetwork(figures);
  try {
    const three: number[] = [];
    const took = await runRounds(3, {
      ours: () => timeText(network),
      four: async () => {
        const requests = await timeRequests(network);
        three.push(requests.three);
        return requests.four;
      },
    });
    verdict('a text letter, against four requests in a row', medianRatio(took.ours, took.four), WITHIN);
    note(`against the three that it consists of: ${median(took.ours.map((ours, i) => ours / three[i]!)).toFixed(2)}`);
  } finally {
    await network.close();
  }
}

async function benchLetter(quick: boolean, figures: Figures): Promise<void> {
  const bytes = quick ? 4e6 : 100e6;
  const network = await openNetwork(figures);
  try {
    const { up, onePut, down, oneGet } = await timeLetter(network, bytes);
    const size = `${bytes / 1e6} MB`;
    verdict(`a letter of ${size} up, times as fast as one PUT`, onePut / up, { atLeast: 2 });
    verdict(`the same down, once its name is known, times as fast as one GET`, oneGet / down, { atLeast: 2 });
  } finally {
    await network.close();
  }
}

async function benchMemory(quick: boolean): Promise<void> {
  const mebibytes = quick ? 16 : 1024;
  const { up, down } = await measureMemory(mebibytes * 2 ** 20);
  const size = `${mebibytes} MiB`;
  verdict(`of ${MEMORY_MEBIBYTES} MiB, the peak of ${size} up`, up / MEMORY_MEBIBYTES, WITHIN);
  verdict(`of ${MEMORY_MEBIBYTES} MiB, the peak of ${size} down`, down / MEMORY_MEBIBYTES, WITHIN);
}
