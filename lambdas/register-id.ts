import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { formatSealedId } from '../wire/sealed-id.ts';
import { SEALED_ID_BYTES } from '../wire/sizes.ts';
import { checkWork } from '../wire/work.ts';
import { untraced } from './untraced.ts';
import { askForWork, workBitsOf } from './work.ts';

const sqs = untraced(new SQSClient({}));

/** The fields of an HTTP API event (payload format 2.0) that are read here; the query only where work is asked for. */
interface HttpEvent {
  readonly stageVariables: { readonly queueUrl: string; readonly workBits?: string };
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly queryStringParameters?: { readonly work?: string };
}

/**
 * `PUT /register-id`: puts one sealed id into the queue.
 *
 * Only the decoded bytes count: the API hands over text or base64 by content type, and a client may send any.
 *
 * @returns 204; 400 with a fixed text when the body has not exactly 80 bytes; or 428 with a challenge where work is asked
 *   for and not proved. Only with 204 anything reaches the queue
 */
export async function handler(event: HttpEvent) {
  const sealed = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (sealed.length !== SEALED_ID_BYTES) {
    return { statusCode: 400, headers: { 'content-type': 'text/plain' }, body: 'the body must be 80 bytes' };
  }
  const now = new Date();
  const { queueUrl } = event.stageVariables;
  const bits = workBitsOf(event.stageVariables);
  if (bits > 0 && !checkWork('register-id', sealed, event.queryStringParameters?.work, bits, now)) {
    return askForWork(bits, now);
  }
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: formatSealedId(sealed) }));
  return { statusCode: 204 };
}
