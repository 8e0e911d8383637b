import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import type { SealingKeys } from '../../core/keys/epoch.ts';
import { newIdentity } from '../../core/keys/identity.ts';
import { sealId } from '../../core/letter/sealed-id.ts';
import { type FoundId, tryIds } from '../../core/read/try-ids.ts';
import { openBoxes } from '../../node/open-boxes.ts';
import { native, wasm } from '../../node/sodium/engine.ts';
import { LINES_MAX, SEALED_ID_BYTES, UPLOAD_ID_BYTES } from '../../wire/sizes.ts';
import { cores, note, title, verdict, whole } from './report.ts';
import { median, medianRatio, runRounds, seconds } from './rounds.ts';

await sodium.ready;

/** Boxes that differ; a longer backlog repeats them, since a try takes the same time for each. */
const DISTINCT = 1024;

/** Of the backlog, how many are for our key. */
const OURS = 5;

/** Sealed ids, one after another, a few of which are for our key. */
export interface Backlog {
  readonly sealedIds: Uint8Array;
  readonly keys: SealingKeys;
  /** What a try has to find, in order. */
  readonly expected: readonly Uint8Array[];
}

/** Makes a backlog of real sealed boxes. */
export function makeBacklog(count: number): Backlog {
  const keys = newIdentity('http://127.0.0.1', 0, 1).epochs[0]!;
  const sealedIds = new Uint8Array(count * SEALED_ID_BYTES);
  const others = Array.from({ length: Math.min(count, DISTINCT) }, () =>
    sealId(randomBytes(UPLOAD_ID_BYTES), sodium.crypto_box_keypair().publicKey),
  );
  for (let i = 0; i < count; i += 1) sealedIds.set(others[i % others.length]!, i * SEALED_ID_BYTES);
  const expected = Array.from({ length: OURS }, () => new Uint8Array(randomBytes(UPLOAD_ID_BYTES)));
  for (const [i, id] of expected.entries()) {
    const at = Math.floor(((i + 0.5) * count) / OURS);
    sealedIds.set(sealId(id, keys.id.publicKey), at * SEALED_ID_BYTES);
  }
  return { sealedIds, keys, expected };
}

/** The seconds that a try takes. @throws Error when it finds anything else than what is for our key */
export async function timeTry(
  by: typeof wasm,
  { sealedIds, keys, expected }: Backlog,
  threads = cores,
): Promise<number> {
  let found: FoundId<SealingKeys>[] = [];
  const time = await seconds(async () => {
    found = await tryIds(sealedIds, [keys], (...boxes) => openBoxes(...boxes, { engine: by, threads }));
  });
  checkFound(
    found.map(({ id }) => Buffer.from(id).toString('hex')),
    expected,
  );
  return time;
}

/** Tries sealed ids per second, on all cores, against PyNaCl. */
export async function benchIds(quick: boolean): Promise<void> {
  const count = quick ? 4096 : LINES_MAX;
  title(`1. Trying ${whole(count)} sealed ids, ${OURS} of them for our key, on ${cores} threads`);
  const backlog = makeBacklog(count);
  const peer = pyNaClVersion();
  const times = await runRounds(quick ? 3 : 5, {
    wasm: () => timeTry(wasm, backlog),
    native: native && (() => timeTry(native!, backlog)),
    peer: peer === undefined ? undefined : () => timePyNaCl(backlog),
  });
  const speed = (name: string, figures: readonly number[] | undefined) =>
    figures && note(`${name}: ${whole(count / median(figures))} a second`);
  speed('WebAssembly', times.wasm);
  speed('accelerated with sodium-native', times.native);
  speed(`PyNaCl ${peer}, one thread, without its start`, times.peer);
  if (!native) note('sodium-native is not installed: left out');
  if (!times.peer) return note('python3-nacl is not installed: left out');
  verdict('WebAssembly against PyNaCl', medianRatio(times.peer, times.wasm), { atLeast: 2 });
  if (times.native) verdict('accelerated against PyNaCl', medianRatio(times.peer, times.native), { atLeast: 2 });
}

/** Debian's own Python, for which python3-nacl is packaged. */
const PYTHON = '/usr/bin/python3';

function pyNaClVersion(): string | undefined {
  try {
    const code = 'import nacl; print(nacl.__version__)';
    return execFileSync(PYTHON, ['-c', code], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

/** PyNaCl's shortest way to open a box: the binding itself. Takes both keys and the boxes, prints seconds and ids. */
const PYNACL_TRY = `
import sys, time
from nacl.bindings import crypto_box_seal_open
from nacl.exceptions import CryptoError
data = sys.stdin.buffer.read()
public, secret, boxes = data[:32], data[32:64], data[64:]
found = []
start = time.perf_counter()
for at in range(0, len(boxes), 80):
    try:
        found.append(crypto_box_seal_open(boxes[at:at + 80], public, secret))
    except CryptoError:
        pass
print(time.perf_counter() - start)
for id in found:
    print(id.hex())
`;

function timePyNaCl({ sealedIds, keys, expected }: Backlog): number {
  const input = Buffer.concat([keys.id.publicKey, keys.id.secretKey, sealedIds]);
  const [time, ...found] = execFileSync(PYTHON, ['-c', PYNACL_TRY], { input, encoding: 'utf8' }).trim().split('\n');
  checkFound(found, expected);
  return Number(time);
}

function checkFound(found: readonly string[], expected: readonly Uint8Array[]): void {
  const right = expected.map((id) => Buffer.from(id).toString('hex'));
  if (found.join() !== right.join()) throw new Error(`found ${found.length} ids instead of the ${right.length} for us`);
}
