import { checkOnion, type DropAnswer, type DropRequest, LIMITS, type Transport } from '../core/drop/transport.ts';
import { TransportFault } from '../core/drop/transport-fault.ts';
import { concat } from '../wire/bytes.ts';

const SILENT = 'the drop fell silent: try again later';
const UNREACHABLE = 'the drop cannot be reached: try again later';

/** Nothing of who asks, of what was asked before, or of what is kept. */
const BARE = {
  cache: 'no-store',
  credentials: 'omit',
  mode: 'cors',
  redirect: 'error',
  referrerPolicy: 'no-referrer',
} as const;

/** The way to the drop at a URL. @throws RefusedAddress for one that is no onion service */
export function transportTo(url: URL): Transport {
  checkOnion(url);
  return fetchTransport(checkOnion);
}

/**
 * Makes a transport of the browser's `fetch`, which puts in no head that would have to be asked for beforehand. The onion
 * front makes PUT of POST, and puts in the heads of an upload.
 *
 * @param check - throws RefusedAddress for a URL that must not be contacted
 */
export function fetchTransport(check: (url: URL) => void): Transport {
  return async (request) => {
    check(request.url);
    const asked = askedOf(request);
    request.signal?.throwIfAborted();
    return inTurn(() => ask(request, asked), request.signal);
  };
}

/** @throws TypeError for what the front takes from no page */
function askedOf({ method, headers, body }: DropRequest): RequestInit {
  if (method === 'PUT') return { method: 'POST', headers: { 'content-type': 'text/plain' }, body: bodyOf(body) };
  const isPlain = method === 'GET' && Object.keys(headers).every((name) => name.toLowerCase() === 'range');
  if (!isPlain) throw new TypeError('a page sends no such request');
  return { method, headers };
}

function bodyOf(body: Uint8Array = new Uint8Array()): Uint8Array<ArrayBuffer> {
  return body as Uint8Array<ArrayBuffer>; // no other memory is shared here
}

async function ask({ url, body, answerMaxBytes, signal }: DropRequest, asked: RequestInit): Promise<DropAnswer> {
  const over = new AbortController();
  const endIn = (milliseconds: number, why: string) =>
    setTimeout(() => over.abort(new TransportFault(why)), milliseconds);
  const patience = LIMITS.silenceMilliseconds + ((body?.length ?? 0) / LIMITS.slowestBytesPerSecond) * 1000;
  let silence = endIn(patience, SILENT);
  const listen = () => {
    clearTimeout(silence);
    silence = endIn(patience, SILENT);
  };
  const whole = endIn(LIMITS.requestMilliseconds, UNREACHABLE);
  try {
    const ends = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
    const answer = await fetch(url, { ...BARE, ...asked, signal: ends });
    const read = await readAnswer(answer, answerMaxBytes, listen);
    return { status: answer.status, body: read, headers: Object.fromEntries(answer.headers) };
  } catch (error) {
    signal?.throwIfAborted();
    over.signal.throwIfAborted();
    // A TypeError, for whatever went wrong, a front that lets no page in among it: not to be taken for our own fault.
    throw error instanceof TransportFault ? error : new TransportFault(UNREACHABLE);
  } finally {
    clearTimeout(silence);
    clearTimeout(whole);
  }
}

/** Reads an answer to its end, or to the limit. @param listen - called for its head and each part */
async function readAnswer({ body, headers }: Response, maxBytes: number, listen: () => void): Promise<Uint8Array> {
  listen();
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body ?? []) {
    listen();
    length += part.length;
    parts.push(part);
    if (length >= maxBytes) return concat(parts).subarray(0, maxBytes); // which ends it
  }
  // Browsers take the end of a connection for the end of an answer. That of one in chunks they look for themselves.
  const said = headers.get('content-length');
  if (said !== null && Number(said) !== length) throw new TransportFault(UNREACHABLE);
  return concat(parts);
}

let last: Promise<unknown> = Promise.resolve();

/** One request at a time, in the order in which they come: a front has places for few of one circuit, and a page has one. */
function inTurn<T>(request: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const leave = () => reject(signal!.reason);
  signal?.addEventListener('abort', leave, { once: true });
  last = last
    .then(() => {
      signal?.throwIfAborted();
      return request();
    })
    .then(resolve, reject)
    .finally(() => signal?.removeEventListener('abort', leave));
  return promise;
}
