import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { SocksPort } from '../../node/transport/socks.ts';
import { taker } from '../take-bytes.ts';

/** How slow a network is. */
export interface Figures {
  /** Until a circuit is built. */
  readonly circuitSeconds: number;
  /** From one end of a circuit to the other and back. */
  readonly roundTripSeconds: number;
  /** What a circuit carries each way, whatever goes through it. */
  readonly bytesPerSecond: number;
}

/** A SOCKS port on this machine. */
export interface SlowSocks {
  readonly port: SocksPort;
  close(): Promise<void>;
}

/**
 * Serves SOCKS as Tor does, with circuits as slow as said: each pair of user and password has one of its own, which its
 * connections share. Whatever host is asked for, it leads to a port of this machine.
 */
export async function slowSocks(to: number, figures: Figures): Promise<SlowSocks> {
  const circuits = new Map<string, Circuit>();
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy());
    serve(socket, to, figures, circuits).catch(() => socket.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** One direction of a circuit: takes bytes at its rate. */
type Lane = (bytes: number) => Promise<void>;

interface Circuit {
  readonly built: Promise<void>;
  readonly up: Lane;
  readonly down: Lane;
}

const sleep = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, seconds * 1000)));
const presentSeconds = () => performance.now() / 1000;

function lane(bytesPerSecond: number): Lane {
  let free = 0;
  return async (bytes) => {
    // Told by the clock, and not by adding up timers, each of which is late.
    free = Math.max(free, presentSeconds()) + bytes / bytesPerSecond;
    await sleep(free - presentSeconds());
  };
}

async function serve(socket: Socket, to: number, figures: Figures, circuits: Map<string, Circuit>): Promise<void> {
  const { circuitSeconds, roundTripSeconds, bytesPerSecond } = figures;
  const take = taker(socket);
  const [, methods] = await take(2);
  await take(methods!);
  socket.write(Uint8Array.of(5, 2));
  const user = await take((await take(2))[1]!);
  const password = await take((await take(1))[0]!);
  socket.write(Uint8Array.of(1, 0));
  const pair = `${user.toString('hex')} ${password.toString('hex')}`;
  const circuit = circuits.get(pair) ?? {
    built: sleep(circuitSeconds),
    up: lane(bytesPerSecond),
    down: lane(bytesPerSecond),
  };
  circuits.set(pair, circuit);
  const [, command, , type] = await take(4);
  if (command !== 1 || type !== 3) throw new Error('something else than a connection to a name');
  await take((await take(1))[0]! + 2);
  await circuit.built;
  await sleep(roundTripSeconds); // the far end is told to connect, and says that it has
  const onward = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true });
  onward.on('error', () => socket.destroy()).on('close', () => socket.destroySoon());
  socket.on('close', () => onward.destroy());
  await once(onward, 'connect');
  socket.write(Uint8Array.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 0));
  const half = roundTripSeconds / 2;
  await Promise.all([carry(socket, onward, circuit.up, half), carry(onward, socket, circuit.down, half)]);
}

/** Carries what comes out of one socket into the other: in order, at the lane's rate, and so much later. */
async function carry(from: Socket, into: Socket, go: Lane, laterSeconds: number): Promise<void> {
  let arrived = Promise.resolve();
  for await (const part of from.iterator({ destroyOnReturn: false })) {
    await go(part.length);
    const arrives = presentSeconds() + laterSeconds;
    arrived = arrived.then(async () => {
      await sleep(arrives - presentSeconds());
      if (!into.write(part) && !into.destroyed) await Promise.race([once(into, 'drain'), once(into, 'close')]);
    });
    arrived.catch(() => {});
  }
  await arrived;
  into.end();
}
