import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openControl } from '../../gateway/control.ts';

/** One tor process. It ends with the process that started it, 15 seconds later at most. */
export interface TorNode {
  readonly pid: number;
  /** Its data, its sockets, its torrc and its log. */
  readonly folder: string;
  /** The path of its control socket, which wants no authentication. */
  readonly control: string;
  /** Ends it the friendly way, or within a second the other way. */
  stop(): Promise<void>;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
  /**
   * Polls until a condition holds. One that throws does not hold yet.
   *
   * @throws Error with the end of the log, when tor ends first or the time is over
   */
  until(what: string, seconds: number, condition: () => Promise<boolean>): Promise<void>;
}

/** What a unix socket's path may have: `sun_path` of `unix(7)` has 108 bytes, the last of which is 0. */
const SOCKET_PATH_BYTES = 107;
const LOG_LINES = 15;
const POLL_MS = 150;

/** The programs that these tests need and that are not installed, by the Debian package that has them. */
export function missingPackages(): string[] {
  const programs = {
    tor: 'tor',
    'nginx-light': 'nginx',
    strace: 'strace',
    openssl: 'openssl',
    'util-linux': 'setpriv',
  };
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
  const isMissing = (name: string) => spawnSync(name, ['--version'], { env }).error !== undefined;
  return Object.entries(programs).flatMap(([found, name]) => (isMissing(name) ? [found] : []));
}

/**
 * Starts a tor with its data in a folder, which is made if need be.
 *
 * @param lines - what its torrc says besides the folder, the control socket and the log
 */
export function startNode(folder: string, lines: readonly string[]): TorNode {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const control = join(folder, 'control');
  if (Buffer.byteLength(control) > SOCKET_PATH_BYTES) throw new Error('the path of a tor is too long for its sockets');
  const torrc = join(folder, 'torrc');
  const own = [
    `DataDirectory ${folder}`,
    `ControlPort unix:"${control}"`,
    'CookieAuthentication 0',
    'ShutdownWaitLength 0',
    `__OwningControllerProcess ${process.pid}`,
    'Log notice stdout',
  ];
  writeFileSync(torrc, `${[...own, ...lines].join('\n')}\n`);
  const log = join(folder, 'log');
  const output = openSync(log, 'a'); // a file rather than a pipe, which would fill up while nobody reads
  // A path where nothing is, against the system's own defaults.
  const child = spawn('tor', ['-f', torrc, '--defaults-torrc', join(folder, 'none')], {
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    child.once('error', resolve).once('exit', resolve);
  }).then(() => {
    hasEnded = true;
  });

  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), 1000);
    await ended;
    clearTimeout(timer);
  };
  const until = async (what: string, seconds: number, condition: () => Promise<boolean>) => {
    const deadline = performance.now() + seconds * 1000;
    while (!(await condition().catch(() => false))) {
      const why = hasEnded ? 'tor ended' : performance.now() > deadline && `nothing in ${seconds} s`;
      const end = () => readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LOG_LINES).join('\n');
      if (why) throw new Error(`waiting for ${what}: ${why}\n${end()}`);
      await sleep(POLL_MS);
    }
  };
  return { pid: child.pid!, folder, control, stop: () => end('SIGTERM'), kill: () => end('SIGKILL'), until };
}

/** Waits until a tor can build circuits. @throws Error with the end of the log */
export async function bootstrapped({ control: path, until }: TorNode, seconds: number): Promise<void> {
  await until('bootstrap', seconds, async () => {
    const control = await openControl(path);
    try {
      const [phase] = await control.ask('GETINFO status/bootstrap-phase');
      return phase!.includes('PROGRESS=100 ');
    } finally {
      control.close();
    }
  });
}
