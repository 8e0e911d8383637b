import { connect, type Socket } from 'node:net';
import { addAbortSignal } from 'node:stream';
import { TransportFault } from '../../core/drop/transport-fault.ts';
import { deadline } from './deadline.ts';

/** Where a SOCKS port is: an IP address and a port, or a unix socket. Never a name: it would have to be resolved. */
export type SocksPort = { readonly host: string; readonly port: number } | { readonly path: string };

/** A user name and password of a SOCKS request, 1 to 255 bytes each. Tor gives each pair circuits of its own. */
export interface SocksCredentials {
  readonly user: Uint8Array;
  readonly password: Uint8Array;
}

/** Two minutes, in which Tor gives up by itself and says why, and half a minute for it to say so. */
const SOCKS_MILLISECONDS = 150_000;

/**
 * Connects to a host through the first SOCKS port that there is, which resolves the host's name. RFC 1928, RFC 1929.
 *
 * Only user name and password are offered: a proxy that asks for neither would let requests share a circuit.
 *
 * @internal
 * @throws TransportFault, after which no connection is left open
 */
export async function connectThrough(
  ports: readonly SocksPort[],
  credentials: SocksCredentials,
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
  milliseconds = SOCKS_MILLISECONDS,
): Promise<Socket> {
  const name = Buffer.from(host);
  if (name.length > 255) throw new TransportFault("the drop's name is too long", { isFinal: true });
  const ask = async (socket: Socket, take: Take) => {
    await authenticate(socket, take, credentials);
    socket.write(Uint8Array.of(VERSION, CONNECT, 0, DOMAIN_NAME, name.length, ...name, port >> 8, port & 0xff));
    const [version, reply, , addressType] = await take(4);
    if (version !== VERSION) throw new TransportFault(NOT_TOR, { isFinal: true });
    if (reply !== 0) throw faultOf(reply!);
    // The address that the proxy bound, which says nothing; then its port.
    const bytes = addressType === DOMAIN_NAME ? (await take(1))[0]! : addressType === IPV6 ? 16 : 4;
    await take(bytes + 2);
    return socket;
  };
  return greet(ports, signal, ask, milliseconds);
}

/**
 * Makes sure that there is a SOCKS port, and that it is Tor's, without anything leaving this machine: only Tor knows the
 * command RESOLVE, and answers it for an address by itself. Another proxy would let all requests share one way.
 *
 * @throws TransportFault
 */
export async function checkSocks(ports: readonly SocksPort[], signal?: AbortSignal): Promise<void> {
  await greet(ports, signal ?? new AbortController().signal, async (socket, take) => {
    await authenticate(socket, take, { user: Uint8Array.of(0x30), password: Uint8Array.of(0x30) });
    socket.write(Uint8Array.of(VERSION, RESOLVE, 0, DOMAIN_NAME, 9, ...Buffer.from('127.0.0.1'), 0, 0));
    const [version, reply] = await take(2).catch(() => [VERSION, COMMAND_NOT_SUPPORTED]);
    socket.destroy();
    if (version !== VERSION || reply === COMMAND_NOT_SUPPORTED) throw new TransportFault(NOT_TOR, { isFinal: true });
  });
}

const [VERSION, CONNECT, RESOLVE, DOMAIN_NAME, IPV6, USER_AND_PASSWORD] = [5, 1, 0xf0, 3, 4, 2];
const COMMAND_NOT_SUPPORTED = 7;

async function authenticate(socket: Socket, take: Take, { user, password }: SocksCredentials): Promise<void> {
  socket.write(Uint8Array.of(1, user.length, ...user, password.length, ...password));
  const [, denied] = await take(2);
  if (denied !== 0) throw new TransportFault(NOT_TOR, { isFinal: true });
}

/** Reads an exact number of bytes. */
type Take = (bytes: number) => Promise<Buffer>;

