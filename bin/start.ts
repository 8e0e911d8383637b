#!/usr/bin/env node
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { startDrop } from '../local/drop.ts';
import { synthesize } from './synthesize.ts';

interface Options {
  readonly port: number;
  readonly data?: string;
  readonly speed: number;
}

const program = new Command('start')
  .description('Run the whole drop on this machine, as its template describes it, until Ctrl-C.')
  .option('--port <number>', 'where the drop listens, on the loopback address only', readNumber(1, 65_535), 8787)
  .option('--data <folder>', 'keep everything there (default: it is gone when the drop stops)')
  .option('--speed <factor>', "let the drop's clock run that many times as fast", readNumber(1, 10_000), 1)
  .allowExcessArguments(false)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

/** A whole number in a range, and nothing that merely begins like one. */
function readNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

const options = program.parse().opts<Options>();
const outdir = mkdtempSync(join(tmpdir(), 'dead-drop-template-'));
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());
try {
  await synthesize(outdir, interrupted.signal);
  const drop = await startDrop({ outdir, ...options });
  console.log(`drop ready at ${drop.url}`);
  if (!interrupted.signal.aborted) {
    await new Promise((resolve) => interrupted.signal.addEventListener('abort', resolve));
  }
  await drop.close();
} catch (error) {
  if (!interrupted.signal.aborted) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
