#!/usr/bin/env node
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { startDrop } from '../local/drop.ts';
import { WORK_BITS_MAX } from '../wire/sizes.ts';
import { signal } from './interruption.ts';
import { decoyRate, wholeNumber } from './options.ts';
import { synthesize } from './synthesize.ts';

interface Options {
  readonly port: number;
  readonly data?: string;
  readonly speed: number;
  readonly decoys: number;
  readonly work: number;
}

const program = new Command('start')
  .description('Run the whole drop on this machine, as its template describes it, until Ctrl-C.')
  .option('--port <number>', 'where the drop listens, on the loopback address only', wholeNumber(1, 65_535), 8787)
  .option('--data <folder>', 'keep everything there (default: it is gone when the drop stops)')
  .option('--speed <factor>', "let the drop's clock run that many times as fast", wholeNumber(1, 10_000), 1)
  .option(
    '--decoys <number>',
    'letters for nobody in a minute, on average; a deployed drop has 30, 90 GB a day',
    decoyRate,
    0.25,
  )
  .option('--work <bits>', 'ask for a proof of work of so many zero bits', wholeNumber(0, WORK_BITS_MAX), 0)
  .allowExcessArguments(false)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

const { decoys, work, ...options } = program.parse().opts<Options>();
const outdir = mkdtempSync(join(tmpdir(), 'dead-drop-template-'));
try {
  await synthesize(outdir, signal, { decoysPerMinute: decoys, workBits: work });
  const drop = await startDrop({ outdir, ...options });
  console.log(`drop ready at ${drop.url}`);
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }
  await drop.close();
} catch (error) {
  if (!signal.aborted) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
