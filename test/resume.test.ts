import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Transport } from '../core/drop/transport.ts';
import { contactOf, newIdentity } from '../core/keys/identity.ts';
import { writerOf } from '../core/letter/proof.ts';
import { register, type SentSoFar, TooLate, upload } from '../core/send/send.ts';
import { fileOf, journalist, letters, troubles, way } from './people.ts';
import { plainDrop } from './plain-drop.ts';

/** A letter of four cells: three, and the root. */
const CONTENT = randomBytes(3_500_000);

/** A drop, and a source whose way to it ends after so many cells. */
function desk(cells = Number.POSITIVE_INFINITY) {
  const drop = plainDrop();
  const jane = journalist(drop.url);
  const from = writerOf(newIdentity(drop.url, 0, 4_000_000_000));
  const draft = { text: 'with a recording', files: [fileOf('data', CONTENT)], from };
  const put: string[] = [];
  const broken: Transport = async (asked) => {
    if (put.length >= cells) throw new Error('the plug was pulled');
    if (asked.method === 'PUT') put.push(asked.url.pathname);
    return drop.transport(asked);
  };
  const kept: SentSoFar[] = [];
  const keep = async (soFar: SentSoFar) => void kept.push(soFar);
  return { drop, jane, draft, put, broken, kept, keep, contact: contactOf(jane.identity) };
}

/** Uploads in the drop. */
const uploads = ({ objects }: ReturnType<typeof plainDrop>) =>
  [...objects.keys()].filter((key) => key.startsWith('uploads/'));

describe('a letter of four cells whose upload was interrupted', () => {
  test.each([0, 1, 2, 3, 4])('after %d of them goes on from there, and arrives byte for byte', async (cells) => {
    const { drop, jane, draft, put, broken, kept, keep, contact } = desk(cells);
    const first = upload(way(drop.url, broken), contact, draft, { keep });
    if (cells < 4) await expect(first).rejects.toThrow('cannot be reached');
    else await first;
    expect([kept.length, put.length, uploads(drop).length]).toEqual([cells, cells, cells]);
    // What was kept is all that a later process has.
    const resume = cells === 0 ? undefined : structuredClone(kept.at(-1)!);

    const again: string[] = [];
    const noting: Transport = (asked) => {
      if (asked.method === 'PUT') again.push(asked.url.pathname);
      return drop.transport(asked);
    };
    const seen: number[] = [];
    const uploaded = await upload(way(drop.url, noting), contact, draft, {
      resume,
      keep,
      progress: ({ cellsDone, cellsTotal }) => seen.push(cellsDone, cellsTotal),
    });
    expect(again).toHaveLength(4 - cells);
    expect(again.filter((path) => put.includes(path))).toEqual([]);
    expect(uploads(drop)).toHaveLength(4);
    expect(seen.slice(0, 2)).toEqual([cells, 4]);
    expect(seen.slice(-2)).toEqual([4, 4]);
    if (resume) expect(uploaded.since).toBe(resume.since);

    await register(way(drop.url, drop.transport), uploaded);
    drop.tick();
    const events = await jane.read(drop.transport);
    expect(troubles(events)).toEqual([]);
    const [letter] = letters(events);
    expect(readFileSync(join(letter!.path, 'data')).equals(CONTENT)).toBe(true);
    expect(readFileSync(join(letter!.path, 'letter.txt'), 'utf8')).toBe('with a recording');
    expect(letter!.from).toEqual(draft.from.contact);
  });

  test('is kept cell by cell, and what was kept once does not change', async () => {
    const { drop, draft, kept, keep, contact } = desk();
    await upload(way(drop.url, drop.transport), contact, draft, { keep });
    expect(kept.map(({ cells }) => cells.length)).toEqual([1, 2, 3, 4]);
    expect(new Set(kept.map(({ since }) => since)).size).toBe(1);
  });

  test('waits for each cell until it is kept', async () => {
    const { drop, draft, contact } = desk();
    const put: number[] = [];
    const keep = async () => {
      const before = uploads(drop).length;
      await new Promise((resolve) => setTimeout(resolve, 20));
      put.push(uploads(drop).length - before);
    };
    await upload(way(drop.url, drop.transport), contact, draft, { keep });
    expect(put).toEqual([0, 0, 0, 0]);
  });

  test('goes on when its contact is over by now, which was valid when it was begun; none is begun then', async () => {
    const { drop, draft, broken, kept, keep, contact } = desk(2);
    await upload(way(drop.url, broken), contact, draft, { keep }).catch(() => {});
    const resume = { ...kept.at(-1)!, since: contact.validUntil * 1000 - 86_400_000 };
    const now = () => resume.since + 2 * 86_400_000;
    const late = upload(way(drop.url, drop.transport), contact, draft, { now });
    await expect(late).rejects.toThrow('the contact is no longer valid');
    expect(uploads(drop)).toHaveLength(2);
    const uploaded = await upload(way(drop.url, drop.transport), contact, draft, { resume, now });
    await register(way(drop.url, drop.transport), uploaded, now);
    expect(uploads(drop)).toHaveLength(4);
  });

  test('is refused when its first cell is more than 8 days old, whatever was kept', async () => {
    const { drop, draft, broken, kept, keep, contact } = desk(2);
    await upload(way(drop.url, broken), contact, draft, { keep }).catch(() => {});
    const resume = kept.at(-1)!;
    const now = () => resume.since + 8 * 86_400_000 + 1;
    const going = upload(way(drop.url, drop.transport), contact, draft, { resume, now });
    await expect(going).rejects.toBeInstanceOf(TooLate);
    expect(uploads(drop)).toHaveLength(2);
    const all = { ...resume, cells: [...resume.cells, ...resume.cells] };
    const whole = await upload(way(drop.url, drop.transport), contact, draft, { resume: all, now });
    await expect(register(way(drop.url, drop.transport), whole, now)).rejects.toBeInstanceOf(TooLate);
  });
});
