import { latin1 } from '../../wire/bytes.ts';
import { parseSealedId } from '../../wire/sealed-id.ts';
import { CURVE_KEY_BYTES, SEALED_ID_CHARACTERS } from '../../wire/sizes.ts';
import { type Check, cannotTell, fail, pass, some } from './check.ts';
import { rawLines, timeOf } from './evidence.ts';
import { isHonestPoint } from './points.ts';
import type { Visit } from './visit.ts';

/** Lines whose keys are looked at, at most: 0.8 ms each. */
const POINTS_MAX = 1024;

/** Within an hour a publisher looks back for what it has published. */
const HOUR_MILLISECONDS = 3_600_000;

/** What the lines of the batches that were read show. */
export const LINE_CHECKS: readonly Check[] = [
  {
    name: 'spelling',
    group: 'batches',
    promise: 'Each line is 80 bytes in the one spelling of base64, so that none is known by its spelling.',
    requests: 0,
    async run(visit) {
      const all = await linesRead(visit);
      if (all.length === 0) return cannotTell('no line could be read');
      const wrong = all.filter(({ sealed }) => sealed === undefined);
      if (wrong.length === 0) return pass(`${all.length} lines`);
      const slots = [...new Set(wrong.map(({ slot }) => slot))];
      return fail(`${wrong.length} of ${all.length} lines are spelled otherwise, in ${some(slots)}`);
    },
  },
  {
    name: 'points',
    group: 'batches',
    promise: 'Each line begins with a key that an honest X25519 makes, so that decoys are not known by theirs.',
    requests: 0,
    async run(visit) {
      const all = (await linesRead(visit)).filter(({ sealed }) => sealed !== undefined);
      const left = [...all];
      const picked = [];
      while (picked.length < POINTS_MAX && left.length > 0) {
        const i = visit.random(left.length);
        picked.push(left[i]!);
        left[i] = left.at(-1)!;
        left.pop();
      }
      if (picked.length === 0) return cannotTell('no line could be read');
      const wrong = [];
      for (const [i, { slot, sealed }] of picked.entries()) {
        // It is arithmetic, a second of it: others, an interruption among them, get their turn.
        if (i % 64 === 63) await new Promise((resolve) => setImmediate(resolve));
        visit.drop.signal?.throwIfAborted();
        if (!isHonestPoint(sealed!.subarray(0, CURVE_KEY_BYTES))) wrong.push(slot);
      }
      const looked = `${picked.length} of ${all.length} lines looked at`;
      if (wrong.length > 0) return fail(`${looked}, ${wrong.length} are no such keys, in ${some([...new Set(wrong)])}`);
      return pass(`${looked}; of random bytes, one in 32 passes`);
    },
  },
  {
    name: 'repeats',
    group: 'batches',
    promise: 'No line comes twice in a batch, or in those of an hour.',
    requests: 0,
    async run(visit) {
      const seen = new Map<string, string>();
      const [soon, later]: [string[], string[]] = [[], []];
      const all = await linesRead(visit);
      if (all.length === 0) return cannotTell('no line could be read');
      for (const { slot, sealed, text } of all) {
        // The key alone would do: every line has a fresh one.
        const key = sealed ? latin1(sealed.subarray(0, CURVE_KEY_BYTES)) : text;
        const before = seen.get(key);
        seen.set(key, slot);
        if (before === undefined) continue;
        (timeOf(slot) - timeOf(before) < HOUR_MILLISECONDS ? soon : later).push(slot);
      }
      if (soon.length > 0) return fail(`a line of ${some([...new Set(soon)])} had come shortly before`);
      if (later.length > 0)
        return cannotTell(`a line of ${some([...new Set(later)])} had come before: anybody may register it again`);
      return pass(`${all.length} lines differ`);
    },
  },
];

interface Line {
  readonly slot: string;
  readonly text: string;
  /** 80 bytes, unless it is no sealed id. */
  readonly sealed: Uint8Array | undefined;
}

async function linesRead(visit: Visit): Promise<Line[]> {
  return (await visit.batches()).flatMap(({ slot, body }) => {
    return rawLines(body ?? new Uint8Array()).map((text) => ({ slot, text, sealed: sealedIn(text) }));
  });
}

function sealedIn(text: string): Uint8Array | undefined {
  try {
    return text[SEALED_ID_CHARACTERS] === '\n' ? parseSealedId(text.slice(0, SEALED_ID_CHARACTERS)) : undefined;
  } catch {
    return undefined;
  }
}
