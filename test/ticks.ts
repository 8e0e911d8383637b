import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { vi } from 'vitest';
import { rungFor } from '../wire/batch.ts';
import { LINE_BYTES, SLOT_SECONDS } from '../wire/sizes.ts';
import { batchKey, slotAt } from '../wire/slot.ts';
import { SUMMARIES_PREFIX } from '../wire/summary.ts';

/** What whoever reads the bucket sees of a tick but summaries, which say the same again, and how many sealed ids waited for it. */
export interface Tick {
  readonly waiting: number;
  readonly written: readonly Written[];
}

export interface Written {
  readonly key: string;
  readonly body: Buffer;
}

/** What a publisher writes in place of its batch, when it is broken on purpose. */
export type Rewrite = (batch: Written, waiting: number) => Written[];

const START = Date.parse('2026-11-22T11:25:00Z');

/**
 * The publisher and register-id as they are, in this process, with a bucket and a queue in memory in place of the SDK's
 * requests: ten thousand ticks take seconds. The time is that of the ticks, and a long poll takes none of it. The queue
 * keeps the order of arrival, which would show in a batch that is not mixed.
 */
export async function openTicks(linesPerBatch: number, rewrite: Rewrite = (batch) => [batch]) {
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  const settings = { bucket: 'bucket', queueUrl: 'https://queue.test/1/queue', linesPerBatch };
  const bucket = new Map<string, Buffer>();
  const summaries = new Map<string, Buffer>();
  const [queue, inFlight] = [[] as string[], new Map<string, string>()];
  let [now, receipt, waiting, written] = [START, 0, 0, [] as Written[]];

  const s3 = async (command: object) => {
    if (command instanceof GetObjectCommand) {
      const body = bucket.get(command.input.Key!);
      if (body === undefined) throw answer(404);
      return { Body: { transformToByteArray: async () => body } };
    }
    if (command instanceof HeadObjectCommand) {
      if (!summaries.has(command.input.Key!)) throw answer(404);
      return {};
    }
    if (command instanceof ListObjectsV2Command) {
      const { StartAfter = '', MaxKeys } = command.input;
      const keys = [...bucket.keys()].filter((key) => key > StartAfter).sort();
      return { Contents: keys.slice(0, MaxKeys).map((Key) => ({ Key, Size: bucket.get(Key)!.length })) };
    }
    if (!(command instanceof PutObjectCommand)) throw new Error('the publisher asks S3 for something else');
    if (command.input.Key!.startsWith(SUMMARIES_PREFIX)) {
      summaries.set(command.input.Key!, command.input.Body as Buffer);
      return {};
    }
    for (const batch of rewrite({ key: command.input.Key!, body: command.input.Body as Buffer }, waiting)) {
      if (bucket.has(batch.key)) throw answer(412);
      bucket.set(batch.key, batch.body);
      written.push(batch);
    }
    return {};
  };
  const sqs = async (command: object) => {
    if (command instanceof SendMessageCommand) {
      queue.push(command.input.MessageBody!);
      return {};
    }
    if (command instanceof ReceiveMessageCommand) {
      const Messages = queue.splice(0, command.input.MaxNumberOfMessages!).map((Body) => {
        receipt += 1;
        inFlight.set(String(receipt), Body);
        return { Body, ReceiptHandle: String(receipt) };
      });
      return { Messages };
    }
    if (!(command instanceof DeleteMessageBatchCommand)) throw new Error('the publisher asks SQS for something else');
    for (const { ReceiptHandle } of command.input.Entries!) inFlight.delete(ReceiptHandle!);
    return {};
  };
  // Not by mocks, which would keep every call.
  for (const [client, send] of [
    [S3Client, s3],
    [SQSClient, sqs],
  ] as const) {
    Object.defineProperty(client.prototype, 'send', { value: send, configurable: true });
  }
  const { handler: publish } = await import('../lambdas/publish-ids.ts');
  const { handler: register } = await import('../lambdas/register-id.ts');

  return {
    /** Hands a sealed id to register-id, as the API does with what comes as `application/octet-stream`. */
    async register(sealed: Uint8Array): Promise<void> {
      const body = Buffer.from(sealed).toString('base64');
      const { statusCode } = await register({ body, isBase64Encoded: true, stageVariables: settings });
      if (statusCode !== 204) throw new Error('register-id refuses a sealed id');
    },
    /** Lets the time of a slot pass, then publishes. */
    async tick(): Promise<Tick> {
      now += SLOT_SECONDS * 1000;
      [waiting, written] = [queue.length, []];
      await publish({ time: new Date(now).toISOString(), ...settings });
      return { waiting, written };
    },
    /** How many objects there are, batches or not, and how many messages are still in the queue. */
    left: () => ({ objects: bucket.size, messages: queue.length + inFlight.size }),
    close() {
      vi.unstubAllEnvs();
      for (const client of [S3Client, SQSClient]) Reflect.deleteProperty(client.prototype, 'send'); // theirs is inherited
    },
  };
}

/** What tells ticks apart, other than that more waited than a batch holds at least: each thing once. */
export function differences(ticks: readonly Tick[], linesPerBatch: number): string[] {
  const found = ticks.flatMap(({ waiting, written }, i) => {
    const [batch] = written;
    if (batch === undefined || written.length > 1) return [`${written.length} objects in a tick`];
    const wrong: string[] = [];
    if (batch.key !== batchKey(slotAt(new Date(START + (i + 1) * SLOT_SECONDS * 1000)))) wrong.push('another name');
    if (batch.body.length !== rungFor(waiting, linesPerBatch) * LINE_BYTES) wrong.push('another size');
    return wrong;
  });
  return [...new Set(found)];
}

const answer = (httpStatusCode: number) =>
  new S3ServiceException({ name: 'Answer', $fault: 'client', $metadata: { httpStatusCode } });
