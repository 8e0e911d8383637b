import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Control, openControl } from './control.ts';
import { type Front, onionFolder, type Places, proxySocket, quoted } from './front.ts';
import { writeFront } from './write.ts';

export interface RunOptions extends Omit<Front, 'places'> {
  /** Where configuration and keys are kept. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** How far tor has come in joining the network, in percent. */
  readonly progress?: (percent: number) => void;
  /** Called when tor has come no further for a minute, with what it says of that: once, until it goes on. */
  readonly stalled?: (says: string) => void;
  /** As for `writeFront`. */
  readonly overwrite?: boolean | undefined;
  readonly foreign?: (names: string[]) => void;
  /** Called once, with the address, when clients can reach it. */
  readonly ready: (url: string) => void;
}

/** What has to be installed. @throws Error when it is not */
export function checkInstalled(): void {
  const path = `${process.env.PATH}:/usr/sbin`;
  const missing = ['tor', 'nginx', 'setpriv'].filter((name) => {
    return spawnSync(name, ['--version'], { stdio: 'ignore', env: { ...process.env, PATH: path } }).error !== undefined;
  });
  if (missing.length > 0)
    throw new Error(`not installed here: ${missing.join(', ')} (apt-get install tor nginx-light util-linux)`);
}

/**
 * Runs an onion front in this folder, until it is told to stop.
 *
 * @throws Error when tor or nginx ends by itself, or the page cannot be had; the reason of the abort after both have ended
 */
export async function runFront(options: RunOptions): Promise<void> {
  const { folder, signal, progress, stalled, overwrite = false, foreign = () => {}, ready, ...front } = options;
  const config = resolve(folder);
  // Short, because the path of a unix socket has 107 bytes at most, and new, because a dead one blocks nginx.
  const run = await mkdtemp(join(tmpdir(), 'dead-drop-gateway-'));
  const places: Places = { config, state: join(config, 'state'), run };
  try {
    await writeFront(config, { ...front, places }, { overwrite, foreign });
    const control = join(run, 'control');
    const child = start(join(config, 'start'), control);
    const ended = once(child, 'exit').then(() => {
      signal.throwIfAborted();
      throw new Error('tor or nginx has ended: see what it said');
    });
    const stop = () => child.kill('SIGTERM');
    signal.addEventListener('abort', stop);
    const over = new AbortController();
    try {
      const waiting = AbortSignal.any([signal, over.signal]);
      await Promise.race([ended, waitUntilPublished(control, waiting, { progress, stalled })]);
      if (front.page !== undefined) await checkServed(proxySocket(places), front.page);
      ready(`http://${(await readFile(join(onionFolder(places), 'hostname'), 'utf8')).trim()}`);
      await ended;
    } finally {
      over.abort();
      signal.removeEventListener('abort', stop);
      if (child.exitCode === null && child.signalCode === null) {
        stop();
        await ended.catch(() => {});
      }
    }
  } finally {
    await rm(run, { recursive: true, force: true });
  }
}

/** Starts both; they end when this process does, however it ends. */
function start(program: string, control: string): ChildProcess {
  const forTor = [
    '--ControlPort',
    `unix:${quoted(control)}`,
    '--CookieAuthentication',
    '0',
    '--ShutdownWaitLength',
    '0',
  ];
  return spawn('setpriv', ['--pdeathsig', 'TERM', 'bash', program, ...forTor], {
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true, // Ctrl-C is for this process, which then ends them in order
  });
}

/**
 * Makes sure that the page can be had, byte for byte.
 *
 * @throws Error when it cannot: nginx's workers have no rights of root's, and may not get at a folder of root's
 */
export async function checkServed(socketPath: string, page: Uint8Array): Promise<void> {
  const served = await new Promise<Uint8Array>((resolve, reject) => {
    const asked = request({ socketPath, path: '/', agent: false }, (answer) => buffer(answer).then(resolve, reject));
    asked.on('error', reject).end();
  });
  if (Buffer.compare(served, page) !== 0)
    throw new Error('nginx cannot read the page there: name a --folder that other users of this machine can enter');
}

/** Without a step for so long, a person is told. */
const STALLED_MILLISECONDS = 60_000;

/** What tor says in a bootstrap phase: where it is, and its warning where it has one. */
function reasonIn(phase: string): string {
  const field = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(phase)?.[1];
  return [field('SUMMARY') ?? 'nothing', field('WARNING')].filter((part) => part !== undefined).join(': ');
}

/** Once the first directory has the service's descriptor, the slowest others are not waited for any longer. */
const SLOWEST_DIRECTORY_MILLISECONDS = 30_000;

/** Waits until tor has handed the service's descriptor to the network: from then on it can be found. */
export async function waitUntilPublished(
  path: string,
  signal: AbortSignal,
  {
    progress,
    stalled,
    patience = STALLED_MILLISECONDS,
  }: Pick<RunOptions, 'progress' | 'stalled'> & { patience?: number },
): Promise<void> {
  const control = await waitForControl(path, signal);
  let timer: NodeJS.Timeout | undefined;
  let idle: NodeJS.Timeout | undefined;
  let reached = -1;
  const ask = async () => stalled?.(reasonIn((await control.ask('GETINFO status/bootstrap-phase')).join(' ')));
  const goOn = (percent: number) => {
    if (percent <= reached) return; // what is said again is no step
    reached = percent;
    clearTimeout(idle);
    idle = setTimeout(() => void ask().catch(() => {}), patience);
    progress?.(percent);
  };
  try {
    const published = new Promise<void>((resolve, reject) => {
      control.ended.then(() => reject(new Error('tor has ended')));
      signal.addEventListener('abort', () => reject(signal.reason));
      // Several directories get it. A client asks one of them, whichever.
      let [asked, settled] = [0, 0];
      control.onEvent((event) => {
        const [, percent] = /BOOTSTRAP PROGRESS=(\d+)/.exec(event) ?? [];
        if (percent !== undefined) goOn(Number(percent));
        const [kind, what] = event.split(' ');
        if (kind !== 'HS_DESC') return;
        if (what === 'UPLOAD') asked += 1;
        if (what === 'UPLOADED' || what === 'FAILED') settled += 1;
        if (what === 'UPLOADED') timer ??= setTimeout(resolve, SLOWEST_DIRECTORY_MILLISECONDS);
        if (timer !== undefined && settled >= asked) resolve();
      });
    });
    goOn(0);
    await control.ask('SETEVENTS STATUS_CLIENT HS_DESC');
    await published;
  } finally {
    clearTimeout(timer);
    clearTimeout(idle);
    control.close();
  }
}

async function waitForControl(path: string, signal: AbortSignal): Promise<Control> {
  for (;;) {
    const control = await openControl(path).catch(() => undefined);
    if (control !== undefined) return control;
    await sleep(100, undefined, { signal });
  }
}
