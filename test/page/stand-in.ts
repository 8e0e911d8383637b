import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { openDrop, type TestDrop } from '../drop.ts';
import { proxyTo } from '../nginx.ts';
import { type SocksServer, socksServer } from '../socks-server.ts';

/** The address of the stand-in's onion service. Nobody has its key. */
export const ONION = `http://${'a'.repeat(55)}d.onion`;

/** A request as it came to the front, from a browser or a command. */
export interface Arrived {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** How many bytes of a body it said. */
  readonly bytes: number;
  /** What it was answered; undefined when the connection was cut. */
  status?: number;
}

/** A request as the front hands it on. */
export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Names and values, as they came. */
  readonly headers: readonly string[];
}

/** What stands in for the front at one request: an answer, or a connection that is cut. */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | 'cut';

/** What becomes of a request. Undefined lets it through. */
export type Decide = (asked: Arrived) => Fault | undefined | Promise<Fault | undefined>;

/** In place of the Tor network: one SOCKS port that leads every name to a real front before a local drop. */
export interface StandIn {
  readonly url: string;
  readonly socks: SocksServer;
  readonly drop: TestDrop;
  /** All that came to the front since the last look. */
  arrived(): Arrived[];
  /** What the drop and its storage were asked for since the last look, by the front. */
  asked(): Asked[];
  /** Has each request decided upon from now on. */
  fault(decide: Decide | undefined): void;
  close(): Promise<void>;
}

type AtEnd = (close: () => void | Promise<void>) => void;

/** What lets a page read an answer that is not the front's own, such as one of its Tor's. */
export const READABLE = { 'access-control-allow-origin': 'null' };

/** So long ago the drop's time begins: as it passes by slots, it comes no further than that of this machine. */
const BEGUN_MILLISECONDS = 6 * 3_600_000;

/**
 * Runs a drop, nginx before it as `dead-drop gateway` sets it up, and the SOCKS port that leads there.
 *
 * @param makePage - makes what the front serves at /, given the SOCKS port as commands have it
 */
export async function openStandIn(makePage?: (socks: string) => Promise<Uint8Array>): Promise<StandIn> {
  const closers: Parameters<AtEnd>[0][] = [];
  const close = async () => {
    for (const each of closers.reverse()) await each();
  };
  try {
    return { ...(await start(makePage, (each) => void closers.push(each))), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(makePage: Parameters<typeof openStandIn>[0], atEnd: AtEnd): Promise<Omit<StandIn, 'close'>> {
  const drop = await openDrop({ start: Date.now() - BEGUN_MILLISECONDS });
  atEnd(drop.close);
  const asked: Asked[] = [];
  const origins = await Promise.all([drop.url, drop.storage].map((url) => recorder(url, asked, atEnd)));
  let socketPath: string;
  const arrived: Arrived[] = [];
  let decide: Decide | undefined;
  const server = createServer(async (incoming, answer) => {
    const { method = '', url: path = '', headers } = incoming;
    const one: Arrived = { method, path, headers: plain(headers), bytes: Number(headers['content-length'] ?? 0) };
    arrived.push(one);
    try {
      const fault = await decide?.(one);
      if (fault === undefined) one.status = await hand(incoming, answer, { socketPath });
      else if (fault === 'cut') answer.destroy();
      else {
        await buffer(incoming);
        one.status = fault.status;
        answer.writeHead(fault.status, { connection: 'close', ...fault.headers }).end(fault.body);
      }
    } catch {
      answer.destroy();
    }
  });
  const socks = await socksServer(await listen(server, atEnd), {}, atEnd);
  const page = await makePage?.(`127.0.0.1:${socks.port.port}`);
  ({ socket: socketPath } = await proxyTo(origins[0]!, origins[1]!, { ...(page && { page }) }, atEnd));
  return {
    url: ONION,
    socks,
    drop,
    arrived: () => arrived.splice(0),
    asked: () => asked.splice(0),
    fault: (next) => {
      decide = next;
    },
  };
}

const plain = (headers: IncomingMessage['headers']) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

/** An origin before another, that keeps what is asked for. @returns its URL */
async function recorder(to: string, asked: Asked[], atEnd: AtEnd): Promise<string> {
  const { hostname, port } = new URL(to);
  const server = createServer((incoming, answer) => {
    const { method = '', url: path = '', rawHeaders: headers } = incoming;
    asked.push({ method, path, headers });
    // A presigned URL is signed for the storage's own host.
    hand(incoming, answer, { host: hostname, port, headers: ['Host', `${hostname}:${port}`] }).catch(() =>
      answer.destroy(),
    );
  });
  return `http://127.0.0.1:${await listen(server, atEnd)}`;
}

async function listen(server: ReturnType<typeof createServer>, atEnd: AtEnd): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as { port: number }).port;
}

/** Hands a request on as it is, and its answer back. @param to.headers - in place of those of the same names */
async function hand(
  incoming: IncomingMessage,
  answer: ServerResponse,
  { headers = [], ...to }: { socketPath?: string; host?: string; port?: string; headers?: string[] },
): Promise<number> {
  const { method, url: path, rawHeaders } = incoming;
  const own = rawHeaders.flatMap((name, at) =>
    at % 2 === 1 || headers.includes(name) ? [] : [name, rawHeaders[at + 1]!],
  );
  const onward = request({ ...to, method, path, headers: [...headers, ...own], agent: false });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    onward.once('response', resolve).once('error', reject);
  });
  incoming.pipe(onward);
  incoming.once('aborted', () => onward.destroy());
  const response = await answered;
  answer.sendDate = false;
  answer.writeHead(response.statusCode!, response.rawHeaders);
  await pipeline(response, answer);
  return response.statusCode!;
}