/** Connects to the first port that there is, agrees on user name and password, and lets `use` go on within the time. */
async function greet<T>(
  ports: readonly SocksPort[],
  signal: AbortSignal,
  use: (socket: Socket, take: Take) => Promise<T>,
  milliseconds = SOCKS_MILLISECONDS,
): Promise<T> {
  using limit = deadline(milliseconds, signal);
  const over = limit.signal;
  let socket: Socket | undefined;
  const end = () => void socket?.destroy();
  over.addEventListener('abort', end);
  try {
    over.throwIfAborted();
    const connected = await connectFirst(ports, (port) => {
      over.throwIfAborted(); // what ended the last one ends the search
      socket = connect(port);
      socket.on('error', () => {}); // 'close' follows
      return socket;
    });
    over.throwIfAborted();
    const take: Take = (bytes) => takeFrom(connected, bytes);
    connected.write(Uint8Array.of(VERSION, 1, USER_AND_PASSWORD));
    const [version, method] = await take(2);
    if (version !== VERSION || method !== USER_AND_PASSWORD) throw new TransportFault(NOT_TOR, { isFinal: true });
    const result = await use(connected, take);
    addAbortSignal(signal, connected); // for as long as it is open
    return result;
  } catch (error) {
    socket?.destroy();
    signal.throwIfAborted();
    if (over.aborted) throw new TransportFault(TOO_LATE);
    throw error;
  } finally {
    over.removeEventListener('abort', end);
  }
}

/** A port where nobody listens makes room for the next one; nothing else does. @param open - begins to connect to one */
async function connectFirst(ports: readonly SocksPort[], open: (port: SocksPort) => Socket): Promise<Socket> {
  for (const port of ports) {
    const socket = open(port);
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('close', () => resolve(false));
    });
    if (isOpen) return socket;
  }
  throw new TransportFault(NO_TOR);
}

function takeFrom(socket: Socket, bytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      socket.off('readable', look).off('end', fail).off('close', fail);
      act();
    };
    const look = () => {
      const part: Buffer | null = socket.read(bytes);
      if (part?.length === bytes) settle(() => resolve(part));
      else if (part !== null) fail();
    };
    const fail = () => settle(() => reject(new TransportFault(HUNG_UP)));
    socket.on('readable', look).on('end', fail).on('close', fail);
    if (socket.destroyed) fail();
    else look();
  });
}

const NO_TOR = 'Tor is not running here: start Tor or Tor Browser, or name its SOCKS port with --socks';
const NOT_TOR =
  'what answers at the SOCKS port does not keep requests apart as Tor does: name that of Tor with --socks';
const HUNG_UP = 'Tor hung up: see whether it is still running, and try again';
const TOO_LATE = 'Tor found no way within two minutes: see whether it is connected, and try again';

/** What each refusal means: RFC 1928, section 6, as Tor uses it, and Tor's own (proposal 304), which come from F0 on. */
const REPLIES: Readonly<Record<number, string>> = {
  1: 'Tor has no way to the drop at the moment: see whether it is connected, and try again',
  2: 'the rules of this Tor, or of its exit, forbid the connection: see whether the address of the drop is right, and try again',
  3: 'Tor has no network: see whether this machine is connected, and try again',
  4: "Tor does not find the drop's host: see whether the address is right, and try again later",
  5: 'the drop refuses the connection: it may be down, try again later',
  6: 'the way to the drop took too long: try again',
  240: 'the onion service of the drop is not there: see whether the address is right, and try again later',
  241: 'the onion service of the drop says something that Tor does not understand: see whether Tor is up to date',
  242: 'the onion service of the drop does not answer: try again later',
  243: 'the onion service of the drop was not met: try again',
  247: 'the onion service of the drop does not answer: try again later',
};

/** The same for those that trying again does not change. */
const FINAL_REPLIES: Readonly<Record<number, string>> = {
  7: 'the SOCKS port takes no connections of this kind: name that of Tor with --socks',
  8: 'the SOCKS port takes no addresses of this kind: name that of Tor with --socks',
  244: 'the onion service of the drop asks for a key: give your Tor the one that you got from its operator',
  245: 'the onion service of the drop does not know the key that your Tor has: ask its operator',
  246: 'that .onion address does not exist: see whether it was copied as a whole',
};

function faultOf(reply: number): TransportFault {
  const final = FINAL_REPLIES[reply];
  if (final !== undefined) return new TransportFault(final, { isFinal: true });
  return new TransportFault(
    REPLIES[reply] ?? `Tor refuses the connection for a reason unknown here (${reply}): try again`,
  );
}
