import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cipher } from '../../core/platform.ts';
import { engine, wasm } from '../../node/sodium/engine.ts';
import { openssl } from '../../node/sodium/xchacha.ts';
import { CELL_CONTENT_BYTES } from '../../wire/sizes.ts';
import { drain, makeContents, openEach, sealAll, sealEach, startCellThreads } from './cell-threads.ts';
import { note, title, verdict, whole } from './report.ts';
import { median, medianRatio, runRounds, seconds } from './rounds.ts';

/** Contents that differ; a longer letter repeats them, so that it need not be held in memory. */
const DISTINCT = 32;

const ONE_THREAD = { atLeast: 0.35 };
const TWO_THREADS = { atLeast: 0.6 };

/** Seals and opens cells on one thread and on two, in bytes per second, against `age`. */
export async function benchCells(quick: boolean): Promise<void> {
  const times = quick ? 1 : 8;
  const bytes = times * DISTINCT * CELL_CONTENT_BYTES;
  title(`2. Sealing and opening ${whole(bytes / 2 ** 20)} MiB in cells, with their digests`);
  const contents = makeContents(DISTINCT);
  const sealed = await sealAll(wasm, contents);
  const seal = (by: Cipher) => () => seconds(() => drain(() => sealEach(by, contents), times));
  const open = (by: Cipher) => () => seconds(() => drain(() => openEach(by, sealed, contents), times));
  const two = await startCellThreads(2, DISTINCT / 2);
  const folder = mkdtempSync(join(tmpdir(), 'dead-drop-'));
  try {
    const age = ageVersion() === undefined ? undefined : prepareAge(folder, contents.contents, times);
    const took = await runRounds(quick ? 3 : 7, {
      ageSeals: age?.encrypt,
      seals: seal(engine),
      twoSeal: () => seconds(() => two.run('seal', times)),
      wasmSeals: seal(wasm),
      ageOpens: age?.decrypt,
      opens: open(engine),
      twoOpen: () => seconds(() => two.run('open', times)),
      wasmOpens: open(wasm),
    });
    const speed = (name: string, seals: readonly number[] | undefined, opens: readonly number[] | undefined) => {
      const rate = (figures: readonly number[]) => whole(bytes / 2 ** 20 / median(figures));
      if (seals && opens) note(`${name}: seals ${rate(seals)} MiB/s, opens ${rate(opens)} MiB/s`);
    };
    speed('one thread, sealing with the digests on another', took.seals, took.opens);
    speed('two threads, each with its digests', took.twoSeal, took.twoOpen);
    speed('as on one, with libsodium in WebAssembly', took.wasmSeals, took.wasmOpens);
    speed(`age ${ageVersion()}, X25519, without its start and without a digest`, took.ageSeals, took.ageOpens);
    if (!openssl) note('this Node lacks ChaCha20 or ChaCha20-Poly1305: all of it is libsodium');
    if (!took.ageSeals || !took.ageOpens) return note('age is not installed: left out');
    verdict('one thread seals, against age', medianRatio(took.ageSeals, took.seals), ONE_THREAD);
    verdict('one thread opens, against age', medianRatio(took.ageOpens, took.opens), ONE_THREAD);
    verdict('two threads seal, against age', medianRatio(took.ageSeals, took.twoSeal), TWO_THREADS);
    verdict('two threads open, against age', medianRatio(took.ageOpens, took.twoOpen), TWO_THREADS);
  } finally {
    await two.end();
    rmSync(folder, { recursive: true });
  }
}

function ageVersion(): string | undefined {
  try {
    return execFileSync('age', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

/** Writes the same bytes to a file, and returns what times age over them: output to nowhere, its start taken off. */
function prepareAge(folder: string, contents: readonly Uint8Array[], times: number) {
  const at = (name: string) => join(folder, name);
  const age = (...options: string[]) => execFileSync('age', options, { stdio: 'ignore' });
  execFileSync('age-keygen', ['-o', at('key')], { stdio: 'ignore' });
  const recipient = execFileSync('age-keygen', ['-y', at('key')], { encoding: 'utf8' }).trim();
  const write = (name: string, parts: readonly Uint8Array[]) => {
    const file = openSync(at(name), 'w');
    for (const part of parts) writeSync(file, part);
    closeSync(file);
  };
  write('all', Array<readonly Uint8Array[]>(times).fill(contents).flat());
  write('one', [new Uint8Array(1)]);
  for (const name of ['all', 'one']) age('-r', recipient, '-o', at(`${name}.age`), at(name));
  const encrypt = (name: string) => seconds(() => age('-r', recipient, '-o', '/dev/null', at(name)));
  const decrypt = (name: string) => seconds(() => age('-d', '-i', at('key'), '-o', '/dev/null', at(`${name}.age`)));
  return {
    encrypt: async () => (await encrypt('all')) - (await encrypt('one')),
    decrypt: async () => (await decrypt('all')) - (await decrypt('one')),
  };
}
