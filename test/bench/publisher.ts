import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAssembly } from '../../local/assembly.ts';
import { openDatabase } from '../../local/database.ts';
import { startDrop } from '../../local/drop.ts';
import { openMessages } from '../../local/messages.ts';
import { openObjects } from '../../local/objects.ts';
import { readStack } from '../../local/stack.ts';
import { formatBatch, linesOf } from '../../wire/batch.ts';
import { formatSealedId } from '../../wire/sealed-id.ts';
import { LINES_MIN, SEALED_ID_BYTES, SLOT_SECONDS, SUMMARY_LINES_MAX } from '../../wire/sizes.ts';
import { batchKey } from '../../wire/slot.ts';
import { parseSummary, slotsOf, summaryKey } from '../../wire/summary.ts';
import { synthesize } from '../synthesize.ts';
import { note, title, verdict, whole } from './report.ts';
import { median, runRounds } from './rounds.ts';

/** Lambda hands out CPU by memory: one core at this many MiB. */
const MEGABYTES_PER_CORE = 1769;

const WITHIN = { atMost: 1 };

/** The first slot whose run writes the summary of the day before, and that of its last hour. */
const SLOT = '2026-11-22T00:20:00Z';
const YESTERDAY = '2026-11-21';

/** What one run of the publisher took. */
export interface Run {
  readonly seconds: number;
  /** The most memory that the publisher's process ever had, in MiB. */
  readonly peak: number;
  /** Its time on a core, its start included. */
  readonly cpuSeconds: number;
  readonly lines: number;
  /** Its requests to the storage, by action. */
  readonly requests: Readonly<Record<string, number>>;
}

/**
 * Lets so many sealed ids wait in the queue of a fresh local drop, and publishes them with the bundled Lambda.
 *
 * @param dayLines - so many lines in the batches of the day before, of which the run then writes the summary
 * @throws Error unless one batch holds them all, and nothing else waits then
 */
export async function publish(outdir: string, waiting: number, dayLines = 0): Promise<Run> {
  const data = mkdtempSync(join(tmpdir(), 'dead-drop-'));
  const lines = Array.from({ length: waiting }, () => formatSealedId(randomBytes(SEALED_ID_BYTES)));
  fill(outdir, data, lines, dayLines);
  const requests: Record<string, number> = {};
  const drop = await startDrop({
    outdir,
    data,
    schedules: false,
    intercept({ action, phase }) {
      if (phase === 'before') requests[action] = (requests[action] ?? 0) + 1;
    },
  });
  try {
    const start = performance.now();
    await drop.invoke('publish-ids', { time: SLOT });
    const seconds = (performance.now() - start) / 1000;
    const used = usedByLambda();
    const batches = drop.objects('ids/').filter(({ key }) => key >= batchKey(SLOT));
    const batch = [...linesOf(drop.object(batchKey(SLOT)) ?? new Uint8Array())];
    if (batches.length !== 1 || drop.waiting() !== 0) throw new Error('not one batch and an empty queue');
    const published = new Set(batch);
    if (published.size !== batch.length || !lines.every((line) => published.has(line))) {
      throw new Error('the batch does not hold each waiting id once');
    }
    const summary = drop.object(summaryKey(YESTERDAY));
    const summed = summary && [...parseSummary(summary, YESTERDAY).values()].reduce((sum, ids) => sum + ids.length, 0);
    if ((summed ?? 0) !== dayLines * SEALED_ID_BYTES) throw new Error('the summary is not of all lines of the day');
    return { seconds, ...used, lines: batch.length, requests };
  } finally {
    await drop.close();
    rmSync(data, { recursive: true });
  }
}

