import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestDrop } from './drop.ts';

/** What stands before a drop as an onion front does, for who comes through the SOCKS port. */
export async function openFront(drop: TestDrop, atEnd: (close: () => void) => void) {
  let held: (() => void) | undefined;
  const server = createServer((incoming, answer) => {
    const isUpload = incoming.url!.includes('X-Amz-Signature');
    if (isUpload && held !== undefined) {
      held();
      held = undefined;
      return; // it is answered by nobody
    }
    hand(incoming, answer, new URL(isUpload ? drop.storage : drop.url));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    /** Leaves the next upload without an answer, and says when it has come. */
    holdNextUpload(come: () => void) {
      held = come;
    },
  };
}

/** Hands a request on, under the host's own name, for which upload URLs are signed. */
function hand(incoming: IncomingMessage, answer: ServerResponse, { hostname, port, host }: URL): void {
  const { method, url: path, headers } = incoming;
  const onward = request({ method, path, hostname, port, headers: { ...headers, host } }, (response) => {
    answer.writeHead(response.statusCode!, response.headers);
    response.pipe(answer);
  });
  onward.on('error', () => answer.destroy());
  incoming.pipe(onward);
}
