import { type Command, Option } from 'commander';
import {
  checkHost,
  checkOverTor,
  checkSocks,
  type Drop,
  type DropOptions,
  dropAt,
  isLoopback,
  overTor,
  parseSocksPort,
  type SocksPort,
  TOR_PORTS,
  withoutTor,
} from '../node/index.ts';
import { ask, hasTerminal } from './ask.ts';
import { signal } from './interruption.ts';
import { checked } from './options.ts';
import { tellAsking, tellWaiting } from './progress.ts';
import { say, Usage } from './terminal.ts';
import { tellWaits } from './waits.ts';

/** How a person wants to reach the drop. */
export interface TransportOptions {
  readonly socks?: SocksPort;
  readonly withoutTor?: boolean;
}

/** Gives a command the options of everything that goes to the drop. */
export function transportCommand(command: Command): Command {
  const where =
    'SOCKS port of Tor, or unix:/path (default: $ALL_PROXY, then 127.0.0.1:9050 of tor, then 127.0.0.1:9150 of Tor Browser)';
  return command
    .addOption(new Option('--socks <host:port>', where).argParser(checked(parseSocksPort)))
    .addOption(
      new Option('--without-tor', 'show who you are to the drop and everybody on the way; asks before it does'),
    )
    .addHelpText('after', '\nA drop on this machine is reached directly, all others over Tor only.');
}

/** The drop, with the way there. @throws as `transportOptions` does */
export async function openTransport(url: string, options: TransportOptions): Promise<Drop> {
  return dropAt(url, { ...(await transportOptions(url, options)), ...tellWaits() });
}

/**
 * The way to an address: this machine's loopback, or Tor, which is there when this returns.
 *
 * @throws Usage for wrong options; Error when there is no Tor, or the words were not given back
 */
export async function transportOptions(url: string, options: TransportOptions): Promise<DropOptions> {
  // A drop on this machine stays with what leads nowhere else.
  if (!URL.canParse(url) || isLoopback(new URL(url))) return { signal, asking: tellAsking };
  checkEnvironment(process.env);
  checkHost(new URL(url));
  if (!options.withoutTor) {
    checkOverTor(new URL(url)); // before Tor is asked for
    const socks = options.socks === undefined ? (socksOf(process.env) ?? TOR_PORTS) : [options.socks];
    await checkSocks(socks, signal).finally(tellWaiting('Tor'));
    return { signal, transport: overTor(socks), asking: tellAsking };
  }
  if (options.socks) throw new Usage('--without-tor and --socks contradict each other');
  words ??= askForWords(); // once, though a contact and its drop may be two ways
  await words;
  return { signal, transport: withoutTor, asking: tellAsking };
}

/** What OpenSSL is told by others changes the first bytes of TLS, and so tells one client from another. @throws Usage */
function checkEnvironment({ OPENSSL_CONF, NODE_OPTIONS = '' }: NodeJS.ProcessEnv): void {
  if (!OPENSSL_CONF && !/--openssl-(shared-)?config/.test(`${NODE_OPTIONS} ${process.execArgv}`)) return;
  throw new Usage('OPENSSL_CONF, or --openssl-config, would set you apart from all others: unset it');
}

let words: Promise<void> | undefined;

/** What is typed to go without Tor. Nobody has it in a history of commands, a script or an alias. */
const WORDS = 'show them who I am';

async function askForWords(): Promise<void> {
  if (!hasTerminal()) {
    throw new Usage('--without-tor asks for words on the terminal, and there is none');
  }
  say("Without Tor, the drop, its host and every network on the way see this machine's address, and that it is here");
  say('to leave or fetch a letter.');
  const typed = await ask(`To go on, type "${WORDS}": `, signal);
  if (typed !== WORDS) throw new Error('those were not the words: nothing was sent');
}

/** The SOCKS port that the environment names, or undefined. Host names go to it unresolved, `socks5h` or `socks5`. */
function socksOf(environment: NodeJS.ProcessEnv): readonly SocksPort[] | undefined {
  const text = environment.ALL_PROXY || environment.all_proxy;
  if (!text) return undefined;
  const [, place = ''] = /^socks5h?:\/\/([^/@]+)\/?$/.exec(text) ?? [];
  try {
    return [parseSocksPort(place)];
  } catch {
    throw new Usage('ALL_PROXY is not like socks5h://127.0.0.1:9050: name the SOCKS port of Tor with --socks');
  }
}