/** Publishes few and many waiting ids. */
export async function benchPublisher(quick: boolean): Promise<void> {
  const [few, many] = quick ? [100, 5000] : [1000, 100_000];
  title(`4. Publishing ${whole(few)} and ${whole(many)} waiting ids, bundle and gateway as on one machine`);
  const outdir = await synthesize();
  try {
    const runs: Run[] = [];
    const run = async (waiting: number) => {
      runs.push(await publish(outdir, waiting));
      return runs.at(-1)!.peak;
    };
    const peaks = await runRounds(quick ? 1 : 3, { few: () => run(few), many: () => run(many) });
    const large = runs.filter(({ lines }) => lines >= many);
    const took = median(large.map(({ seconds }) => seconds));
    note(`one batch of ${whole(large[0]!.lines)} lines holds all ${whole(many)}, and the queue is empty`);
    note(`${whole(many / took)} messages a second, received, published and deleted`);
    const { 's3:GetObject': get = 0, 's3:PutObject': put = 0, ...sqs } = large[0]!.requests;
    const perMessage = Object.values(sqs).reduce((sum, count) => sum + count, 0) / many;
    note(`${perMessage.toFixed(3)} requests to SQS a message (0.2 is the least: ten a request, to get and to delete)`);
    note(`${get} requests to S3 to look back, ${put} to write, however many wait`);
    note(`peak memory ${whole(median(peaks.few))} MiB for the few, ${whole(median(peaks.many))} MiB for the many`);
    const growth = median(peaks.many) / median(peaks.few);
    verdict(`peak memory for ${whole(many / few)} times as many`, growth, { atMost: 2 });
    const { memoryMegabytes, timeoutSeconds } = publisherOf(outdir);
    verdict(`of its ${memoryMegabytes} MiB, the peak for the many`, median(peaks.many) / memoryMegabytes, WITHIN);
    verdict('of a tick, the time for the many', took / SLOT_SECONDS, WITHIN);
    verdict(`of the ${timeoutSeconds} s that a run may take, the time for the many`, took / timeoutSeconds, WITHIN);
    const share = Math.min(1, memoryMegabytes / MEGABYTES_PER_CORE);
    const cpu = median(large.map(({ cpuSeconds }) => cpuSeconds)) / share;
    verdict(`of those, its own time on Lambda's ${share.toFixed(2)} of a core`, cpu / timeoutSeconds, WITHIN);
    const dayLines = quick ? 2 ** 14 : SUMMARY_LINES_MAX;
    const { peak } = await publish(outdir, few!, dayLines);
    const what = `${whole(few!)} ids and the summary of a day of ${whole(dayLines)} lines`;
    verdict(`of its ${memoryMegabytes} MiB, the peak for ${what}`, peak / memoryMegabytes, WITHIN);
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** Puts messages and batches where a drop with this data folder will find them: by its own requests it would take minutes. */
function fill(outdir: string, data: string, bodies: readonly string[], dayLines: number): void {
  const database = openDatabase(data);
  const clock = { now: Date.now };
  const [messages, objects] = [openMessages(database, clock, 1), openObjects(database, clock)];
  const { queues, buckets } = stackOf(outdir);
  database.sql.exec('BEGIN');
  for (const body of bodies) messages.send(queues[0]!.name, body, 'bench');
  for (const [slot, batch] of batchesOf(dayLines)) objects.put(buckets[0]!.name, batchKey(slot), batch, '', true);
  database.sql.exec('COMMIT');
  database.sql.close();
}

/** Batches of the day before with so many lines in all: each of one of two rungs, and with the same lines as the others. */
function batchesOf(dayLines: number): Map<string, Uint8Array> {
  const slots = slotsOf(YESTERDAY);
  let small = LINES_MIN;
  while (2 * small * slots.length <= dayLines) small *= 2;
  const lines = Array.from({ length: 2 * small }, () => formatSealedId(randomBytes(SEALED_ID_BYTES)));
  const [one, other] = [formatBatch(lines), formatBatch(lines.slice(small))];
  const large = dayLines / small - slots.length;
  if (dayLines === 0) return new Map();
  return new Map(slots.map((slot, i) => [slot, i < large ? one : other]));
}

/** What the one Lambda process that this process has started used so far. */
function usedByLambda(): Pick<Run, 'peak' | 'cpuSeconds'> {
  const read = (path: string) => readFileSync(`/proc/${path}`, 'utf8');
  const children = read(`self/task/${process.pid}/children`).trim().split(' ');
  const hosts = children.filter((pid) => read(`${pid}/cmdline`).includes('lambda-host'));
  if (hosts.length !== 1) throw new Error(`expected one Lambda process, found ${hosts.length}`);
  const kilobytes = Number(/VmHWM:\s+(\d+) kB/.exec(read(`${hosts[0]}/status`))![1]);
  // Behind the name in parentheses, fields 3 and on of proc(5): 14 and 15 are user and system time, in hundredths.
  const fields = read(`${hosts[0]}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
  return { peak: kilobytes / 1024, cpuSeconds: (Number(fields[14 - 3]) + Number(fields[15 - 3])) / 100 };
}

const stackOf = (outdir: string) =>
  readStack(readAssembly(outdir), { api: 'http://127.0.0.1:1', storage: 'http://127.0.0.1:1' });

const publisherOf = (outdir: string) => stackOf(outdir).functions.find(({ name }) => name === 'publish-ids')!;
