import { setTimeout as sleepFor } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { batchKey } from '../wire/slot.ts';

/** The batches in a drop's bucket. */
export interface Batches {
  /** Reads the batch of a slot, or undefined when there is none. */
  read(slot: string): Promise<Uint8Array | undefined>;
  /** Writes the batch of a slot. @returns false when the slot has one already */
  write(slot: string, body: Buffer): Promise<boolean>;
}

/** How often a write is tried that meets another one of the same slot. */
const WRITES = 3;

/** @param sleep - waits for so many milliseconds */
export function openBatches(
  s3: S3Client,
  bucket: string,
  sleep: (milliseconds: number) => Promise<unknown> = sleepFor,
): Batches {
  return {
    async read(slot) {
      try {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: batchKey(slot) }));
        return await Body!.transformToByteArray();
      } catch (error) {
        // S3 answers 403 for a missing key to whoever may not list the bucket.
        if (isAnswer(error, 403, 404)) return undefined;
        throw error;
      }
    },
    async write(slot, body) {
      for (let tries = 1; ; tries += 1) {
        try {
          const put = { Bucket: bucket, Key: batchKey(slot), Body: body, IfNoneMatch: '*' };
          await s3.send(new PutObjectCommand(put));
          return true;
        } catch (error) {
          if (isAnswer(error, 412)) return false;
          // 409: another try was writing it at the same moment, and may or may not have come to its end.
          if (!isAnswer(error, 409) || tries === WRITES) throw error;
          await sleep(1000);
        }
      }
    },
  };
}

/** Whether S3 answered with one of these statuses. */
function isAnswer(error: unknown, ...statuses: number[]): boolean {
  return error instanceof S3ServiceException && statuses.includes(error.$metadata.httpStatusCode ?? 0);
}
