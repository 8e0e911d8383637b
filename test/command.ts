import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** How a command ended and what it printed. */
export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly words: string;
  /** Peak of its resident memory in MiB, where the system tells. */
  readonly peakMebibytes: number;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly input?: string;
  /** Whether nothing comes on standard input, and it does not end. */
  readonly keepInputOpen?: boolean;
  /** Given on file descriptor 3. */
  readonly passphrase?: string;
  /** Given on further file descriptors, by their number, from 4 on. */
  readonly secrets?: Readonly<Record<number, string | undefined>>;
  /** What its environment has besides that of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** In place of the checkout's: how else the command is started. */
  readonly program?: readonly string[];
  /** A command that runs it, such as `strace`, with its arguments. */
  readonly under?: readonly string[];
  /** Whether a letter is sent with what `args` say of its contact's fingerprint, and not without it. */
  readonly isAsTyped?: boolean;
  /** Called with the process as soon as it runs. */
  readonly meanwhile?: (child: ChildProcess) => void;
}

/** Runs the `dead-drop` command in a process of its own, without a terminal. */
export async function command(args: readonly string[], options: CommandOptions): Promise<Ended> {
  const {
    cwd,
    input,
    passphrase,
    secrets = {},
    env,
    under = [],
    program = CHECKOUT,
    keepInputOpen,
    meanwhile,
  } = options;
  const isUnsaid = !options.isAsTyped && args.includes('--to') && WRITES.test(args.join(' '));
  const given = [
    ...args,
    ...(isUnsaid && !args.includes('--fingerprint') ? ['--without-fingerprint'] : []),
    ...(passphrase === undefined ? [] : ['--passphrase-fd', '3']),
  ];
  const [executable, ...argv] = [...under, ...program, ...given] as [string, ...string[]];
  const child = spawn(executable, argv, {
    cwd,
    env: { ...process.env, ...env },
    stdio: Array(Math.max(3, ...Object.keys(secrets).map(Number)) + 1).fill('pipe'),
  });
  child.stdin!.on('error', () => {});
  if (!keepInputOpen) child.stdin!.end(input);
  for (const fd of child.stdio.keys()) {
    if (fd >= 3) (child.stdio[fd] as Writable).on('error', () => {}).end(fd === 3 ? passphrase : secrets[fd]);
  }
  meanwhile?.(child);
  let peakMebibytes = 0;
  const timer = setInterval(() => {
    peakMebibytes = Math.max(peakMebibytes, peakOf(child.pid!));
  }, 50);
  const [out, words, status] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    new Promise<number | null>((resolve) => child.once('exit', resolve)),
  ]);
  clearInterval(timer);
  return { status, out, words, peakMebibytes };
}

const CHECKOUT = [process.execPath, join(import.meta.dirname, '../bin/dead-drop.ts')];

/** Commands that write to a contact, of which most tests know that it is the right one. */
const WRITES = /^(send|upload|desk invite) /;

/** VmHWM of a process: the most that was ever resident. 0 where there is no /proc. */
function peakOf(pid: number): number {
  try {
    const [, kibibytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kibibytes ?? 0) / 1024;
  } catch {
    return 0;
  }
}
