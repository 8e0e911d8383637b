import { randomBytes } from 'node:crypto';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { type DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { dropAt } from '../../core/drop/drop.ts';
import { contactOf, newIdentity } from '../../core/keys/identity.ts';
import { sealId } from '../../core/letter/sealed-id.ts';
import { firstBookmark } from '../../core/read/bookmark.ts';
import type { CollectOptions } from '../../core/read/collect.ts';
import { poll } from '../../core/read/poll.ts';
import { openBatches } from '../../lambdas/batches.ts';
import { publish } from '../../lambdas/publish.ts';
import { summarize } from '../../lambdas/summarize.ts';
import { DECOYS_PER_MINUTE, LINES_PER_BATCH, LOOSE_CELLS_PER_DECOY } from '../../lib/dead-drop.ts';
import { formatBatch } from '../../wire/batch.ts';
import { DRAWN_CELLS_MEAN } from '../../wire/drawn-cells.ts';
import { formatSealedId } from '../../wire/sealed-id.ts';
import {
  LINE_BYTES,
  LINES_MAX,
  PUBLISHED_MAX,
  RANGE_BYTES,
  SEALED_ID_BYTES,
  SLOT_SECONDS,
  SUMMARY_LINES_MAX,
} from '../../wire/sizes.ts';
import { batchKey, IDS_PREFIX, parseSlot, slotBefore } from '../../wire/slot.ts';
import { DAY_SLOTS, HOUR_SLOTS } from '../../wire/summary.ts';
import { costOf } from '../adversary/cost.ts';
import { plainDrop } from '../plain-drop.ts';
import { cores, note, title, whole } from './report.ts';

/** Letters a day that are played. */
const LOADS = [1e3, 1e4, 1e5, 1e6, 1e7];

/** Of a day, so many ticks are played: an hour, or fewer where that takes too long. */
const ticksOf = (letters: number, quick: boolean) => (quick ? 2 : letters <= 1e5 ? HOUR_SLOTS : letters <= 1e6 ? 4 : 1);

/** The first tick that is played: of an hour, so that there is a summary of it. */
const FIRST = '2026-11-22T11:00:00Z';

/** What a reader's network gives at most, over however many circuits: bytes a second. */
const NETWORK = 1.5e6;

/** How long whoever comes once a day waits, at most. */
const PATIENCE_SECONDS = 600;

/** What the front lets in of each route, by default. */
const REQUESTS_PER_SECOND = 50;

/** What the sampled ticks of a load took. */
export interface Played {
  readonly letters: number;
  readonly ticks: number;
  /** Letters to this reader, one in each tick, and how many of them were found. */
  readonly sent: number;
  readonly found: number;
  readonly linesPerTick: number;
  /** Processor time in seconds: of the publisher, by tick, and of the reader, by line. */
  readonly publisherSeconds: number;
  readonly readerSecondsPerLine: number;
  readonly queueRequestsPerTick: number;
}

/** The bytes of an S3 and the messages of an SQS that are no more than that, behind the SDK's clients. */
function cloud(objects: Map<string, Uint8Array>) {
  const [waiting, held]: [string[], Map<string, string>] = [[], new Map()];
  let queueRequests = 0;
  const send = async (command: unknown): Promise<unknown> => {
    if (command instanceof ReceiveMessageCommand || !isOfStorage(command)) queueRequests += 1;
    if (command instanceof ReceiveMessageCommand) {
      const Messages = waiting.splice(0, 10).map((Body) => {
        const ReceiptHandle = `${held.size}`;
        held.set(ReceiptHandle, Body);
        return { Body, ReceiptHandle };
      });
      return { Messages };
    }
    if (command instanceof PutObjectCommand) {
      objects.set(command.input.Key!, command.input.Body as Buffer);
      return {};
    }
    if (command instanceof ListObjectsV2Command) {
      const { StartAfter = '', MaxKeys } = command.input;
      const keys = [...objects.keys()].filter((key) => key.startsWith(IDS_PREFIX) && key > StartAfter).sort();
      return { Contents: keys.slice(0, MaxKeys).map((Key) => ({ Key, Size: objects.get(Key)!.length })) };
    }
    if (command instanceof GetObjectCommand || command instanceof HeadObjectCommand) {
      const body = objects.get(command.input.Key!);
      if (body === undefined)
        throw new S3ServiceException({ name: 'NoSuchKey', $fault: 'client', $metadata: { httpStatusCode: 404 } });
      return { Body: { transformToByteArray: async () => body } };
    }
    const { Entries = [] } = (command as DeleteMessageBatchCommand).input;
    for (const { ReceiptHandle } of Entries) held.set(ReceiptHandle!, '');
    return {};
  };
  return { send, waiting, queueRequests: () => queueRequests };
}

const isOfStorage = (command: unknown) =>
  [PutObjectCommand, ListObjectsV2Command, GetObjectCommand, HeadObjectCommand].some((kind) => command instanceof kind);

/** Plays ticks of a load on the publisher and a reader as they are, on a storage and a queue that answer from memory. */
export async function play(letters: number, ticks: number): Promise<Played> {
  const { objects, transport, url } = plainDrop();
  const { send, waiting, queueRequests } = cloud(objects);
  const batches = openBatches({ send } as unknown as S3Client, 'drop');
  const jane = newIdentity(url, 0, 4_000_000_000);
  const { idKey } = contactOf(jane);
  const perTick = Math.round(letters / DAY_SLOTS + DECOYS_PER_MINUTE * (SLOT_SECONDS / 60));
  const tools = {
    batches,
    sqs: { send } as unknown as SQSClient,
    queueUrl: 'https://queue.test/1/ids',
    linesPerBatch: LINES_PER_BATCH,
    decoy: () => randomBytes(SEALED_ID_BYTES),
    now: () => performance.now(),
  };
  let publisherSeconds = 0;
  const slots = Array.from({ length: ticks }, (_, i) => slotBefore(FIRST, -i));
  for (const slot of slots) {
    for (let i = 1; i < perTick; i += 1) waiting.push(formatSealedId(randomBytes(SEALED_ID_BYTES)));
    waiting.push(formatSealedId(sealId(randomBytes(32), idKey)));
    publisherSeconds += await processorSeconds(() => publish(slot, tools));
  }
  const lines = [...objects.values()].reduce((sum, { length }) => sum + length / LINE_BYTES, 0);
  await summarize(slotBefore(FIRST, -(HOUR_SLOTS + 4)), batches);
  // The list goes on, or the hour would not be over for a reader.
  const others = Array.from({ length: 8 }, () => formatSealedId(randomBytes(SEALED_ID_BYTES)));
  objects.set(batchKey(slotBefore(FIRST, -(HOUR_SLOTS + 6))), formatBatch(others));
  let found = 0;
  const take = (_: string, ids: readonly unknown[]) => {
    found += ids.length;
  };
  const reading = {
    drop: dropAt(url, { transport }),
    identity: () => jane,
    bookmark: firstBookmark(),
    now: () => parseSlot(FIRST).getTime(),
  } as unknown as CollectOptions;
  const readerSeconds = await processorSeconds(() => poll(reading, take));
  return {
    letters,
    ticks,
    sent: ticks,
    found,
    linesPerTick: lines / ticks,
    publisherSeconds: publisherSeconds / ticks,
    readerSecondsPerLine: readerSeconds / lines,
    queueRequestsPerTick: queueRequests() / ticks,
  };
}

/** Runs and returns the processor time in seconds that this process took meanwhile, on all its threads. */
async function processorSeconds(act: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** What a day of a load means for whoever reads all of it, once, and for the operator. */
export function dayOf({ letters, linesPerTick, publisherSeconds, readerSecondsPerLine }: Played) {
  const lines = linesPerTick * DAY_SLOTS;
  const [perDay, perHour] = [lines, linesPerTick * HOUR_SLOTS];
  const ranges = (bytes: number) => Math.ceil(bytes / RANGE_BYTES);
  const [by, requests, bytes] =
    perDay <= SUMMARY_LINES_MAX
      ? ['day', ranges(perDay * SEALED_ID_BYTES), perDay * SEALED_ID_BYTES]
      : perHour <= SUMMARY_LINES_MAX
        ? ['hour', 24 * ranges(perHour * SEALED_ID_BYTES), perDay * SEALED_ID_BYTES]
        : ['batch', DAY_SLOTS * ranges(linesPerTick * LINE_BYTES), perDay * LINE_BYTES];
  const decoys = DECOYS_PER_MINUTE + letters / 1440; // a letter costs what a decoy costs, but for its Lambda
  const cover = { decoysPerMinute: decoys, looseCellsPerMinute: LOOSE_CELLS_PER_DECOY * DECOYS_PER_MINUTE };
  return {
    by,
    requests,
    bytes,
    processorSeconds: lines * readerSecondsPerLine,
    networkSeconds: bytes / NETWORK,
    publisherShare: publisherSeconds / SLOT_SECONDS,
    dollarsPerMonth: costOf(cover, LINES_PER_BATCH).dollarsPerMonth,
  };
}

/** At how many letters a day each limit is met, the lowest first. */
export function limits(secondsPerLine: number): [limit: string, letters: number][] {
  const decoys = DECOYS_PER_MINUTE * 1440;
  const ticks = (lines: number) => lines * DAY_SLOTS - decoys;
  const rungBelow = (lines: number) => 2 ** Math.floor(Math.log2(lines));
  /** Of lines a day, as many as full rungs have. */
  const rungs = (linesPerDay: number) => ticks(rungBelow(linesPerDay / DAY_SLOTS));
  const all: [string, number][] = [
    [`a reader's processor: ${PATIENCE_SECONDS} s a day on one core`, rungs(PATIENCE_SECONDS / secondsPerLine)],
    [
      `a reader's network: ${PATIENCE_SECONDS} s a day at ${NETWORK / 1e6} MB/s`,
      rungs((PATIENCE_SECONDS * NETWORK) / SEALED_ID_BYTES),
    ],
    ['no summary of a day any more', ticks(rungBelow(SUMMARY_LINES_MAX / DAY_SLOTS))],
    ['no summary of an hour any more', ticks(rungBelow(SUMMARY_LINES_MAX / HOUR_SLOTS))],
    [
      `the front's ${REQUESTS_PER_SECOND} upload URLs a second`,
      (REQUESTS_PER_SECOND * 86_400) / DRAWN_CELLS_MEAN - decoys,
    ],
    [`the front's ${REQUESTS_PER_SECOND} registrations a second`, REQUESTS_PER_SECOND * 86_400 - decoys],
    ['what one publisher takes out of SQS in a tick', ticks(PUBLISHED_MAX)],
    ['the last rung', ticks(LINES_MAX)],
  ];
  return all.sort(([, one], [, other]) => one - other);
}

/** Plays each load, and prints what a day of it takes. */
export async function benchScale(quick: boolean): Promise<void> {
  title('6. Letters a day, on the publisher, summaries and reader as they are, answered from memory');
  const played: Played[] = [];
  for (const letters of quick ? LOADS.slice(0, 2) : LOADS) {
    const each = await play(letters, ticksOf(letters, quick));
    played.push(each);
    const { by, requests, bytes, processorSeconds, networkSeconds, publisherShare, dollarsPerMonth } = dayOf(each);
    note(
      `${whole(letters)} a day: ${each.ticks} of ${DAY_SLOTS} ticks played, ${each.found} of ${each.sent} letters found`,
    );
    note(`  ${whole(each.linesPerTick)} lines a batch; a reader's day by the ${by}: ${whole(requests)} requests,`);
    note(
      `  ${(bytes / 1e6).toFixed(1)} MB, ${whole(networkSeconds)} s of network, ${whole(processorSeconds)} s of one core`,
    );
    note(
      `  the publisher's core: ${(100 * publisherShare).toFixed(1)} % of each tick; ${whole(dollarsPerMonth)} dollars a month`,
    );
    if (each.found < each.sent) note('  letters were MISSED');
  }
  note(`of ${cores} cores; each limit, and from how many letters a day on:`);
  const perLine = Math.min(...played.map(({ readerSecondsPerLine }) => readerSecondsPerLine));
  for (const [limit, letters] of limits(perLine)) note(`  ${whole(letters)}: ${limit}`);
}
