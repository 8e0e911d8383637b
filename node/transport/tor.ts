import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { checkOverTor, portOf, type Transport } from '../../core/drop/transport.ts';
import { TransportFault } from '../../core/drop/transport-fault.ts';
import { connectThrough, type SocksCredentials, type SocksPort } from './socks.ts';
import { secure } from './tls.ts';
import { transportOver } from './transport.ts';

/** Where tor listens when nobody says otherwise, then Tor Browser. */
export const TOR_PORTS: readonly SocksPort[] = [
  { host: '127.0.0.1', port: 9050 },
  { host: '127.0.0.1', port: 9150 },
];

/**
 * Speaks to a drop over Tor: `https`, through an exit, or `.onion`, without one. Names are resolved by Tor, and each
 * request has circuits of its own.
 *
 * @param ports - SOCKS ports of Tor; the first that exists is taken
 */
export function overTor(ports: readonly SocksPort[] = TOR_PORTS): Transport {
  return overSocks(ports, freshCredentials);
}

/** `overTor` with a choice of credentials, which nobody but a test has a reason to make. */
export function overSocks(ports: readonly SocksPort[], credentials: () => SocksCredentials): Transport {
  const transport = transportOver(checkOverTor, async (url, signal) => {
    const to = { host: url.hostname, port: portOf(url) };
    const socket = await connectThrough(ports, credentials(), to, signal);
    return url.protocol === 'https:' ? secure(socket, url.hostname) : socket;
  });
  return (asked) =>
    transport(asked).catch((error: unknown) => {
      asked.signal?.throwIfAborted();
      throw error instanceof TransportFault
        ? error
        : new TransportFault('the connection through Tor broke off: try again');
    });
}

/** Two requests with the same credentials would share a circuit: 128 random bits each, as hexadecimal text. */
function freshCredentials(): SocksCredentials {
  const fresh = () => Buffer.from(randomBytes(16).toString('hex'));
  return { user: fresh(), password: fresh() };
}

/**
 * Reads where a SOCKS port is: `127.0.0.1:9050`, `[::1]:9050`, `localhost:9050` or `unix:/path`.
 *
 * @throws Error for anything else, names of hosts included
 */
export function parseSocksPort(text: string): SocksPort {
  if (/^unix:\/./.test(text)) return { path: text.slice('unix:'.length) };
  const [, name = '', digits = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  const host = name === 'localhost' ? '127.0.0.1' : name.replace(/^\[(.*)\]$/, '$1');
  const port = Number(digits);
  if (isIP(host) !== (name.startsWith('[') ? 6 : 4) || port < 1 || port > 65_535) {
    throw new Error('a SOCKS port is given as an address and a number, like 127.0.0.1:9050, or as unix:/path');
  }
  return { host, port };
}
