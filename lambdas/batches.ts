import { setTimeout as sleepFor } from 'node:timers/promises';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { batchKey, IDS_PREFIX, slotBefore } from '../wire/slot.ts';

/** The batches in a drop's bucket. */
export interface Batches {
  /** Reads the batch of a slot, or undefined when there is certainly none. @throws what S3 refuses it with */
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
  /** Whether the list has the batch of a slot. S3's lists are never behind (strong consistency, since 2020). */
  const isListed = async (slot: string) => {
    const after = batchKey(slotBefore(slot, 1));
    const list = { Bucket: bucket, Prefix: IDS_PREFIX, StartAfter: after, MaxKeys: 1 };
    const { Contents = [] } = await s3.send(new ListObjectsV2Command(list));
    return Contents.some(({ Key }) => Key === batchKey(slot));
  };
  return {
    async read(slot) {
      try {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: batchKey(slot) }));
        return await Body!.transformToByteArray();
      } catch (error) {
        if (isAnswer(error, 404)) return undefined;
        // What whoever may not list the whole bucket is told of a missing key, but also with a clock that is wrong or
        // without a right: only the list tells these apart.
        if (isAnswer(error, 403) && !(await isListed(slot))) return undefined;
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

function isAnswer(error: unknown, status: number): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === status;
}
