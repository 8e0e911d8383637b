import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** SQS hands over and deletes at most ten messages a request. */
const MESSAGES_PER_REQUEST = 10;

/** Requests under way at a time, at most. */
const WIDTH_MAX = 32;

/**
 * Rounds of long polls in a row with fewer messages than requests, after which the queue counts as empty. One empty
 * answer proves nothing; and to wait until none comes at all could take for ever, as decoys never end.
 */
const SPARSE_ROUNDS = 2;

/**
 * Receives what waits, until the queue is empty, `most` messages are there (give or take one round) or the time is
 * up. A fault ends the drain and keeps what was received: the rest is still in the queue.
 *
 * @param receive - called with each message
 * @param isLate - whether the time is up, after which no further round starts
 * @returns the faults
 */
export async function drain(
  sqs: SQSClient,
  queueUrl: string,
  most: number,
  isLate: () => boolean,
  receive: (message: Message) => void,
): Promise<unknown[]> {
  const ask = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: MESSAGES_PER_REQUEST,
    WaitTimeSeconds: 1, // a long poll asks all of SQS's servers, a short one a sample of them
  });
  let [received, width, sparse] = [0, 1, 0];
  while (received < most && sparse < SPARSE_ROUNDS && !isLate()) {
    const answers = await Promise.allSettled(Array.from({ length: width }, () => sqs.send(ask)));
    let round = 0;
    for (const answer of answers) {
      for (const message of answer.status === 'fulfilled' ? (answer.value.Messages ?? []) : []) {
        receive(message);
        round += 1;
      }
    }
    const faults = reasons(answers);
    if (faults.length > 0) return faults;
    received += round;
    sparse = round < width ? sparse + 1 : 0;
    if (sparse === 0) width = Math.min(width * 2, WIDTH_MAX);
  }
  return [];
}

/**
 * Deletes messages by their receipts. One that cannot be deleted comes back later, and is known then.
 *
 * @returns the faults
 */
export async function remove(sqs: SQSClient, queueUrl: string, receipts: Iterable<string>): Promise<unknown[]> {
  const faults: unknown[] = [];
  let [requests, entries]: [Promise<object>[], { Id: string; ReceiptHandle: string }[]] = [[], []];
  const request = () => {
    requests.push(sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries })));
    entries = [];
  };
  for (const ReceiptHandle of receipts) {
    entries.push({ Id: String(entries.length), ReceiptHandle });
    if (entries.length === MESSAGES_PER_REQUEST) request();
    if (requests.length < WIDTH_MAX) continue;
    faults.push(...reasons(await Promise.allSettled(requests)));
    requests = [];
  }
  if (entries.length > 0) request();
  faults.push(...reasons(await Promise.allSettled(requests)));
  return faults;
}

/** Why requests failed, as a whole or for some of their messages. */
function reasons(results: readonly PromiseSettledResult<{ Failed?: unknown[] } | object>[]): unknown[] {
  return results.flatMap((result) => {
    if (result.status === 'rejected') return [result.reason];
    return 'Failed' in result.value && result.value.Failed?.length ? [new Error('SQS kept some messages')] : [];
  });
}
