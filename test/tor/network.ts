import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startNames } from './names.ts';
import { bootstrapped, startNode, type TorNode } from './node.ts';
import { freePorts } from './ports.ts';
import { type Authority, makeAuthority, makeRelay, type Relay } from './relay.ts';
import { authorityLines, bandwidthLines, clientLines, exitLines, INITIAL_VOTING_SECONDS, joinLines } from './torrc.ts';

/** What whoever uses a network has to know of it; it can be sent to another process. */
export interface NetworkDescription {
  /** The client's SOCKS port on TCP: `127.0.0.1:PORT`. */
  readonly socks: string;
  /** The same client's SOCKS port as the path of a unix socket. */
  readonly socksPath: string;
  /** The path of the client's control socket. */
  readonly control: string;
  /** The torrc lines with which a further tor joins the network, be it a client or an onion service's host. */
  readonly joinLines: readonly string[];
  /** The exits' DNS server, `127.0.0.1:PORT`: names that end in `.test` are 127.0.0.1, and no other exists. */
  readonly resolver: string;
  /** Where all nodes have their folders; removed when the network closes. */
  readonly folder: string;
}

/** A private Tor network on loopback: three directory authorities, four exits, one client. */
export interface TorNetwork extends NetworkDescription {
  close(): Promise<void>;
}

export interface TorClient extends Pick<NetworkDescription, 'socks' | 'socksPath' | 'control'> {
  stop(): Promise<void>;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
}

const AUTHORITIES = ['authority0', 'authority1', 'authority2'];
const EXITS = ['exit0', 'exit1', 'exit2', 'exit3'];
const TRIES = 3;

/** Mostly 6 to 10 seconds, on an idle machine. */
const CONSENSUS_SECONDS = 60;
/** Mostly 2 to 5. */
const BOOTSTRAP_SECONDS = 60;

/**
 * Starts a network, in 10 to 20 seconds.
 *
 * @throws Error with the end of a log, when three tries with different ports failed
 */
export async function startNetwork(): Promise<TorNetwork> {
  for (let tries = 1; ; tries++) {
    try {
      return await tryToStart();
    } catch (error) {
      if (tries === TRIES) throw error;
    }
  }
}

/** Starts a further client of a network. @param options.port - its SOCKS port; @default any that is free */
export async function startClient(network: Joinable, options: { port?: number } = {}): Promise<TorClient> {
  const port = options.port ?? (await freePorts(1))[0]!;
  const folder = mkdtempSync(join(network.folder, 'client-'));
  const socksPath = join(folder, 'socks');
  const node = startNode(folder, [...network.joinLines, ...clientLines(port, socksPath)]);
  const { control, stop, kill } = node;
  try {
    await bootstrapped(node, BOOTSTRAP_SECONDS);
  } catch (error) {
    await kill();
    throw error;
  }
  return { socks: `127.0.0.1:${port}`, socksPath, control, stop, kill };
}

type Joinable = Pick<NetworkDescription, 'joinLines' | 'folder'>;

async function tryToStart(): Promise<TorNetwork> {
  // A folder for temporary files deep down would make the paths of unix sockets too long.
  const folder = mkdtempSync(join(tmpdir().length > 50 ? '/tmp' : tmpdir(), 'tor-'));
  const names = await startNames();
  const nodes: Pick<TorNode, 'stop'>[] = [names];
  const close = async () => {
    await Promise.all(nodes.map(({ stop }) => stop()));
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    const { authorities, exits } = await makeRelays(folder);
    const resolvConf = join(folder, 'resolv.conf');
    writeFileSync(resolvConf, `nameserver ${names.address}\n`);
    const bandwidths = join(folder, 'bandwidths');
    writeFileSync(bandwidths, `${bandwidthLines(authorities, exits).join('\n')}\n`);

    await untilFirstVote();
    const common = joinLines(authorities);
    const relays = [
      ...authorities.map((relay) =>
        startNode(relay.folder, [...common, ...authorityLines(relay, authorities, bandwidths)]),
      ),
      ...exits.map((relay) => startNode(relay.folder, [...common, ...exitLines(relay, resolvConf)])),
    ];
    nodes.push(...relays);
    // Each one waits, so that the first that fails to start ends the try.
    const { length } = authorities;
    await Promise.all(
      relays.map(({ until }, at) =>
        until('a consensus', CONSENSUS_SECONDS, () => listsRelays(authorities[at % length]!, relays.length)),
      ),
    );
    const client = await startClient({ joinLines: common, folder });
    nodes.push(client);
    const { socks, socksPath, control } = client;
    return { socks, socksPath, control, joinLines: common, resolver: names.address, folder, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function makeRelays(folder: string): Promise<{ authorities: Authority[]; exits: Relay[] }> {
  const ports = await freePorts(AUTHORITIES.length * 2 + EXITS.length);
  const [authorities, exits] = await Promise.all([
    Promise.all(AUTHORITIES.map((name) => makeAuthority(join(folder, name), name, ports.pop()!, ports.pop()!))),
    Promise.all(EXITS.map((name) => makeRelay(join(folder, name), name, ports.pop()!))),
  ]);
  return { authorities, exits };
}

/** Waits until half a second before a vote. Authorities that start then agree on when the next one is. */
async function untilFirstVote(): Promise<void> {
  const interval = INITIAL_VOTING_SECONDS * 1000;
  await sleep((2 * interval - 500 - (Date.now() % interval)) % interval);
}

/** Whether an authority has a consensus that lists so many relays. */
async function listsRelays({ dirPort }: Authority, count: number): Promise<boolean> {
  const url = `http://127.0.0.1:${dirPort}/tor/status-vote/current/consensus-microdesc`;
  const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
  const consensus = await response.text();
  return response.ok && (consensus.match(/^r /gm) ?? []).length === count;
}
