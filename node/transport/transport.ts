import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { addAbortSignal } from 'node:stream';
import { Client, type Dispatcher } from 'undici';
import {
  checkHost,
  checkLoopback,
  checkPublic,
  isLoopback,
  isOnion,
  LIMITS,
  portOf,
  type Transport,
} from '../../core/drop/transport.ts';
import { RefusedAddress, TransportFault } from '../../core/drop/transport-fault.ts';
import { release } from '../../core/letter/release.ts';
import { deadline } from './deadline.ts';
import { secure } from './tls.ts';

/**
 * Opens a connection for one request to a URL, TLS included where the URL has it. It ends when the signal is aborted.
 *
 * @internal
 */
export type Connect = (url: URL, signal: AbortSignal) => Promise<Socket>;

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
    socket.setTimeout(patience, () => socket.destroy(new TransportFault('the drop fell silent: try again later')));
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
  throw new TransportFault('the drop gives an answer without an end: try again later');
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
