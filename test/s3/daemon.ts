import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that stays in the foreground. It ends when the process that started it does, however that ends. */
export interface Daemon {
  stop(): Promise<void>;
  /**
   * Polls until a condition holds. One that throws does not hold yet.
   *
   * @throws Error with the end of what it printed, when it ends first or the time is over
   */
  until(what: string, seconds: number, condition: () => Promise<boolean>): Promise<void>;
}

const LOG_LINES = 15;
const POLL_MS = 50;

/** @param log - the file that takes what it prints: a pipe would fill up while nobody reads */
export function startDaemon(command: string, args: readonly string[], log: string): Daemon {
  const output = openSync(log, 'a');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], { stdio: ['ignore', output, output] });
  closeSync(output);
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    child.once('error', resolve).once('exit', resolve);
  }).then(() => {
    hasEnded = true;
  });
  return {
    // Nothing is to be kept, so it need not be asked first.
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
    async until(what, seconds, condition) {
      const deadline = performance.now() + seconds * 1000;
      while (!(await condition().catch(() => false))) {
        const why = hasEnded ? `${command} ended` : performance.now() > deadline && `nothing in ${seconds} s`;
        const end = () => readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LOG_LINES).join('\n');
        if (why) throw new Error(`waiting for ${what}: ${why}\n${end()}`);
        await sleep(POLL_MS);
      }
    },
  };
}
