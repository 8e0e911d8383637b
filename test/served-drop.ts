import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { plainDrop } from './plain-drop.ts';

/**
 * A drop behind a port, for commands that are killed. Its answers take a moment, some longer than others.
 *
 * @param begun - told of each request that begins, by its key
 * @param most - milliseconds that an answer takes
 */
export async function servedDrop(begun: (key: string) => void, most = 60) {
  const drop = plainDrop();
  let open = 0;
  const server = createServer(async (incoming, answer) => {
    open += 1;
    await serve(incoming, answer).finally(() => (open -= 1));
  });
  const serve = async (incoming: IncomingMessage, answer: ServerResponse) => {
    const body = await buffer(incoming).catch(() => undefined);
    if (body === undefined) return; // its client was killed
    const url = new URL(incoming.url!, drop.url);
    begun(url.pathname.slice(1));
    const half = (Math.random() * most) / 2;
    await sleep(half);
    const asked = { method: incoming.method as 'GET' | 'PUT', url, headers: {}, body, answerMaxBytes: 2 ** 21 };
    const given = await drop.transport(asked);
    await sleep(half);
    const { port } = server.address() as AddressInfo;
    const content = Buffer.from(given.body)
      .toString('latin1')
      .replace(`${drop.url}/uploads`, `http://127.0.0.1:${port}/uploads`);
    const headers = { 'content-length': Buffer.byteLength(content, 'latin1'), etag: '"0"' };
    answer.writeHead(given.status, headers).end(Buffer.from(content, 'latin1'));
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    ...drop,
    here: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Waits until what a killed command had sent has arrived, or has not. */
    async settled() {
      await sleep(100);
      while (open > 0) await sleep(10);
    },
  };
}
