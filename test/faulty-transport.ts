import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { Transport } from '../core/drop/transport.ts';
import { loopback } from '../node/transport/transport.ts';

/** What becomes of a request on its way. A number is a status that is answered in the drop's place. */
export type Fate = 'pass' | 'lost' | 'answer lost' | 'answer cut' | 'body cut' | number;

/** A request as the transport sees it. `tries` counts those with the same method and path, this one included. */
export interface Passer {
  readonly method: string;
  readonly url: URL;
  readonly tries: number;
}

/**
 * A transport over real sockets through a proxy that loses, cuts and answers as it is told.
 *
 * @param fate - decides for each request; it may also do something at that moment
 */
export async function faultyTransport(fate: (passer: Passer) => Fate | Promise<Fate>): Promise<Transport> {
  const counts = new Map<string, number>();
  const server = createServer(async (incoming, answer) => {
    incoming.on('error', () => {});
    const url = new URL(decodeURIComponent(incoming.url!.slice(1)));
    const name = `${incoming.method} ${url.pathname}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    const what = await fate({ method: incoming.method!, url, tries: counts.get(name)! });
    await carry(what, url, incoming, answer).catch(() => answer.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const transport = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return (asked) => loopback({ ...asked, url: new URL(transport + encodeURIComponent(asked.url.href)) });
}

async function carry(fate: Fate, url: URL, incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
  if (fate === 'lost') return void answer.destroy();
  const body = await buffer(incoming);
  if (typeof fate === 'number') return void answer.writeHead(fate).end();
  const { host: _, connection: __, ...headers } = incoming.headers;
  const onward = request(url, { method: incoming.method!, headers });
  if (fate === 'body cut') {
    onward.on('error', () => {});
    onward.write(body.subarray(0, body.length / 2), () => onward.destroy());
    return void answer.destroy();
  }
  const back = await new Promise<IncomingMessage>((resolve, reject) => {
    onward.on('response', resolve).on('error', reject).end(body);
  });
  const content = await buffer(back);
  if (fate === 'answer lost') return void answer.destroy();
  const { etag } = back.headers;
  answer.writeHead(back.statusCode!, { 'content-length': content.length, ...(etag === undefined ? {} : { etag }) });
  if (fate === 'pass') return void answer.end(content);
  answer.write(content.subarray(0, content.length / 2), () => answer.destroy());
}
