import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Allows, Caller } from './access.ts';
import type { Messages, Received } from './messages.ts';
import { Refusal } from './request.ts';
import type { Queue } from './stack.ts';

/** The fields of a request, in JSON. */
export type Fields = Record<string, unknown>;

const ACTIONS: Record<string, string> = {
  SendMessage: 'sqs:SendMessage',
  SendMessageBatch: 'sqs:SendMessage',
  ReceiveMessage: 'sqs:ReceiveMessage',
  DeleteMessage: 'sqs:DeleteMessage',
  DeleteMessageBatch: 'sqs:DeleteMessage',
  GetQueueAttributes: 'sqs:GetQueueAttributes',
};

/** Quotas of SQS. */
const [BATCH_MAX, WAIT_MAX_SECONDS, VISIBILITY_MAX_SECONDS, IN_FLIGHT_MAX] = [10, 20, 43_200, 120_000];

/** How often a long poll looks: what is sent or comes back meanwhile is found within this time. */
const LOOK_MILLISECONDS = 50;

/** The IAM action of an SQS operation. @throws Refusal for what a drop does not use */
export function sqsAction(operation: string): string {
  const action = Object.hasOwn(ACTIONS, operation) ? ACTIONS[operation] : undefined;
  if (action === undefined) throw new Refusal(501, 'UnsupportedOperation', `The local drop does not do ${operation}.`);
  return action;
}

/**
 * Does what a request to SQS asks for, if the policies let it.
 *
 * @param gone - aborted when whoever asked has hung up: nothing may be handed to nobody
 * @param trace - the request's X-Ray header, which stays with what it sends ("Amazon SQS and AWS X-Ray" in X-Ray's guide)
 * @throws Refusal
 */
export async function answerSqs(
  operation: string,
  fields: Fields,
  caller: Caller,
  queue: Queue,
  messages: Messages,
  allows: Allows,
  gone: AbortSignal,
  trace?: string,
): Promise<object> {
  const { arn: resource, policy } = queue;
  if (!(await allows({ caller, action: sqsAction(operation), resource, policy, context: {} }))) {
    throw new Refusal(403, 'AccessDenied', 'Access to the resource is denied.');
  }
  const sender = caller === undefined ? 'anonymous' : `${caller.role.name}:${caller.session}`;
  switch (operation) {
    case 'SendMessage':
      return send(fields, queue, messages, sender, trace);
    case 'SendMessageBatch':
      return messages.together(() => each(fields, (entry) => send(entry, queue, messages, sender, trace)));
    case 'ReceiveMessage':
      return { Messages: (await receive(fields, queue, messages, gone)).map(asMessage) };
    case 'DeleteMessage':
      return remove(fields, queue, messages);
    case 'DeleteMessageBatch':
      return messages.together(() => each(fields, (entry) => remove(entry, queue, messages)));
    default: {
      const [all, hidden] = [messages.waiting(queue.name), messages.inFlight(queue.name)];
      const counts = { ApproximateNumberOfMessages: all - hidden, ApproximateNumberOfMessagesNotVisible: hidden };
      return { Attributes: Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)])) };
    }
  }
}

function send(fields: Fields, queue: Queue, messages: Messages, sender: string, trace?: string): object {
  only(fields, 'Id', 'QueueUrl', 'MessageBody');
  const body = text(fields, 'MessageBody');
  // What XML 1.0 cannot hold, SQS does not take.
  if (body === '' || /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(body))
    throw invalid('MessageBody');
  if (Buffer.byteLength(body) > queue.messageBytes) throw invalid('the length of MessageBody');
  return { MessageId: messages.send(queue.name, body, sender, trace), MD5OfMessageBody: md5(body) };
}

async function receive(fields: Fields, queue: Queue, messages: Messages, gone: AbortSignal): Promise<Received[]> {
  only(
    fields,
    'QueueUrl',
    'MaxNumberOfMessages',
    'WaitTimeSeconds',
    'VisibilityTimeout',
    'MessageSystemAttributeNames',
  );
  const most = integer(fields, 'MaxNumberOfMessages', 1, BATCH_MAX, 1);
  const seconds = integer(fields, 'VisibilityTimeout', 0, VISIBILITY_MAX_SECONDS, queue.visibilitySeconds);
  const wait = integer(fields, 'WaitTimeSeconds', 0, WAIT_MAX_SECONDS, queue.waitSeconds);
  const end = performance.now() + wait * 1000;
  // A short poll asks a sample of SQS's servers, and may well miss what the others have.
  const share = wait === 0 ? Math.floor(Math.random() * (most + 1)) : most;
  for (;;) {
    if (gone.aborted) return [];
    const isFull = messages.inFlight(queue.name) + share > IN_FLIGHT_MAX;
    if (isFull && wait === 0) throw new Refusal(403, 'OverLimit', 'Too many messages are in flight.');
    const found = isFull ? [] : messages.receive(queue.name, share, seconds);
    if (found.length > 0 || performance.now() >= end) return found;
    await sleep(LOOK_MILLISECONDS);
  }
}

function remove(fields: Fields, queue: Queue, messages: Messages): object {
  only(fields, 'Id', 'QueueUrl', 'ReceiptHandle');
  messages.remove(queue.name, text(fields, 'ReceiptHandle'));
  return {};
}

function each(fields: Fields, act: (entry: Fields) => object): object {
  only(fields, 'QueueUrl', 'Entries');
  const entries = fields.Entries;
  if (!Array.isArray(entries) || entries.length === 0)
    throw new Refusal(400, 'EmptyBatchRequest', 'There are no entries.');
  if (entries.length > BATCH_MAX) throw new Refusal(400, 'TooManyEntriesInBatchRequest', 'There are over 10 entries.');
  const ids = entries.map((entry) => (typeof entry === 'object' && entry !== null ? text(entry, 'Id') : ''));
  if (new Set(ids).size < ids.length) throw new Refusal(400, 'BatchEntryIdsNotDistinct', 'Two entries share an id.');
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const [i, Id] of ids.entries()) {
    try {
      Successful.push({ Id, ...act(entries[i]) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      Failed.push({ Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { Successful, Failed };
}

function asMessage({ id, receipt, body, sender, sent, received, first, trace }: Received): object {
  const Attributes = {
    SenderId: sender,
    SentTimestamp: String(sent),
    ApproximateReceiveCount: String(received),
    ApproximateFirstReceiveTimestamp: String(first),
    ...(trace !== null && { AWSTraceHeader: trace }),
  };
  return { MessageId: id, ReceiptHandle: receipt, Body: body, MD5OfBody: md5(body), Attributes };
}

function only(fields: Fields, ...known: string[]): void {
  const other = Object.keys(fields).find((name) => !known.includes(name));
  if (other !== undefined) throw new Refusal(501, 'UnsupportedOperation', `The local drop does not know ${other}.`);
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw invalid(name);
  return value;
}

function integer(fields: Fields, name: string, least: number, most: number, otherwise: number): number {
  const value = fields[name] ?? otherwise;
  if (!Number.isInteger(value) || Number(value) < least || Number(value) > most) throw invalid(name);
  return Number(value);
}

const invalid = (name: string) => new Refusal(400, 'InvalidParameterValue', `${name} is invalid.`);

const md5 = (body: string) => createHash('md5').update(body).digest('hex');
