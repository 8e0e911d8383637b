import { randomInt } from 'node:crypto';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { formatBatch, isRung, linesOf, rungFor } from '../wire/batch.ts';
import { formatSealedId, parseSealedId } from '../wire/sealed-id.ts';
import { LINE_BYTES, PUBLISHED_MAX } from '../wire/sizes.ts';
import { slotBefore } from '../wire/slot.ts';
import type { Batches } from './batches.ts';
import { mix } from './mix.ts';
import { drain, remove } from './queue.ts';

/** What a publisher works on, and with. */
export interface Tools {
  readonly batches: Batches;
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly linesPerBatch: number;
  /** Makes a sealed id of nothing, to nobody. */
  readonly decoy: () => Uint8Array;
  /** Milliseconds since any moment. A clock that is set meanwhile is none. */
  readonly now: () => number;
}

/** Batches looked back at, an hour of them: a message whose deletion failed is back within a tick or two. */
const LOOK_BACK = 12;

/** Batches looked at beyond the slot: this event may be ten minutes late, and one before it was as much early. */
const LOOK_AHEAD = 4;

/** Milliseconds for draining, of the 180 s of a run: what comes after needs the rest. */
const DRAIN_MILLISECONDS = 100_000;

/**
 * Publishes exactly one batch, `ids/<slot>`, of what waits in the queue and decoys, unless the slot has one.
 *
 * The batch is written first and the messages are deleted after: a crash in between loses nothing, and what it leaves
 * in the queue is recognised in the batches already written.
 *
 * @throws the first fault of SQS or S3, once everything is done that is safe in spite of it
 */
export async function publish(slot: string, tools: Tools): Promise<void> {
  const { batches, sqs, queueUrl, now } = tools;
  const waiting = new Map<string, string[]>(); // by sealed id, the receipts of the messages that hold it
  const done: string[] = []; // receipts of what is published, and of what holds no sealed id
  const deadline = now() + DRAIN_MILLISECONDS;
  const isLate = () => now() >= deadline;
  const faults = await drain(sqs, queueUrl, PUBLISHED_MAX, isLate, ({ Body = '', ReceiptHandle }) => {
    const receipts = waiting.get(Body);
    if (receipts !== undefined) receipts.push(ReceiptHandle!);
    else if (isSealedId(Body)) waiting.set(Body, [ReceiptHandle!]);
    else done.push(ReceiptHandle!);
  });

  const settle = (line: string) => {
    for (const receipt of waiting.get(line) ?? []) done.push(receipt);
    waiting.delete(line);
  };
  const unknown = await faultsOf(eachPublished(batches, slot, settle));
  // Without knowing what was published, nothing waiting can be: a batch of decoys is always safe.
  const published = unknown.length === 0 ? [...waiting.keys()] : [];
  const unwritten = await faultsOf(writeBatch(slot, published, tools, settle));
  // Even when nothing could be written: what earlier batches have is known now, and after an hour no longer.
  faults.push(...unknown, ...unwritten, ...(await remove(sqs, queueUrl, done)));
  if (faults.length > 0) throw faults[0];
}

function isSealedId(text: string): boolean {
  try {
    parseSealedId(text);
    return true;
  } catch {
    return false;
  }
}

/** Waits for something that may fail without keeping the rest from being done. @returns why it failed, or nothing */
async function faultsOf(attempt: Promise<void>): Promise<unknown[]> {
  try {
    await attempt;
    return [];
  } catch (error) {
    return [error];
  }
}

/** Calls `settle` with each line of the batches around a slot. */
async function eachPublished(batches: Batches, slot: string, settle: (line: string) => void): Promise<void> {
  for (let back = 1; back <= LOOK_BACK; back += 1) await eachLine(batches, slotBefore(slot, back), settle);
  for (let ahead = 1; ahead <= LOOK_AHEAD; ahead += 1) await eachLine(batches, slotBefore(slot, -ahead), settle);
}

/** Writes a slot's batch of these lines and decoys, or finds the one that it has; `settle` is told what is in it. */
async function writeBatch(
  slot: string,
  published: readonly string[],
  { batches, linesPerBatch, decoy }: Tools,
  settle: (line: string) => void,
): Promise<void> {
  const rung = rungFor(published.length, linesPerBatch);
  const mixed = mix<string | undefined>(published, rung, () => undefined, randomInt);
  const body = formatBatch(mixed, (line) => line ?? formatSealedId(decoy()));
  if (await batches.write(slot, body)) published.forEach(settle);
  else await eachLine(batches, slot, settle); // the rest waits for the next
}

/** Calls `settle` with each line of a slot's batch, if there is one. */
async function eachLine(batches: Batches, slot: string, settle: (line: string) => void): Promise<void> {
  const body = await batches.read(slot);
  // Whatever else lies under that key did not come from here, and settles nothing.
  if (body !== undefined && isRung(body.length / LINE_BYTES)) for (const line of linesOf(body)) settle(line);
}
