import { Agent, request } from 'undici';

/** One request to the drop. */
export interface DropRequest {
  readonly method: 'GET' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** No more of an answer is read than this. */
  readonly answerMaxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** What the drop answered, read to its end or to the limit. */
export interface DropAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

/** The one way to the drop. Rejects when there was no complete answer, and then nothing is known of the request. */
export type Transport = (request: DropRequest) => Promise<DropAnswer>;

/** Thrown for a drop that this transport must not contact. Trying again is of no use. */
export class RefusedAddress extends Error {}

/** How long the drop may be silent. */
const SILENCE_MILLISECONDS = 120_000;

/**
 * Speaks to a drop on this very machine, without Tor. Anything else is refused before a packet leaves.
 *
 * Each request has a connection of its own, follows no redirect, and says nothing but what it is given.
 */
export const loopback: Transport = async ({ method, url, headers, body, answerMaxBytes, signal }) => {
  checkLoopback(url);
  const dispatcher = new Agent({
    pipelining: 0, // no connection is kept
    headersTimeout: SILENCE_MILLISECONDS,
    bodyTimeout: SILENCE_MILLISECONDS,
  });
  try {
    const answer = await request(url, { method, headers, body: body ?? null, dispatcher, signal: signal ?? null });
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of answer.body) {
      length += part.length;
      parts.push(part);
      if (length >= answerMaxBytes) break;
    }
    return { status: answer.statusCode, body: Buffer.concat(parts, Math.min(length, answerMaxBytes)) };
  } finally {
    await dispatcher.destroy();
  }
};

/** @throws RefusedAddress unless the URL names a loopback address. Names are refused: they would have to be resolved. */
export function checkLoopback(url: URL): void {
  if (url.protocol === 'http:' && (/^127(\.\d{1,3}){3}$/.test(url.hostname) || url.hostname === '[::1]')) return;
  throw new RefusedAddress(
    'only a drop on this machine, like http://127.0.0.1:8787, can be reached: without Tor, any other would learn who you are',
  );
}
