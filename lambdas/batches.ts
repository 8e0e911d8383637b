import { setTimeout as sleepFor } from 'node:timers/promises';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { batchKey, IDS_PREFIX, slotBefore } from '../wire/slot.ts';
import { DAY_SLOTS, summaryKey } from '../wire/summary.ts';

/** The batches in a drop's bucket, and their summaries. */
export interface Batches {
  /** Reads the batch of a slot, or undefined when there is certainly none. @throws what S3 refuses it with */
  read(slot: string): Promise<Uint8Array | undefined>;
  /** Writes the batch of a slot. @returns false when the slot has one already */
  write(slot: string, body: Uint8Array): Promise<boolean>;
  /** How many bytes each batch from one slot to another has, those included: a day of them at most. */
  sizes(first: string, last: string): Promise<Map<string, number>>;
  /** Whether an hour or a day has a summary. */
  hasSummary(period: string): Promise<boolean>;
  /** Writes the summary of an hour or a day. @returns false when it has one already */
  writeSummary(period: string, body: Uint8Array): Promise<boolean>;
}

/** How often a write is tried that meets another one of the same slot. */
const WRITES = 3;

/** @param sleep - waits for so many milliseconds */
export function openBatches(
  s3: S3Client,
  bucket: string,
  sleep: (milliseconds: number) => Promise<unknown> = sleepFor,
): Batches {
  /** The first objects of the list, from a slot on. S3's lists are never behind (strong consistency, since 2020). */
  const list = async (first: string, most: number) => {
    const after = batchKey(slotBefore(first, 1));
    const asked = { Bucket: bucket, Prefix: IDS_PREFIX, StartAfter: after, MaxKeys: most };
    const { Contents = [] } = await s3.send(new ListObjectsV2Command(asked));
    return Contents;
  };
  const isListed = async (slot: string) => (await list(slot, 1)).some(({ Key }) => Key === batchKey(slot));
  const writeOnce = async (Key: string, Body: Uint8Array) => {
    for (let tries = 1; ; tries += 1) {
      try {
        await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, IfNoneMatch: '*' }));
        return true;
      } catch (error) {
        if (isAnswer(error, 412)) return false;
        // 409: another try was writing it at the same moment, and may or may not have come to its end.
        if (!isAnswer(error, 409) || tries === WRITES) throw error;
        await sleep(1000);
      }
    }
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
    write: (slot, body) => writeOnce(batchKey(slot), body),
    async sizes(first, last) {
      const keys = new Map<string, number>();
      for (const { Key = '', Size = 0 } of await list(first, DAY_SLOTS)) keys.set(Key.slice(IDS_PREFIX.length), Size);
      for (const slot of keys.keys()) if (slot > last) keys.delete(slot);
      return keys;
    },
    async hasSummary(period) {
      try {
        await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: summaryKey(period) }));
        return true;
      } catch (error) {
        // A refusal (403) means the same to whoever may not list them; to write one that is there changes nothing.
        if (isAnswer(error, 403) || isAnswer(error, 404)) return false;
        throw error;
      }
    },
    writeSummary: (period, body) => writeOnce(summaryKey(period), body),
  };
}

function isAnswer(error: unknown, status: number): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === status;
}
