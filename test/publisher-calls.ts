import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { type DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { objectsIn } from '../core/audit/evidence.ts';
import { openBatches } from '../lambdas/batches.ts';
import type { Tools } from '../lambdas/publish.ts';
import { batchKey, IDS_PREFIX, slotBefore } from '../wire/slot.ts';
import type { World } from './publisher-world.ts';
import type { Turns } from './turns.ts';

export type Kind = 'get' | 'list' | 'put' | 'receive' | 'delete';

/** What becomes of each call. */
export interface Fates {
  /**
   * Of a try: done, not done and refused, denied without another try (a clock that is wrong, a right that is gone), done
   * without an answer, or (a PUT) refused for another one at the moment.
   */
  of(kind: Kind): 'done' | 'refused' | 'denied' | 'lost' | 'conflict';
  /** How many messages a receive gets at most: SQS gives fewer, or none, when it likes. */
  most(): number;
  /** Whether a message is delivered to this receive although it was delivered before. */
  again(): number | undefined;
  /** Whether a message of a batch is not deleted, with an answer that says so. */
  keeps(): boolean;
}

export const FAITHFUL: Fates = { of: () => 'done', most: () => 10, again: () => undefined, keeps: () => false };

type Send = (command: unknown) => Promise<unknown>;

/** A deliberate breakage of a publisher, between it and what it calls. */
export type Breakage = (send: Send, world: World) => Send;

/** As the SDK does, with the settings of lambdas/publish-ids.ts. */
const TRIES = 3;

/** S3's answer, or SQS's, to whoever asks too much: the SDK tries again. */
class Throttled extends S3ServiceException {
  constructor() {
    super({ name: 'SlowDown', $fault: 'server', $metadata: { httpStatusCode: 503 } });
  }
}

/** What a real publisher works with, in a world where each try of a call waits for its turn and meets its fate. */
export function toolsFor(
  who: number,
  world: World,
  turns: Turns,
  fates: Fates,
  breakage: Breakage = (send) => send,
): Tools {
  const tried = async <T>(kind: Kind, touches: string, act: () => T | Promise<T>): Promise<T> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await turns.take(who, touches, kind !== 'get' && kind !== 'list', async () => {
          const fate = fates.of(kind);
          if (fate === 'denied') throw refusal(403);
          if (fate === 'conflict') throw refusal(409);
          if (fate === 'refused') throw new Throttled();
          const result = await act();
          if (fate === 'lost') throw new Throttled();
          return result;
        });
      } catch (error) {
        if (!(error instanceof Throttled) || tries === TRIES) throw error;
      }
    }
  };

  const send: Send = async (command) => {
    if (command instanceof GetObjectCommand) {
      const key = command.input.Key!;
      const bytes = await tried('get', key, async () => (await asked(world.ask('GET', key, {}))).body);
      return { Body: { transformToByteArray: async () => bytes } };
    }
    if (command instanceof ListObjectsV2Command) {
      const { Prefix, StartAfter, MaxKeys } = command.input;
      const query = { 'list-type': '2', prefix: Prefix!, 'start-after': StartAfter!, 'max-keys': `${MaxKeys}` };
      const key = batchKey(slotBefore(StartAfter!.slice(IDS_PREFIX.length), -1)); // the one that is looked for
      const { body } = await tried('list', key, () =>
        asked(world.ask('GET', '', {}, undefined, Object.entries(query))),
      );
      const listed = objectsIn(Buffer.from(body).toString());
      return { Contents: listed.map(({ key: Key, bytes: Size }) => ({ Key, Size })) };
    }
    if (command instanceof HeadObjectCommand) {
      const key = command.input.Key!;
      return tried('get', key, () => asked(world.ask('HEAD', key, {})));
    }
    if (command instanceof PutObjectCommand) {
      const { Key, Body, IfNoneMatch } = command.input;
      const once: Record<string, string> = IfNoneMatch === undefined ? {} : { 'if-none-match': IfNoneMatch };
      return tried('put', Key!, () => asked(world.ask('PUT', Key!, once, Body as Buffer)));
    }
    if (command instanceof ReceiveMessageCommand) {
      return tried('receive', 'queue', () => {
        const { delivered } = world;
        const again = delivered.length > 0 ? fates.again() : undefined;
        const copies = again === undefined ? [] : [delivered[again % delivered.length]!];
        return { Messages: [...world.receive(fates.most()), ...copies] };
      });
    }
    return tried('delete', 'queue', () => {
      const Failed: object[] = [];
      for (const entry of (command as DeleteMessageBatchCommand).input.Entries!) {
        if (fates.keeps()) Failed.push(entry);
        else world.remove(entry.ReceiptHandle!);
      }
      return { Failed };
    });
  };

  const client = { send: breakage(send, world) };
  return {
    batches: openBatches(client as unknown as S3Client, 'drop', () => turns.take(who, '', false, () => {})),
    sqs: client as unknown as SQSClient,
    queueUrl: 'https://queue.test/1/ids',
    linesPerBatch: 8,
    decoy: world.decoy,
    now: world.now,
  };
}

/** S3's answer as the SDK gives it. */
async function asked(answer: ReturnType<World['ask']>) {
  const { status, body } = await answer;
  if (status >= 300) throw refusal(status);
  return { body: new Uint8Array(Buffer.from(body as Uint8Array)) };
}

export const refusal = (status: number) =>
  new S3ServiceException({ name: 'Refused', $fault: 'client', $metadata: { httpStatusCode: status } });
