import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { addAbortSignal } from 'node:stream';
import { Client, type Dispatcher } from 'undici';
import { release } from '../sodium/release.ts';
import { deadline } from './deadline.ts';
import { RefusedAddress, RoadFault } from './road-fault.ts';
import { secure } from './tls.ts';

/** One request to the drop. */
export interface DropRequest {
  /** `POST` and `DELETE` are for an audit, which looks whether they are refused. */
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** It may be another one's when the answer is there. */
  readonly body?: Uint8Array;
  /** No more of an answer is read than this. */
  readonly answerMaxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** What the drop answered, read to its end or to the limit. */
export interface DropAnswer {
  readonly status: number;
  readonly body: Uint8Array;
  /** By name in lower case. An audit looks at them, and an upload at its ETag; a transport need not tell. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** The one way to the drop. Rejects when there was no complete answer, and then nothing is known of the request. */
export type Transport = (request: DropRequest) => Promise<DropAnswer>;

/**
 * Opens a connection for one request to a URL, TLS included where the URL has it. It ends when the signal is aborted.
 *
 * @internal
 */
export type Connect = (url: URL, signal: AbortSignal) => Promise<Socket>;

/** How long things may take. */
const LIMITS = {
  /** How long nothing may move on a connection. */
  silenceMilliseconds: 120_000,
  /**
   * What a body is given on top of that, since it leaves for Tor's buffers at once and reaches the drop much later: a
   * cell, 1 MiB, gets four minutes and sixteen seconds.
   */
  slowestBytesPerSecond: 4096,
  /** A drop that sends a byte now and then holds nobody for longer. */
  requestMilliseconds: 1_800_000,
};

/** More of an answer's head is not read: presigned requests get some 500 bytes. */
const HEAD_MAX_BYTES = 16 * 1024;

/**
 * Makes a transport out of a way to connect. Each request has a connection of its own, follows no redirect, and says
 * `host`, `connection: close` and the headers that it is given, in this order, and nothing else.
 *
 * @internal
 * @param check - throws RefusedAddress for a URL that must not be contacted
 */
export function transportOver(check: (url: URL) => void, connect: Connect, limits = LIMITS): Transport {
  return async ({ method, url, headers, body, answerMaxBytes, signal }) => {
    check(url);
    using ended = deadline(limits.requestMilliseconds, signal);
    ended.signal.throwIfAborted();
    const socket = await connect(url, ended.signal);
    const patience = limits.silenceMilliseconds + ((body?.length ?? 0) / limits.slowestBytesPerSecond) * 1000;
    socket.setTimeout(patience, () => socket.destroy(new RoadFault('the drop fell silent: try again later')));
    const client = new Client(url.origin, {
      pipelining: 0, // the connection is not kept
      useMilo: false, // said, because the environment could choose another parser, and Node's options the next
      maxHeaderSize: HEAD_MAX_BYTES,
      headersTimeout: 0, // both would count while a body is still on its way
      bodyTimeout: 0,
      // Once, and later: undici takes no notice of what is called back at once.
      connect: (_, done) => queueMicrotask(() => (socket.destroyed ? done(new Ended(), null) : done(null, socket))),
    });
    try {
      const path = url.pathname + url.search;
      const answer = await client.request({ path, method, headers, body: body ?? null, signal: ended.signal });
      checkEnd(answer);
      const parts: Uint8Array[] = [];
      let length = 0;
      for await (const part of answer.body) {
        length += part.length;
        parts.push(part);
        if (length >= answerMaxBytes) break;
      }
      const read = Buffer.concat(parts, Math.min(length, answerMaxBytes));
      for (const part of parts) release(part);
      return { status: answer.statusCode, body: read, headers: answer.headers };
    } finally {
      await client.destroy();
      socket.destroy();
    }
  };
}

/**
 * An answer must say where it ends. One that goes on until the connection closes could have been cut off anywhere on the
 * way, and nobody would know.
 */
function checkEnd({ statusCode, headers }: Dispatcher.ResponseData): void {
  if (statusCode === 204 || statusCode === 304) return;
  if (headers['content-length'] !== undefined || headers['transfer-encoding'] === 'chunked') return;
  throw new RoadFault('the drop gives an answer without an end: try again later');
}

/** Thrown inside, where a connection ends before the request has left. */
class Ended extends Error {}

/** Speaks to a drop on this very machine, without Tor. Anything else is refused before a packet leaves. */
export const loopback: Transport = transportOver(checkLoopback, reach);

/**
 * Speaks to any drop from this machine's own address, which the drop and everybody on the way then see. Nothing
 * chooses this but somebody who asks for it.
 */
export const withoutTor: Transport = transportOver(checkWithoutTor, reach);

/** Whether a URL names a loopback address. Names do not count: they would have to be resolved. */
export function isLoopback(url: URL): boolean {
  return /^127(\.\d{1,3}){3}$/.test(url.hostname) || url.hostname === '[::1]';
}

/** Whether a URL leads to an onion service. With a dot at its end, too, which the name service would be asked for. */
export function isOnion(url: URL): boolean {
  return /\.onion\.?$/.test(url.hostname);
}

/** @throws RefusedAddress when the host's name ends in a dot: an onion service's would be asked of the name service */
export function checkHost({ hostname }: URL): void {
  if (!hostname.endsWith('.')) return;
  throw new RefusedAddress('a host name that ends in a dot is refused: write the address without that dot');
}

/** @throws RefusedAddress unless the URL is plain HTTP to a loopback address */
export function checkLoopback(url: URL): void {
  checkHost(url);
  if (url.protocol === 'http:' && isLoopback(url)) return;
  throw new RefusedAddress('a drop on this machine has an address like http://127.0.0.1:8787, and leads nowhere else');
}

/** @throws RefusedAddress unless the URL is HTTPS, without which whoever carries it reads and changes it */
export function checkPublic(url: URL): void {
  checkHost(url);
  if (url.protocol === 'https:' && !isLoopback(url)) return;
  throw new RefusedAddress('a drop that is not on this machine has an https:// or an .onion address');
}

function checkWithoutTor(url: URL): void {
  checkHost(url);
  // Asking the name service for it would tell everybody.
  if (isOnion(url)) throw new RefusedAddress('an .onion address exists within Tor only');
  if (!isLoopback(url)) checkPublic(url);
}

async function reach(url: URL, signal: AbortSignal): Promise<Socket> {
  const socket = connectTcp({ host: url.hostname.replace(/^\[|\]$/g, ''), port: portOf(url) });
  addAbortSignal(signal, socket);
  await once(socket, 'connect');
  return url.protocol === 'https:' ? secure(socket, url.hostname) : socket;
}

/** The port that a URL leads to. */
export function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === 'https:' ? 443 : 80));
}
