import { openDatabase } from '../local/database.ts';
import { openGateway } from '../local/gateway.ts';
import { openMessages } from '../local/messages.ts';
import { openObjects } from '../local/objects.ts';
import type { Stack } from '../local/stack.ts';
import { formatSealedId } from '../wire/sealed-id.ts';
import { SEALED_ID_BYTES } from '../wire/sizes.ts';
import type { seeded } from './statistics.ts';

export type Random = ReturnType<typeof seeded>;

/** See openWorld. */
export type World = ReturnType<typeof openWorld>;

export const BUCKET = 'drop';
const QUEUE = 'ids';

/** As in lib/storage.ts. */
const VISIBILITY_SECONDS = 270;

/** The first tick: an hour and a day end with the second, and are over for summaries with the sixth. */
export const START = Date.parse('2026-11-22T23:55:00Z');

const bucket = {
  name: BUCKET,
  arn: `arn:aws:s3:::${BUCKET}`,
  domain: '',
  expiries: [],
  blockPublicPolicy: false,
  restrictPublic: false,
};
const stack = { region: 'local', buckets: [bucket], functions: [] } as unknown as Stack;

const database = openDatabase(undefined);
// Nobody's data: what a crash of this process would leave behind is not looked at.
database.sql.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA secure_delete = OFF');

/** The local drop's storage, queue and gateway, without HTTP and signatures, empty, and with a time of its own. */
export function openWorld(random: Random) {
  database.sql.exec('DELETE FROM objects; DELETE FROM messages');
  let now = START;
  const clock = { now: () => now };
  const objects = openObjects(database, clock);
  const messages = openMessages(database, clock, 1, random.below);
  // Whoever may not list a bucket learns of no missing key: the batches are listed by their prefix only.
  const gateway = openGateway(
    stack,
    objects,
    messages,
    async ({ action, context }) => action !== 's3:ListBucket' || context['s3:prefix'] === 'ids/',
  );
  const [accepted, decoys] = [new Set<string>(), new Set<string>()];
  /** Each batch as it was when it was there first. */
  const written = new Map<string, Uint8Array>();
  const removed: string[] = [];
  const delivered: { ReceiptHandle: string; Body: string }[] = [];

  const under = (prefix: string) => {
    const keys = objects.list(BUCKET, prefix, '', 1000).map(({ key }) => key);
    return new Map(keys.map((key) => [key.slice(prefix.length), objects.get(BUCKET, key)!.body]));
  };

  return {
    accepted,
    decoys,
    written,
    /** What was received so far. */
    delivered,
    now: () => now,
    pass(milliseconds: number) {
      now += milliseconds;
    },
    /** Bytes that look like a sealed id, which nobody here opens. */
    register(): string {
      const line = formatSealedId(random.bytes(SEALED_ID_BYTES));
      accepted.add(line);
      messages.send(QUEUE, line, 'register-id');
      return line;
    },
    send: (body: string) => void messages.send(QUEUE, body, 'register-id'),
    decoy(): Uint8Array {
      const sealed = new Uint8Array(random.bytes(SEALED_ID_BYTES));
      decoys.add(formatSealedId(sealed));
      return sealed;
    },
    /** Answers S3. */
    async ask(
      method: string,
      path: string,
      headers: Record<string, string>,
      body: Uint8Array = new Uint8Array(),
      query = NONE,
    ) {
      const answer = await gateway.readAnonymously({ method, path: `/${BUCKET}/${path}`, query, headers, body });
      if (method === 'PUT' && !written.has(path)) {
        const object = objects.get(BUCKET, path);
        if (object !== undefined) written.set(path, object.body);
      }
      return answer;
    },
    receive(most: number) {
      const found = messages.receive(QUEUE, most, VISIBILITY_SECONDS);
      const received = found.map(({ receipt, body }) => ({ ReceiptHandle: receipt, Body: body }));
      delivered.push(...received);
      return received;
    },
    remove(receipt: string) {
      messages.remove(QUEUE, receipt);
      removed.push(receipt);
    },
    /** Sends a message that was deleted once more. */
    bringBack(random: Random) {
      const receipt = removed[random.below(removed.length)];
      const message = delivered.find(({ ReceiptHandle }) => ReceiptHandle === receipt);
      if (message !== undefined) messages.send(QUEUE, message.Body, 'register-id');
    },
    waiting: () => messages.waiting(QUEUE),
    /** By slot. */
    batches: () => under('ids/'),
    /** By hour and day. */
    summaries: () => under('summaries/'),
  };
}

const NONE: readonly (readonly [string, string])[] = [];
