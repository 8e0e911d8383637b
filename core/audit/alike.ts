import { latin1 } from '../../wire/bytes.ts';
import type { DropAnswer } from '../drop/transport.ts';

/** Headers that differ from answer to answer: when it was, and a number by which the host finds a request. */
export const VARYING = ['date', 'apigw-requestid', 'x-amz-request-id', 'x-amz-id-2', 'x-amzn-requestid'];

/** How an answer is carried. */
const CARRIED = ['connection', 'content-length', 'keep-alive', 'transfer-encoding'];

/** Whether two answers say the same, but for the time and the host's own numbers of requests. */
export function alike(one: DropAnswer, other: DropAnswer): boolean {
  return one.status === other.status && told(one) === told(other);
}

function told({ headers = {}, body }: DropAnswer): string {
  const kept = Object.entries(headers).filter(([name]) => ![...VARYING, ...CARRIED].includes(name));
  const text = latin1(body)
    .replace(/<(RequestId|HostId)>[^<]*<\/\1>/g, '')
    // By which a list of more than a page goes on: the host's own words, which may be others each time.
    .replace(/<((?:Next)?ContinuationToken)>[^<]*<\/\1>/g, '')
    // Of two missing things each is named in its own answer, as whoever asked named it.
    .replace(/<(Key|Resource|BucketName)>[^<]*<\/\1>/g, '');
  return JSON.stringify([kept.sort(), text]);
}
