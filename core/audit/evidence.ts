import { fromUtf8, latin1 } from '../../wire/bytes.ts';
import { LINE_BYTES, SLOT_SECONDS } from '../../wire/sizes.ts';
import { IDS_PREFIX, parseSlot } from '../../wire/slot.ts';
import { getBatch } from '../drop/drop.ts';
import type { DropAnswer } from '../drop/transport.ts';
import { TransportFault } from '../drop/transport-fault.ts';
import type { Random } from '../platform.ts';
import { each } from './each.ts';
import type { Visit } from './visit.ts';

/** An object as the drop's list has it. */
export interface Listed {
  readonly key: string;
  readonly bytes: number | undefined;
  /** Milliseconds since 1970. */
  readonly modified: number | undefined;
}

/** The whole list of batches, taken once. */
export interface Listing {
  readonly objects: readonly Listed[];
  /** Those of its keys that are batches in the one spelling, in order. */
  readonly slots: readonly string[];
  /** Whether it was read to its end. */
  readonly isWhole: boolean;
  /** The time in milliseconds as the drop says it in its answers; by this machine where it does not say. */
  readonly time: number;
  /** How far the drop's clock is ahead of this machine's, in milliseconds, where it says. */
  readonly ahead: number | undefined;
}

/** A batch that was asked for: null when the drop did not give it, undefined when the network lost it, or it was left. */
export interface Fetched {
  readonly slot: string;
  readonly body: Uint8Array | null | undefined;
  /** It was not asked for: enough had been read. */
  readonly isLeft?: true;
}

/** Twice what a drop can have listed after 17 days, 1,000 a page. */
const PAGES_MAX = 10;

/** Batches in a row, the newest: an hour of them, within which no line may come twice. */
const NEWEST_MAX = 12;

/**
 * Reads the whole list, page after page, as a client would, but with all that it says.
 *
 * @throws Error when the drop refuses; Unreachable when it cannot be reached
 */
export async function readList(visit: Visit): Promise<Listing> {
  const objects: Listed[] = [];
  let isWhole = false;
  let ahead: number | undefined;
  for (let page = 0; page < PAGES_MAX && !isWhole; page += 1) {
    const last = objects.at(-1)?.key;
    const start = last === undefined ? '' : `&start-after=${encodeURIComponent(last)}`;
    const url = visit.at(`/?list-type=2&prefix=ids%2F${start}`);
    const answer = await visit.ask({ method: 'GET', url, headers: {} });
    if (answer.status !== 200) throw new Error(`the drop does not list its batches (status ${answer.status})`);
    const said = dateOf(answer);
    if (said !== undefined) ahead = said - visit.now();
    const xml = fromUtf8(answer.body);
    const found = objectsIn(xml);
    objects.push(...found);
    isWhole = !xml.includes('<IsTruncated>true</IsTruncated>');
    // A list that does not go on from where it was would be read for ever.
    if (found.length === 0 || (last !== undefined && found[0]!.key <= last)) break;
  }
  const slots = objects.flatMap(({ key }) => {
    const slot = key.slice(IDS_PREFIX.length);
    return key.startsWith(IDS_PREFIX) && isSlot(slot) ? [slot] : [];
  });
  return { objects, slots: [...new Set(slots)].sort(), isWhole, time: visit.now() + (ahead ?? 0), ahead };
}

/** By how many seconds the drop's clock differs from this machine's, where that is too much for either to be right. */
export function secondsOff({ ahead = 0 }: Listing): number | undefined {
  const seconds = Math.round(Math.abs(ahead) / 1000);
  return seconds > SLOT_SECONDS ? seconds : undefined;
}

/** The objects of a page of a list. */
export function objectsIn(xml: string): Listed[] {
  // Cut at its ends: an expression that looks for both takes the square of a page's length when one is missing.
  const entries = xml.split('<Contents>').slice(1);
  return entries.flatMap((entry) => {
    const end = entry.indexOf('</Contents>');
    if (end < 0) return [];
    const inside = entry.slice(0, end);
    const field = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(inside)?.[1];
    const [size, modified] = [Number(field('Size')), Date.parse(field('LastModified') ?? '')];
    return [
      {
        key: field('Key') ?? '',
        bytes: Number.isSafeInteger(size) ? size : undefined,
        modified: Number.isNaN(modified) ? undefined : modified,
      },
    ];
  });
}

export function isSlot(text: string): boolean {
  try {
    parseSlot(text);
    return true;
  } catch {
    return false;
  }
}

export const DAY_MILLISECONDS = 86_400_000;

/** The time of a slot in milliseconds. */
export const timeOf = (slot: string): number => parseSlot(slot).getTime();

function dateOf({ headers }: DropAnswer): number | undefined {
  const time = Date.parse(String(headers?.date));
  return Number.isNaN(time) ? undefined : time;
}

/** What is kept of batches, at most: 160,000 lines. A flood makes batches of 14 MB, and a drop could list as many. */
export const KEPT_MAX_BYTES = 2 ** 24;

/** Fetches the newest batches and some others, of which luck decides. Those that come when enough is kept are left. */
export async function sampleBatches(visit: Visit): Promise<Fetched[]> {
  const { slots } = await visit.list();
  let kept = 0;
  return each(chosen(slots, visit.batchCount, visit.random), async (slot) => {
    if (kept > KEPT_MAX_BYTES) return { slot, body: undefined, isLeft: true };
    try {
      const body = await getBatch(visit.drop, slot);
      kept += body?.length ?? 0;
      return { slot, body };
    } catch (error) {
      visit.drop.signal?.throwIfAborted();
      return { slot, body: error instanceof TransportFault ? undefined : null };
    }
  });
}

/** Half of `count` from the end, up to an hour's, the rest at random from what is before. In order. */
export function chosen(slots: readonly string[], count: number, random: Random): string[] {
  const newest = slots.slice(-Math.min(NEWEST_MAX, Math.ceil(count / 2)));
  const others = slots.slice(0, slots.length - newest.length);
  const picked: string[] = [];
  while (picked.length + newest.length < count && others.length > 0) {
    picked.push(...others.splice(random(others.length), 1));
  }
  return [...picked.sort(), ...newest];
}

/** The lines of a batch as they stand, whatever they are; the last may be short. */
export function rawLines(body: Uint8Array): string[] {
  const text = latin1(body);
  return Array.from({ length: Math.ceil(text.length / LINE_BYTES) }, (_, i) =>
    text.slice(i * LINE_BYTES, (i + 1) * LINE_BYTES),
  );
}
