import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { SocksPort } from '../node/transport/socks.ts';
import { taker } from './take-bytes.ts';

/** What the server does where it is told to do something else than to serve. */
export interface SocksFaults {
  /** Answers to the greeting, instead of `5, 2`. */
  readonly greeting?: Uint8Array;
  /** Status of user name and password. @default 0 */
  readonly denied?: number;
  /** Reply to a request. @default 0 */
  readonly reply?: number;
  /** Stops answering, or hangs up, in place of its nth answer, from 0. */
  readonly silentAt?: number;
  readonly hangsUpAt?: number;
  /** Sends each answer byte by byte. */
  readonly dribbles?: boolean;
  /** Whether it knows only the commands of RFC 1928, as proxies other than Tor do. */
  readonly isNoTor?: boolean;
  /** Address type of what it says it bound. @default 1 */
  readonly bound?: 1 | 3 | 4;
}

/** What somebody asked the server for. */
export interface SocksRequest {
  readonly user: string;
  readonly password: string;
  readonly host: string;
  readonly port: number;
  /** All that was sent through the connection. */
  readonly sent: () => Buffer;
}

export interface SocksServer {
  readonly port: SocksPort & { readonly port: number };
  readonly requests: SocksRequest[];
  /** Connections that are open. */
  readonly open: Set<Socket>;
}

/**
 * A SOCKS server on loopback, as Tor has one, that leads everything to one port, until the test ends. It lets in who gives
 * a name and a password, and, as a browser does, who offers to give none.
 */
export async function socksServer(
  to: number,
  faults: SocksFaults = {},
  atEnd: (close: () => void) => void = onTestFinished,
): Promise<SocksServer> {
  const [requests, open]: [SocksRequest[], Set<Socket>] = [[], new Set()];
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => {});
    serve(socket, to, faults, requests).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { port: { host: '127.0.0.1', port: (server.address() as { port: number }).port }, requests, open };
}

const BOUND = {
  1: [1, 0, 0, 0, 0],
  3: [3, 9, ...Buffer.from('localhost')],
  4: [4, ...new Array(16).fill(0)],
};

async function serve(socket: Socket, to: number, faults: SocksFaults, requests: SocksRequest[]): Promise<void> {
  const take = taker(socket);
  let answers = 0;
  const answer = async (bytes: Uint8Array) => {
    const nth = answers++;
    if (nth === faults.silentAt) await new Promise(() => {});
    if (nth === faults.hangsUpAt) throw new Error('hung up');
    if (!faults.dribbles) return void socket.write(bytes);
    for (const byte of bytes) {
      socket.write(Uint8Array.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  const [, methods] = await take(2);
  const isNamed = (await take(methods!)).includes(2);
  await answer(faults.greeting ?? Uint8Array.of(5, isNamed ? 2 : 0));
  let [user, password] = ['', ''];
  if (isNamed) {
    user = (await take((await take(2))[1]!)).toString();
    password = (await take((await take(1))[0]!)).toString();
    await answer(Uint8Array.of(1, faults.denied ?? 0));
  }
  const [, command, , type] = await take(4);
  if (type !== 3) throw new Error('an address where a name belongs');
  const host = (await take((await take(1))[0]!)).toString();
  const port = (await take(2)).readUInt16BE();
  if (command === 0xf0) {
    await answer(Uint8Array.of(5, faults.isNoTor ? 7 : 0, 0, 1, 127, 0, 0, 1, 0, 0));
    return void socket.end();
  }
  const parts: Buffer[] = [];
  requests.push({ user, password, host, port, sent: () => Buffer.concat(parts) });
  await answer(Uint8Array.from([5, faults.reply ?? 0, 0, ...BOUND[faults.bound ?? 1], 0, 0]));
  if (faults.reply) return void socket.end();
  const onward = connectTcp(to, '127.0.0.1');
  onward.on('error', () => socket.destroy()).on('close', () => socket.destroy());
  socket.on('close', () => onward.destroy());
  socket.on('data', (part: Buffer) => parts.push(part));
  socket.pipe(onward).pipe(socket);
}
