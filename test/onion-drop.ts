import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { sealDecoy } from '../lambdas/seal-decoy.ts';
import { formatSealedId } from '../wire/sealed-id.ts';
import { UPLOAD_HEADERS } from '../wire/upload-id.ts';
import { listOfKeys } from './list-xml.ts';
import { type SocksFaults, type SocksServer, socksServer } from './socks-server.ts';

/** An .onion address as it must look. Nobody has its key. */
export const ONION = `http://${'a'.repeat(55)}d.onion`;

const SLOT = '2026-11-22T11:25:00Z';

/**
 * A SOCKS server behind which there is a drop at ONION, as far as a client can tell: it takes cells, publishes at once
 * what is registered, and is gone when the test ends. No Tor is involved, so that its faults can be chosen.
 */
export async function onionDrop(faults: SocksFaults = {}): Promise<SocksServer> {
  const [cells, lines]: [Map<string, Buffer>, string[]] = [new Map(), []];
  let next = 0;
  const answer = async (request: IncomingMessage): Promise<[number, (string | Buffer)?]> => {
    const path = request.url!.replace(/\?.*/, '');
    const body = await buffer(request);
    if (path === '/upload-url') {
      const id = Buffer.alloc(32, ++next).toString('base64url');
      return [200, JSON.stringify({ id, url: `https://s3.example/uploads/${id}?sig`, headers: UPLOAD_HEADERS })];
    }
    if (request.method === 'PUT' && path === '/register-id') {
      lines.push(formatSealedId(body));
      return [204];
    }
    if (request.method === 'PUT') {
      cells.set(path, body);
      return [200];
    }
    if (path === '/') return [200, listOfKeys(lines.length === 0 ? [] : [`ids/${SLOT}`])];
    if (path === `/ids/${SLOT}`) {
      const rest = Array.from({ length: 8 - lines.length }, () => formatSealedId(sealDecoy()));
      return [206, [...lines, ...rest].map((line) => `${line}\n`).join('')];
    }
    const cell = cells.get(path);
    return cell === undefined ? [403] : [200, cell];
  };
  const server = createServer((request, response) => {
    answer(request).then(
      // As S3 says it of a cell: with an ETag, and no body.
      ([status, body]) => response.writeHead(status, body === undefined ? { etag: '"0"' } : {}).end(body),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return socksServer((server.address() as { port: number }).port, faults);
}
