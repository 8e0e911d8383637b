import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAssembly } from '../../local/assembly.ts';
import { openDatabase } from '../../local/database.ts';
import { startDrop } from '../../local/drop.ts';
import { openMessages } from '../../local/messages.ts';
import { readStack } from '../../local/stack.ts';
import { linesOf } from '../../wire/batch.ts';
import { formatSealedId } from '../../wire/sealed-id.ts';
import { SEALED_ID_BYTES, SLOT_SECONDS } from '../../wire/sizes.ts';
import { batchKey } from '../../wire/slot.ts';
import { synthesize } from '../synthesize.ts';
import { note, title, verdict, whole } from './report.ts';
import { median, runRounds } from './rounds.ts';

/** Lambda hands out CPU by memory: one core at this many MiB. */
const MEGABYTES_PER_CORE = 1769;

const WITHIN = { atMost: 1 };

const SLOT = '2026-11-22T11:25:00Z';

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
 * @throws Error unless one batch holds them all, and nothing else waits then
 */
export async function publish(outdir: string, waiting: number): Promise<Run> {
  const data = mkdtempSync(join(tmpdir(), 'dead-drop-'));
  const lines = Array.from({ length: waiting }, () => formatSealedId(randomBytes(SEALED_ID_BYTES)));
  fillQueue(outdir, data, lines);
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
    const batches = drop.objects('ids/');
    const batch = [...linesOf(drop.object(batchKey(SLOT)) ?? new Uint8Array())];
    if (batches.length !== 1 || drop.waiting() !== 0) throw new Error('not one batch and an empty queue');
    const published = new Set(batch);
    if (published.size !== batch.length || !lines.every((line) => published.has(line))) {
      throw new Error('the batch does not hold each waiting id once');
    }
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
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** Puts messages where a drop with this data folder will find them: by its own requests it would take minutes. */
function fillQueue(outdir: string, data: string, bodies: readonly string[]): void {
  const database = openDatabase(data);
  const messages = openMessages(database, { now: Date.now }, 1);
  const [queue] = stackOf(outdir).queues;
  database.sql.exec('BEGIN');
  for (const body of bodies) messages.send(queue!.name, body, 'bench');
  database.sql.exec('COMMIT');
  database.sql.close();
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
