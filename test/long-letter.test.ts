import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { atOnce, type Pace } from '../core/drop/pace.ts';
import type { DropAnswer, DropRequest, Transport } from '../core/drop/transport.ts';
import { contactOf } from '../core/keys/identity.ts';
import { FileFault, type OutgoingFile } from '../core/letter/body.ts';
import { type SentSoFar, send, upload } from '../core/send/send.ts';
import { SIDE_BY_SIDE } from '../core/send/side-by-side.ts';
import { DRAWN_CELLS_MAX } from '../wire/drawn-cells.ts';
import { CELL_ENTRY_BYTES } from '../wire/letter.ts';
import { CELL_CONTENT_BYTES } from '../wire/sizes.ts';
import { fileOf, journalist, letters, troubles, way } from './people.ts';
import { plainDrop } from './plain-drop.ts';
import { seeded } from './statistics.ts';

/** The content of the one file of a letter with so many cells. */
const contentOf = (cells: number) => randomBytes((cells - 1) * (CELL_CONTENT_BYTES - CELL_ENTRY_BYTES));

type Kind = 'place' | 'cell' | 'registration';
const kindOf = ({ method, url }: DropRequest): Kind => {
  if (method === 'PUT') return url.pathname === '/register-id' ? 'registration' : 'cell';
  return 'place';
};

/** What becomes of a request that is on its way: after it has waited, or in its place. */
type Fate = (kind: Kind, nth: number) => Promise<DropAnswer | undefined> | undefined;

/** A drop whose requests take a while, some longer than others, and a letter of so many cells. */
function office(cells: number, fate: Fate = () => undefined) {
  const drop = plainDrop();
  const jane = journalist(drop.url);
  const content = contentOf(cells);
  const { below } = seeded(`long ${cells}`);
  const underWay: Record<Kind, number> = { place: 0, cell: 0, registration: 0 };
  const most = { ...underWay };
  const begun = { ...underWay };
  const log: string[] = [];
  const transport: Transport = async (asked) => {
    const kind = kindOf(asked);
    const nth = begun[kind];
    begun[kind] += 1;
    underWay[kind] += 1;
    most[kind] = Math.max(most[kind], underWay[kind]);
    log.push(`${kind} begins`);
    try {
      await sleep(1 + below(30), undefined, { signal: asked.signal }).catch(() => asked.signal!.throwIfAborted());
      return (await fate(kind, nth)) ?? (await drop.transport(asked));
    } finally {
      underWay[kind] -= 1;
      log.push(`${kind} ends`);
    }
  };
  const stop = new AbortController();
  const at = { ...way(drop.url, transport), signal: stop.signal };
  const kept: SentSoFar[] = [];
  const keep = async (soFar: SentSoFar) => {
    await sleep(below(5));
    kept.push(structuredClone(soFar));
  };
  return {
    ...{ drop, jane, content, at, stop, underWay, most, begun, log, kept, keep, transport },
    contact: contactOf(jane.identity),
    draft: { files: [fileOf('data', content)] },
    uploads: () => [...drop.objects.keys()].filter((key) => key.startsWith('uploads/')),
    async arrived() {
      drop.tick();
      const events = await jane.read(drop.transport);
      expect(troubles(events)).toEqual([]);
      const [letter] = letters(events);
      expect(readFileSync(join(letter!.path, 'data')).equals(content)).toBe(true);
    },
  };
}

/** The cells of a letter that are there, by their place. */
const placesOf = ({ cells }: SentSoFar) => cells.flatMap((cell, place) => (cell === undefined ? [] : [place]));

describe('a letter as long as a decoy can be', () => {
  test.each([1, 5, DRAWN_CELLS_MAX])(
    'of %d cells makes one request after another, in the order of a decoy',
    async (cells) => {
      const { at, contact, draft, log } = office(cells);
      await send(at, contact, draft);
      const steps = [...Array(cells).fill(['place', 'cell']), ['registration']].flat();
      expect(log).toEqual(steps.flatMap((kind) => [`${kind} begins`, `${kind} ends`]));
    },
  );

  test('and so does a longer one at any pace of its own', async () => {
    const { at, contact, draft, most, log } = office(DRAWN_CELLS_MAX + 2);
    const steps: number[] = [];
    const pace: Pace = (step, _steps, act) => {
      steps.push(step);
      return act();
    };
    await send(at, contact, draft, { pace });
    expect(steps).toEqual(Array.from({ length: DRAWN_CELLS_MAX + 3 }, (_, step) => step));
    expect(most).toEqual({ place: 1, cell: 1, registration: 1 });
    expect(log.filter((each, i) => each.endsWith('begins') && i % 2 === 1)).toEqual([]);
  });
});

