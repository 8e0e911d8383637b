import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { DeleteMessageBatchCommand, ReceiveMessageCommand, type ReceiveMessageResult } from '@aws-sdk/client-sqs';
import { LINE_BYTES } from '../wire/sizes.ts';
import { slotBefore } from '../wire/slot.ts';
import { SUMMARIES_PREFIX } from '../wire/summary.ts';
import { type Breakage, refusal } from './publisher-calls.ts';
import type { Otherwise } from './publisher-history.ts';

/** Hides the batches that `isHidden` says, by their slot and the one that is published. */
const blind =
  (isHidden: (slot: string, own: string) => boolean): Breakage =>
  (send) => {
    let own: string | undefined; // the first one read is the one before it
    return (command) => {
      if (!(command instanceof GetObjectCommand)) return send(command);
      const slot = command.input.Key!.slice('ids/'.length);
      own ??= slotBefore(slot, -1);
      return isHidden(slot, own) ? Promise.reject(refusal(404)) : send(command);
    };
  };

/** Changes what is written. */
const writing =
  (change: (input: PutObjectCommand['input']) => PutObjectCommand['input']): Breakage =>
  (send) =>
  (command) =>
    send(command instanceof PutObjectCommand ? new PutObjectCommand(change(command.input)) : command);

const bodyOf = ({ Body }: PutObjectCommand['input']) => Buffer.from(Body as Buffer);

/** Publishers and readers that are wrong on purpose, and what each of them breaks. */
export const BREAKAGES: [what: string, Otherwise, breaks: string][] = [
  [
    'deletes what it receives before it writes',
    {
      breakage: (send, world) => async (command) => {
        const answer = await send(command);
        const { Messages = [] } = command instanceof ReceiveMessageCommand ? (answer as ReceiveMessageResult) : {};
        for (const { ReceiptHandle } of Messages) world.remove(ReceiptHandle!);
        return answer;
      },
    },
    'a sealed id was lost',
  ],
  ['does not look back', { breakage: blind((slot, own) => slot < own) }, 'a line was published twice'],
  ['does not look ahead', { breakage: blind((slot, own) => slot > own) }, 'a line was published twice'],
  [
    'takes a batch that cannot be read for one that is not there',
    {
      breakage: (send) => (command) =>
        send(command).catch((error) => {
          throw command instanceof GetObjectCommand ? refusal(404) : error;
        }),
    },
    'a line was published twice',
  ],
  [
    'takes a batch that is denied for one that is not there',
    {
      breakage: (send) => (command) =>
        send(command).catch((error) => {
          const isDenied = command instanceof GetObjectCommand && error.$metadata?.httpStatusCode === 403;
          throw isDenied ? refusal(404) : error;
        }),
    },
    'a line was published twice',
  ],
  [
    'deletes nothing when it could not write',
    {
      breakage: (send) => {
        let isWritten = true;
        return async (command) => {
          if (command instanceof PutObjectCommand) isWritten = false;
          if (!isWritten && command instanceof DeleteMessageBatchCommand) return {};
          const answer = await send(command);
          isWritten ||= command instanceof PutObjectCommand;
          return answer;
        };
      },
    },
    'a line was published twice',
  ],
  [
    'writes over a batch that is there',
    { breakage: writing(({ IfNoneMatch: _, ...input }) => input) },
    'a batch was changed',
  ],
  [
    'takes the batch that it meets for its own',
    {
      breakage: (send) => (command) =>
        send(command).catch((error) => {
          if (command instanceof PutObjectCommand && error.$metadata?.httpStatusCode === 412) return {};
          throw error;
        }),
    },
    'a sealed id was lost',
  ],
  [
    'takes a write without an answer for none, and writes to the next slot',
    {
      breakage: (send) => (command) =>
        send(command).catch((error) => {
          if (!(command instanceof PutObjectCommand) || error.$metadata?.httpStatusCode !== 503) throw error;
          const next = slotBefore(command.input.Key!.slice('ids/'.length), -1);
          return send(new PutObjectCommand({ ...command.input, Key: `ids/${next}` }));
        }),
    },
    'a line was published twice',
  ],
  [
    'never deletes',
    {
      breakage: (send) => (command) =>
        command instanceof DeleteMessageBatchCommand ? Promise.resolve({}) : send(command),
    },
    'something still waits',
  ],
  [
    'leaves out a line',
    { breakage: writing((input) => ({ ...input, Body: bodyOf(input).subarray(LINE_BYTES) })) },
    'a batch has no rung of lines',
  ],
  [
    'writes a line with a blank',
    { breakage: writing((input) => ({ ...input, Body: bodyOf(input).fill(' ', 3, 4) })) },
    'a line is no sealed id',
  ],
  [
    'has another line in a summary',
    {
      breakage: writing((input) => {
        if (!input.Key!.startsWith(SUMMARIES_PREFIX)) return input;
        const body = bodyOf(input);
        body[body.length - 1]! ^= 1;
        return { ...input, Body: body };
      }),
    },
    'a summary has what its batches have not',
  ],
  [
    'tries a summary once',
    {
      breakage: (send) => {
        let hasTried = false;
        return (command) => {
          if (!(command instanceof HeadObjectCommand)) return send(command);
          const again = hasTried;
          hasTried = true;
          return again ? Promise.resolve({}) : send(command);
        };
      },
    },
    'a summary was never written',
  ],
  ['reads with an overlap of one batch', { after: (slot) => slotBefore(slot, -11) }, 'a reader missed a batch'],
  [
    'runs beside another one, for another slot, with the same sealed id in hand',
    { sharing: true },
    'a line was published twice',
  ],
];
