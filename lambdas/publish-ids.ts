import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { slotAt } from '../wire/slot.ts';
import { openBatches } from './batches.ts';
import { publish } from './publish.ts';
import { sealDecoy } from './seal-decoy.ts';

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

const tools = {
  batches: openBatches(s3, process.env.BUCKET!),
  sqs: new SQSClient(patience),
  queueUrl: process.env.QUEUE_URL!,
  linesPerBatch: Number(process.env.LINES_PER_BATCH),
  decoy: sealDecoy,
  now: () => performance.now(),
};

/**
 * Each five minutes: publishes the batch of a slot.
 *
 * @param event.time - the scheduled time, which names the slot; a repeated event is then the same slot
 * @throws the first fault of SQS or S3, once everything is done that is safe in spite of it
 */
export async function handler(event: { readonly time: string }): Promise<void> {
  await publish(slotAt(new Date(event.time)), tools);
}
