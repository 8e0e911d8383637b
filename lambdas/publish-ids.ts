import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { slotAt } from '../wire/slot.ts';
import { openBatches } from './batches.ts';
import { publish } from './publish.ts';
import { sealDecoy } from './seal-decoy.ts';
import { summarize } from './summarize.ts';
import { untraced } from './untraced.ts';

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

const s3 = untraced(new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED', ...patience }));

const sqs = untraced(new SQSClient(patience));

/** What the schedule says. */
export interface PublishEvent {
  /** The scheduled time, which names the slot; a repeated event is then the same slot. */
  readonly time: string;
  readonly bucket: string;
  readonly queueUrl: string;
  readonly linesPerBatch: number;
}

/**
 * Each five minutes: publishes the batch of a slot; then, when an hour or a day is over, the summary of it.
 *
 * @throws the first fault of SQS or S3, once everything is done that is safe in spite of it
 */
export async function handler({ time, bucket, queueUrl, linesPerBatch }: PublishEvent): Promise<void> {
  const now = () => performance.now();
  const batches = openBatches(s3, bucket);
  const slot = slotAt(new Date(time));
  try {
    await publish(slot, { batches, sqs, queueUrl, linesPerBatch, decoy: sealDecoy, now });
  } finally {
    await summarize(slot, batches);
  }
}
