import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { script } from '../scripts/script.ts';

/*
 * `npm test`: all tests there are. Those against another S3 are soon over and look at clocks: they run alone. Those of
 * a release, from which others take an executable, and those over Tor, which wait most of the time, run beside the drop's,
 * those of the page in a browser after them, and what they print comes in one piece after those.
 */

script('test', 'Run all tests there are; npx vitest runs some of them.').parse();

const running = new Set<ChildProcess>();

function start(project: string, stdio: StdioOptions): ChildProcess {
  const colours = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
  const child = spawn('vitest', ['run', '--project', project], { stdio, env: { ...process.env, ...colours } });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

/** How a run ended: 0 when all its tests passed. */
async function statusOf(child: ChildProcess): Promise<number> {
  const [status] = await once(child, 'close');
  return status ?? 1;
}

// Ctrl-C reaches every process of the terminal. They end by themselves; no further one starts.
let isInterrupted = false;
process.on('SIGINT', () => {
  isInterrupted = true;
});
process.on('SIGTERM', () => {
  isInterrupted = true;
  for (const child of running) child.kill();
});

const s3 = await statusOf(start('s3', 'inherit'));
if (isInterrupted) process.exit(130);

/** Runs projects one after another. @returns how they ended, and what they printed */
async function quietly(...projects: readonly string[]): Promise<{ statuses: number[]; printed: Buffer[] }> {
  const [statuses, printed]: [number[], Buffer[]] = [[], []];
  for (const project of projects) {
    if (isInterrupted) break;
    const child = start(project, ['ignore', 'pipe', 'pipe']);
    const parts = Promise.all([buffer(child.stdout!), buffer(child.stderr!)]);
    statuses.push(await statusOf(child));
    printed.push(...(await parts));
  }
  return { statuses, printed };
}

const beside = quietly('release', 'tor', 'page', 'noble');
const drop = await statusOf(start('drop', 'inherit'));
const { statuses, printed } = await beside;
for (const part of printed) process.stdout.write(part);

process.exitCode = isInterrupted ? 130 : Math.max(s3, drop, ...statuses);
