import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KeyPair, newIdentity } from '../../client/keys/identity.ts';
import { cellDigest, openCell, sealCell } from '../../client/letter/cell.ts';
import { type Engine, native, wasm } from '../../client/sodium/engine.ts';
import { CELL_CONTENT_BYTES, UPLOAD_ID_BYTES } from '../../wire/sizes.ts';
import { note, title, verdict, whole } from './report.ts';
import { median, medianRatio, runRounds, seconds } from './rounds.ts';

/** Contents that differ; a longer letter repeats them, so that it need not be held in memory. */
const DISTINCT = 32;

/** Contents of cells, and the keys and the id they are sealed to. */
export interface Contents {
  readonly contents: readonly Uint8Array[];
  readonly identity: Uint8Array;
  readonly keys: KeyPair;
  readonly id: Uint8Array;
}

export function makeContents(count: number): Contents {
  const contents = Array.from({ length: count }, () => new Uint8Array(randomBytes(CELL_CONTENT_BYTES)));
  const { signing, epochs } = newIdentity('http://127.0.0.1', 0, 1);
  return { contents, identity: signing.publicKey, keys: epochs[0]!.cell, id: randomBytes(UPLOAD_ID_BYTES) };
}

/** Seals as sending does: the cell, and its digest for the root. */
export function sealAll(
  by: Engine,
  { contents, identity, keys, id }: Contents,
): { cell: Uint8Array; digest: Uint8Array }[] {
  return contents.map((content) => {
    const cell = sealCell(content, 'further', { identity, cellKey: keys.publicKey }, id, by);
    return { cell, digest: cellDigest(cell) };
  });
}

/** Opens as reading does: the digest first. @throws Error when one of them is not what was sealed */
export function openAll(
  by: Engine,
  sealed: ReturnType<typeof sealAll>,
  { identity, keys, id }: Contents,
): Uint8Array[] {
  return sealed.map(({ cell, digest }) => {
    const content =
      Buffer.compare(cellDigest(cell), digest) === 0 ? openCell(cell, 'further', identity, keys, id, by) : null;
    if (content === null) throw new Error('a cell does not open');
    return content;
  });
}

/** Seals and opens cells, in bytes per second, against `age`. */
export async function benchCells(quick: boolean): Promise<void> {
  const times = quick ? 1 : 8;
  const bytes = times * DISTINCT * CELL_CONTENT_BYTES;
  title(`2. Sealing and opening ${whole(bytes / 2 ** 20)} MiB in cells, with their digests, on 1 thread`);
  const contents = makeContents(DISTINCT);
  const sealed = sealAll(wasm, contents);
  const repeat = (act: () => unknown) => () =>
    seconds(() => {
      for (let i = 0; i < times; i += 1) act();
    });
  const folder = mkdtempSync(join(tmpdir(), 'dead-drop-'));
  try {
    const age = ageVersion() === undefined ? undefined : prepareAge(folder, contents.contents, times);
    const took = await runRounds(quick ? 3 : 5, {
      ageSeals: age?.encrypt,
      wasmSeals: repeat(() => sealAll(wasm, contents)),
      nativeSeals: native && repeat(() => sealAll(native!, contents)),
      ageOpens: age?.decrypt,
      wasmOpens: repeat(() => openAll(wasm, sealed, contents)),
      nativeOpens: native && repeat(() => openAll(native!, sealed, contents)),
    });
    const speed = (name: string, seals: readonly number[] | undefined, opens: readonly number[] | undefined) => {
      const rate = (figures: readonly number[]) => whole(bytes / 2 ** 20 / median(figures));
      if (seals && opens) note(`${name}: seals ${rate(seals)} MiB/s, opens ${rate(opens)} MiB/s`);
    };
    speed('WebAssembly', took.wasmSeals, took.wasmOpens);
    speed('accelerated with sodium-native', took.nativeSeals, took.nativeOpens);
    speed(`age ${ageVersion()}, X25519, without its start and without a digest`, took.ageSeals, took.ageOpens);
    if (!native) note('sodium-native is not installed: left out');
    if (!took.ageSeals || !took.ageOpens) return note('age is not installed: left out');
    verdict('WebAssembly seals, against age', medianRatio(took.ageSeals, took.wasmSeals), { atLeast: 0.5 });
    verdict('WebAssembly opens, against age', medianRatio(took.ageOpens, took.wasmOpens), { atLeast: 0.5 });
    if (!took.nativeSeals || !took.nativeOpens) return;
    verdict('accelerated seals, against age', medianRatio(took.ageSeals, took.nativeSeals), { atLeast: 1 });
    verdict('accelerated opens, against age', medianRatio(took.ageOpens, took.nativeOpens), { atLeast: 1 });
  } finally {
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
