import {
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterEach, expect, test } from 'vitest';
import type { LocalDrop } from '../local/drop.ts';
import { clientsOf, startSmall, type Template } from './local-fixture.ts';

let drop: LocalDrop;
afterEach(() => drop.close());

const DAY = 86_400_000;
let now = Date.parse('2026-11-22T11:25:00Z');
const clock = { now: () => now };

async function open(change?: (template: Template) => void) {
  drop = await startSmall({ clock }, change);
  const { sqs, queueUrl: QueueUrl } = await clientsOf(drop);
  return {
    sqs,
    QueueUrl,
    send: (MessageBody: string) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody })),
    receive: async (most = 10, WaitTimeSeconds = 1) => {
      const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: most, WaitTimeSeconds });
      return (await sqs.send(command)).Messages ?? [];
    },
    remove: (ReceiptHandle = '') => sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })),
  };
}

/** The sweep runs several times a second. */
const swept = (done: () => boolean) => expect.poll(done, { timeout: 5000 }).toBe(true);

test('a message is received, hidden for its visibility timeout, and deleted by its last receipt only', async () => {
  const queue = await open();
  await queue.send('hello');
  const [first] = await queue.receive();
  expect(first?.Body).toBe('hello');
  now += 59_000;
  expect(await queue.receive()).toEqual([]);
  now += 1000;
  const [second] = await queue.receive();
  expect(second?.MessageId).toBe(first?.MessageId);
  await queue.remove(first?.ReceiptHandle);
  expect(drop.waiting()).toBe(1);
  await queue.remove(second?.ReceiptHandle);
  expect(drop.waiting()).toBe(0);
});

test("a message keeps its request's X-Ray header as AWSTraceHeader, and has none without", async () => {
  const { sqs, send, receive, remove } = await open();
  await send('bare');
  const trace = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0';
  sqs.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers['X-Amzn-Trace-Id'] = trace;
      return next(args);
    },
    { step: 'build', name: 'trace' },
  );
  await send('traced');
  const received = await receive();
  const found = received.map(({ Body, Attributes }) => [Body, Attributes?.AWSTraceHeader]);
  expect(found.toSorted()).toEqual([
    ['bare', undefined],
    ['traced', trace],
  ]);
  for (const { ReceiptHandle } of received) await remove(ReceiptHandle);
  expect(drop.waiting()).toBe(0);
});

test('batches of ten are sent, received in no order of theirs, and deleted', async () => {
  const { sqs, QueueUrl, receive } = await open();
  const sent = Array.from({ length: 100 }, (_, i) => String(i));
  for (let at = 0; at < 100; at += 10) {
    const Entries = sent.slice(at, at + 10).map((MessageBody) => ({ Id: MessageBody, MessageBody }));
    expect((await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))).Successful).toHaveLength(10);
  }
  const got = [];
  for (let found = await receive(); found.length > 0; found = await receive()) got.push(...found);
  expect(got.map(({ Body }) => Body).toSorted()).toEqual(sent.toSorted());
  expect(got.map(({ Body }) => Body)).not.toEqual(sent); // by chance: 1 in 100!
  for (let at = 0; at < 100; at += 10) {
    const Entries = got.slice(at, at + 10).map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
  expect(drop.waiting()).toBe(0);
});

test('a long poll ends with the message that comes meanwhile, a short one may miss what is there', async () => {
  const queue = await open();
  const poll = queue.receive(10, 20);
  await queue.send('late');
  expect(await poll).toHaveLength(1);
  now += 60_000;
  const short = new Set<number>();
  for (let i = 0; i < 200; i += 1) {
    short.add((await queue.receive(1, 0)).length);
    now += 60_000;
  }
  expect(short).toEqual(new Set([0, 1])); // all alike by chance: 1 in 2^199
});

test('a long poll whose caller hangs up takes no message', async () => {
  const { sqs, QueueUrl, send, receive } = await open();
  const abortSignal = AbortSignal.timeout(200);
  const command = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 });
  await expect(sqs.send(command, { abortSignal })).rejects.toThrow();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await send('kept');
  expect(await receive()).toHaveLength(1);
});

test('messages end after the retention of the template, and uploads after their days and the next midnight', async () => {
  const queue = await open();
  await queue.send('old');
  const { s3, bucket } = await clientsOf(drop);
  const { PutObjectCommand } = await import('@aws-sdk/client-s3');
  for (const Key of ['uploads/1', 'ids/1']) {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x', IfNoneMatch: '*' }));
  }
  now += 14 * DAY - 1000;
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect([drop.waiting(), drop.objects('').length]).toEqual([1, 2]);
  now += 1000;
  await swept(() => drop.waiting() === 0);
  expect(drop.objects('')).toHaveLength(2);
  now = Math.ceil(now / DAY) * DAY;
  await swept(() => drop.objects('uploads/').length === 0);
  expect(drop.objects('')).toHaveLength(1); // the template has no rule for the other
});

test('what a role may not do, or the local drop does not do, is refused', async () => {
  const { sqs, QueueUrl, send, receive } = await open((template) => {
    template.Resources.Role.Properties.Policies[0].PolicyDocument.Statement[1].Action = 'sqs:SendMessage';
  });
  await send('x');
  await expect(receive()).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(sqs.send(new PurgeQueueCommand({ QueueUrl }))).rejects.toMatchObject({ name: 'UnsupportedOperation' });
  const delayed = new SendMessageCommand({ QueueUrl, MessageBody: 'x', DelaySeconds: 5 });
  await expect(sqs.send(delayed)).rejects.toMatchObject({ name: 'UnsupportedOperation' });
  const elsewhere = new SendMessageCommand({ QueueUrl: `${QueueUrl}x`, MessageBody: 'x' });
  await expect(sqs.send(elsewhere)).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  expect(drop.waiting()).toBe(1);
});

test('nobody gets at the queue without a signature', async () => {
  const { QueueUrl } = await open();
  const answer = await fetch(new URL(QueueUrl).origin, {
    method: 'POST',
    headers: { 'x-amz-target': 'AmazonSQS.SendMessage', 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify({ QueueUrl, MessageBody: 'x' }),
  });
  expect([answer.status, drop.waiting()]).toEqual([403, 0]);
});
