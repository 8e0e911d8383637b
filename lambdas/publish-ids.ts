import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { formatBatch, isRung, linesOf, rungFor } from '../wire/batch.ts';
import { formatSealedId, parseSealedId } from '../wire/sealed-id.ts';
import { LINE_BYTES, PUBLISHED_MAX } from '../wire/sizes.ts';
import { batchKey, slotAt, slotBefore } from '../wire/slot.ts';
import { mix } from './mix.ts';
import { drain, remove } from './queue.ts';
import { sealDecoy } from './seal-decoy.ts';
import { openWaiting } from './waiting.ts';

/** Batches looked back at, an hour of them: a message whose deletion failed is back within a tick or two. */
const LOOK_BACK = 12;

/** Milliseconds for draining, of the 240 s of a run: what comes after needs the rest. */
const DRAIN_MILLISECONDS = 100_000;

/** Stands among the numbers of messages for a decoy. */
const DECOY = -1;

/** One silent request must not take the time of the whole run. */
const patience = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 3000,
    requestTimeout: 10_000,
    throwOnRequestTimeout: true,
    socketTimeout: 10_000,
  },
};

const s3 = new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED', ...patience });
const sqs = new SQSClient(patience);
const bucket = process.env.BUCKET!;
const queueUrl = process.env.QUEUE_URL!;
const linesPerBatch = Number(process.env.LINES_PER_BATCH);

/**
 * Each five minutes: publishes exactly one batch, `ids/<slot>`, of what waits in the queue and decoys.
 *
 * The batch is written first and the messages are deleted after: a crash in between loses nothing, and what it leaves
 * in the queue is recognised in the batches already written.
 *
 * @param event.time - the scheduled time, which names the slot; a repeated event is then the same slot
 * @throws the first fault of SQS or S3, once everything is done that is safe in spite of it
 */
export async function handler(event: { readonly time: string }): Promise<void> {
  const slot = slotAt(new Date(event.time));
  const waiting = openWaiting();
  const useless: string[] = []; // receipts of messages that hold no sealed id
  const faults = await drain(
    sqs,
    queueUrl,
    PUBLISHED_MAX,
    Date.now() + DRAIN_MILLISECONDS,
    ({ Body, ReceiptHandle }) => {
      const id = parse(Body);
      if (id === undefined) useless.push(ReceiptHandle!);
      else waiting.add(id, ReceiptHandle!);
    },
  );

  const settle = (line: string) => {
    const id = parse(line);
    if (id !== undefined) waiting.settle(id);
  };
  const unknown = await eachPublished(slot, settle);
  faults.push(...unknown);
  // Without knowing what was published, nothing waiting can be: a batch of decoys is always safe.
  const published = unknown.length === 0 ? waiting.unsettled() : [];
  const mixed = mix(published, rungFor(published.length, linesPerBatch), () => DECOY, randomInt);
  const line = (message: number) => formatSealedId(message === DECOY ? sealDecoy() : waiting.id(message));
  if (await write(slot, formatBatch(mixed, line))) for (const message of published) waiting.settle(waiting.id(message));
  else await eachLine(slot, settle); // this slot has its batch: what is in it is done, the rest waits for the next
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

/** Calls `settle` with each line of the batches before a slot. @returns why not all of them could be read, or nothing */
async function eachPublished(slot: string, settle: (line: string) => void): Promise<unknown[]> {
  try {
    for (let count = 1; count <= LOOK_BACK; count += 1) await eachLine(slotBefore(slot, count), settle);
    return [];
  } catch (error) {
    return [error];
  }
}

/** Calls `settle` with each line of a slot's batch, if there is one. */
async function eachLine(slot: string, settle: (line: string) => void): Promise<void> {
  const body = await read(slot);
  // Whatever else lies under that key did not come from here, and settles nothing.
  if (body !== undefined && isRung(body.length / LINE_BYTES)) for (const line of linesOf(body)) settle(line);
}

/** Reads the batch of a slot, or undefined when there is none. */
async function read(slot: string): Promise<Uint8Array | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: batchKey(slot) }));
    return await Body!.transformToByteArray();
  } catch (error) {
    // S3 answers 403 for a missing key to whoever may not list the bucket.
    if (isAnswer(error, 403, 404)) return undefined;
    throw error;
  }
}

/** Writes the batch of a slot. @returns false when the slot has one already */
async function write(slot: string, body: Buffer, tries = 3): Promise<boolean> {
  try {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: batchKey(slot), Body: body, IfNoneMatch: '*' }));
    return true;
  } catch (error) {
    if (isAnswer(error, 412)) return false;
    // 409: another try was writing it at the same moment, and may or may not have come to its end.
    if (!isAnswer(error, 409) || tries === 1) throw error;
    await sleep(1000);
    return write(slot, body, tries - 1);
  }
}

/** Whether S3 answered with one of these statuses. */
function isAnswer(error: unknown, ...statuses: number[]): boolean {
  return error instanceof S3ServiceException && statuses.includes(error.$metadata.httpStatusCode ?? 0);
}
