import { randomInt } from 'node:crypto';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { formatBatch, isRung, linesOf, rungFor } from '../wire/batch.ts';
import { formatSealedId, parseSealedId } from '../wire/sealed-id.ts';
import { LINE_BYTES, PUBLISHED_MAX } from '../wire/sizes.ts';
import { slotBefore } from '../wire/slot.ts';
import type { Batches } from './batches.ts';
import { mix } from './mix.ts';
import { drain, remove } from './queue.ts';
import { openWaiting } from './waiting.ts';

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

/** Stands among the numbers of messages for a decoy. */
const DECOY = -1;

/**
 * Publishes exactly one batch, `ids/<slot>`, of what waits in the queue and decoys, unless the slot has one.
 *
 * The batch is written first and the messages are deleted after: a crash in between loses nothing, and what it leaves
 * in the queue is recognised in the batches already written.
 *
 * @throws the first fault of SQS or S3, once everything is done that is safe in spite of it
 */
export async function publish(slot: string, tools: Tools): Promise<void> {
  const { batches, sqs, queueUrl, linesPerBatch, decoy, now } = tools;
  const waiting = openWaiting();
  const useless: string[] = []; // receipts of messages that hold no sealed id
  const deadline = now() + DRAIN_MILLISECONDS;
  const isLate = () => now() >= deadline;
  const faults = await drain(sqs, queueUrl, PUBLISHED_MAX, isLate, ({ Body, ReceiptHandle }) => {
    const id = parse(Body);
    if (id === undefined) useless.push(ReceiptHandle!);
    else waiting.add(id, ReceiptHandle!);
  });

  const settle = (line: string) => {
    const id = parse(line);
    if (id !== undefined) waiting.settle(id);
  };
  const unknown = await eachPublished(batches, slot, settle);
  faults.push(...unknown);
  // Without knowing what was published, nothing waiting can be: a batch of decoys is always safe.
  const published = unknown.length === 0 ? waiting.unsettled() : [];
  const mixed = mix(published, rungFor(published.length, linesPerBatch), () => DECOY, randomInt);
  const line = (message: number) => formatSealedId(message === DECOY ? decoy() : waiting.id(message));
  if (await batches.write(slot, formatBatch(mixed, line))) {
    for (const message of published) waiting.settle(waiting.id(message));
  } else {
    await eachLine(batches, slot, settle); // this slot has its batch: what is in it is done, the rest waits for the next
  }
  faults.push(...(await remove(sqs, queueUrl, useless)), ...(await remove(sqs, queueUrl, waiting.settled())));
  if (faults.length > 0) throw faults[0];
}

/** A sealed id in its one spelling, or undefined when the text holds none. */
function parse(text = ''): Uint8Array | undefined {
  try {
    return parseSealedId(text);
  } catch {
    return undefined;
  }
}

/** Calls `settle` with each line of the batches around a slot. @returns why not all could be read, or nothing */
async function eachPublished(batches: Batches, slot: string, settle: (line: string) => void): Promise<unknown[]> {
  try {
    for (let back = 1; back <= LOOK_BACK; back += 1) await eachLine(batches, slotBefore(slot, back), settle);
    for (let ahead = 1; ahead <= LOOK_AHEAD; ahead += 1) await eachLine(batches, slotBefore(slot, -ahead), settle);
    return [];
  } catch (error) {
    return [error];
  }
}

/** Calls `settle` with each line of a slot's batch, if there is one. */
async function eachLine(batches: Batches, slot: string, settle: (line: string) => void): Promise<void> {
  const body = await batches.read(slot);
  // Whatever else lies under that key did not come from here, and settles nothing.
  if (body !== undefined && isRung(body.length / LINE_BYTES)) for (const line of linesOf(body)) settle(line);
}
