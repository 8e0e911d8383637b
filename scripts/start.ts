#!/usr/bin/env node
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signal } from '../bin/interruption.ts';
import { decoyRate, wholeNumber } from '../bin/options.ts';
import { describe } from '../bin/terminal.ts';
import { synthesize } from '../lib/synthesize.ts';
import { startDrop } from '../local/drop.ts';
import { WORK_BITS_MAX } from '../wire/sizes.ts';
import { parseScript, script } from './script.ts';

interface Options {
  readonly port: number;
  readonly data?: string;
  readonly speed: number;
  readonly decoys: number;
  readonly work: number;
}

const program = script('start', 'Run the whole drop on this machine, as its template describes it, until Ctrl-C.')
  .option('--port <number>', 'where the drop listens, on the loopback address only', wholeNumber(1, 65_535), 8787)
  .option('--data <folder>', 'keep everything there (default: it is gone when the drop stops)')
  .option('--speed <factor>', "let the drop's clock run that many times as fast", wholeNumber(1, 10_000), 1)
  .option(
    '--decoys <number>',
    'letters for nobody in a minute, on average; a deployed drop has 16, 84 GB a day with its loose cells',
    decoyRate,
    0.25,
  )
  .option('--work <bits>', 'ask for a proof of work of so many zero bits', wholeNumber(0, WORK_BITS_MAX), 0);

const { decoys, work, ...options } = parseScript<Options>(program);
let outdir = '';
try {
  outdir = newFolderIn(tmpdir(), 'the folder for temporary files ($TMPDIR)');
  if (options.data !== undefined) {
    makeFolder(options.data);
    rmSync(newFolderIn(options.data, 'the folder of --data'), { recursive: true });
  }
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
  if (outdir !== '') rmSync(outdir, { recursive: true, force: true });
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Error(`the folder of --data cannot be made: ${describe(error)}`);
  }
}

/** Makes a new folder in another one, which has to be one that can be written. */
function newFolderIn(path: string, what: string): string {
  try {
    return mkdtempSync(join(path, 'dead-drop-template-'));
  } catch (error) {
    throw new Error(`${what} cannot be written: ${describe(error)}`);
  }
}