describe('a longer letter', () => {
  const CELLS = DRAWN_CELLS_MAX + 12;

  test('has four cells under way at a time and asks for as many places meanwhile, its root last and alone', async () => {
    const { at, contact, draft, most, begun, log, underWay, arrived } = office(CELLS);
    await send(at, contact, draft);
    expect(most).toEqual({ place: SIDE_BY_SIDE, cell: SIDE_BY_SIDE, registration: 1 });
    expect(begun).toEqual({ place: CELLS, cell: CELLS, registration: 1 });
    expect(underWay).toEqual({ place: 0, cell: 0, registration: 0 });
    const end = ['place', 'cell', 'registration'].flatMap((kind) => [`${kind} begins`, `${kind} ends`]);
    expect(log.slice(-end.length)).toEqual(end);
    expect(log.slice(0, -end.length).filter((each) => each === 'cell ends')).toHaveLength(CELLS - 1);
    // The next place is asked for while a cell travels.
    let [travelling, meanwhile] = [0, 0];
    for (const each of log) {
      if (each.startsWith('cell')) travelling += each === 'cell begins' ? 1 : -1;
      if (each === 'place begins' && travelling > 0) meanwhile += 1;
    }
    expect(meanwhile).toBeGreaterThan(CELLS / 2);
    await arrived();
  });

  test('has that of all lengths from nine cells on', async () => {
    const { at, contact, draft, most, arrived } = office(DRAWN_CELLS_MAX + 1);
    await send(at, contact, draft, { pace: atOnce });
    expect(most.cell).toBe(SIDE_BY_SIDE);
    await arrived();
  });

  test('keeps each cell when it has arrived, also those that are ahead, and never less than before', async () => {
    const { at, contact, draft, kept, keep, underWay } = office(CELLS);
    const seen: number[] = [];
    await upload(at, contact, draft, { keep, progress: ({ cellsDone }) => seen.push(cellsDone) });
    expect(seen).toEqual(Array.from({ length: CELLS + 1 }, (_, done) => done));
    expect(kept.map((each) => placesOf(each).length)).toEqual(Array.from({ length: CELLS }, (_, i) => i + 1));
    for (const [i, each] of kept.slice(1).entries())
      expect(placesOf(each)).toEqual(expect.arrayContaining(placesOf(kept[i]!)));
    expect(kept.some((each) => placesOf(each).some((place, i) => place !== i))).toBe(true); // some were ahead
    expect(placesOf(kept.at(-2)!)).toEqual(Array.from({ length: CELLS - 1 }, (_, place) => place)); // the root was not
    expect(underWay.cell).toBe(0);
  });

  test('goes on from whatever was kept, uploads what is missing and no more, and arrives byte for byte', async () => {
    const { drop, at, contact, draft, kept, keep, begun, content, jane } = office(CELLS);
    await upload(at, contact, draft, { keep });
    const ahead = kept.filter((each) => placesOf(each).some((place, i) => place !== i));
    for (const soFar of [ahead[0]!, ahead.at(-1)!, kept[9]!, kept.at(-2)!, kept.at(-1)!]) {
      const before = { ...begun };
      await send(at, contact, draft, { resume: soFar });
      const missing = CELLS - placesOf(soFar).length;
      expect([begun.cell - before.cell, begun.place - before.place]).toEqual([missing, missing]);
      drop.tick();
      const [letter] = letters(await jane.read(drop.transport));
      // The same root is the same letter, which is delivered once.
      if (letter) expect(readFileSync(join(letter.path, 'data')).equals(content)).toBe(true);
      else expect(soFar).toBe(kept.at(-1));
    }
    const paced: number[] = [];
    const pace: Pace = (step, _steps, act) => {
      paced.push(step);
      return act();
    };
    await upload(at, contact, draft, { resume: ahead[0]!, pace }); // at another pace than it was begun with
    const first = placesOf(ahead[0]!).length;
    expect(paced).toEqual(Array.from({ length: CELLS - first }, (_, i) => first + i));
  });

  test('reads its file once, in order, and no further than what is under way', async () => {
    const { at, contact, content, begun, arrived } = office(CELLS);
    let ahead = 0;
    const file: OutgoingFile = {
      name: 'data',
      bytes: content.length,
      async *read() {
        const part = new Uint8Array(400_000); // one for all of them, as of a file on a disk
        for (let start = 0; start < content.length; start += part.length) {
          ahead = Math.max(ahead, start / 2 ** 20 - begun.cell);
          await sleep(1);
          const bytes = content.subarray(start, start + part.length);
          part.set(bytes);
          yield part.subarray(0, bytes.length);
        }
      },
    };
    await send(at, contact, { files: [file] });
    // The root, which is read first, a cell that is being read, and a part of the next.
    expect(ahead).toBeLessThan(2.5);
    await arrived();
  });

  const status = (number: number): DropAnswer => ({ status: number, body: new Uint8Array() });

  test.each<[string, Fate, RegExp | undefined]>([
    ['a cell that is refused once', (kind, nth) => when(kind === 'cell' && nth === 7, status(403)), undefined],
    ['three cells at a time that are refused', (kind, nth) => when(kind === 'cell' && nth < 3, status(412)), undefined],
    ['each fifth request that is lost', (_, nth) => when(nth % 5 === 4, status(503)), undefined],
    [
      'cells that are refused again and again',
      (kind, nth) => when(kind === 'cell' && nth > 6, status(403)),
      /refuses uploads/,
    ],
    ['no more places', (kind, nth) => when(kind === 'place' && nth > 9, status(404)), /gives no upload URL/],
    ['a drop that is away', (_, nth) => (nth > 9 ? Promise.reject(new Error('lost')) : undefined), /cannot be reached/],
  ])('that meets %s arrives or fails, and leaves nothing under way', async (_, fate, message) => {
    const { at, contact, draft, underWay, begun, kept, keep, arrived, drop } = office(CELLS, fate);
    const sending = send(at, contact, draft, { keep });
    if (message === undefined) {
      await sending;
      return arrived();
    }
    await expect(sending).rejects.toThrow(message);
    expect(underWay).toEqual({ place: 0, cell: 0, registration: 0 });
    expect(begun.registration).toBe(0);
    const before = { ...begun };
    await sleep(100);
    expect(begun).toEqual(before);
    // What had arrived is kept, and is enough to go on with.
    const resume = kept.at(-1)!;
    expect(placesOf(resume)).toHaveLength(kept.length);
    expect(kept.length).toBeGreaterThan(3);
    await send(way(drop.url, drop.transport), contact, draft, { resume });
    await arrived();
  });

  const when = (isSo: boolean, answer: DropAnswer) => (isSo ? Promise.resolve(answer) : undefined);

  test('whose file ends too soon fails with that, and registers nothing', async () => {
    const { at, contact, content, begun, underWay } = office(CELLS);
    const file = { ...fileOf('data', content.subarray(0, -1_500_000)), bytes: content.length };
    await expect(send(at, contact, { files: [file] })).rejects.toThrow(FileFault);
    expect(begun.registration).toBe(0);
    expect(begun.cell).toBeLessThan(CELLS);
    expect(underWay).toEqual({ place: 0, cell: 0, registration: 0 });
  });

  test('whose state cannot be kept fails with that, and goes no further', async () => {
    const { at, contact, draft, begun, underWay } = office(CELLS);
    let keeps = 0;
    const keep = async () => {
      keeps += 1;
      if (keeps > 2) throw new Error('the disk is full');
    };
    await expect(send(at, contact, draft, { keep })).rejects.toThrow('the disk is full');
    expect(keeps).toBe(3);
    expect(begun.cell).toBeLessThanOrEqual(3 + SIDE_BY_SIDE);
    expect(underWay).toEqual({ place: 0, cell: 0, registration: 0 });
  });

  test.each([0, 3, 11])('ends at once with the reason when it is aborted, after %d cells', async (cells) => {
    const { at, contact, draft, stop, kept, keep, underWay, begun } = office(CELLS);
    const reason = new Error('enough');
    const sending = send(at, contact, draft, {
      keep,
      progress: ({ cellsDone }) => cellsDone === cells && stop.abort(reason),
    });
    await expect(sending).rejects.toBe(reason);
    expect(underWay).toEqual({ place: 0, cell: 0, registration: 0 });
    expect(begun.registration).toBe(0);
    // Those whose answer had come are kept as well.
    expect(kept.length).toBeGreaterThanOrEqual(cells);
    expect(kept.length).toBeLessThan(cells + SIDE_BY_SIDE);
  });
});
