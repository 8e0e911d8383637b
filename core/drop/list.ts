import sax from 'sax';
import { fromUtf8 } from '../../wire/bytes.ts';
import { DELETION_MARGIN_DAYS, RETENTION_DAYS, SLOT_SECONDS } from '../../wire/sizes.ts';
import { batchKey, IDS_PREFIX, parseSlot, slotAt, slotBefore } from '../../wire/slot.ts';
import type { Drop } from './drop.ts';
import { NoDrop } from './no-drop.ts';
import { withRetries } from './retry.ts';

/** What can be wrong with a list that is one. What of it is right is used all the same. */
export type ListFault =
  /** It has names that are no slots'. */
  | 'strange'
  /** It is out of order, has a name twice, or names that were not asked for. */
  | 'unordered'
  /** It has slots from before any drop, or from the future. */
  | 'out of range'
  /** It ends in the middle. */
  | 'cut'
  /** It says that it goes on, and does not; or goes on beyond what any drop keeps. */
  | 'endless';

/** How a list is asked for. */
export interface ListOptions {
  /** Only slots after this one. @default - all */
  readonly after?: string | undefined;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Told of each kind of fault, once. */
  readonly tell?: ((fault: ListFault) => void) | undefined;
}

/** A page has some 300 KB: 1,000 keys, and what each implementation says of them. */
const PAGE_MAX_BYTES = 2 ** 20;

const DAY_SLOTS = 86_400 / SLOT_SECONDS;

/** Beyond twice the retention's worth of batches, a list that still goes on is a trick. */
const SLOTS_MAX = 2 * RETENTION_DAYS * DAY_SLOTS;

/** How far the newest batch of a drop is from its oldest, at most, and a day more. */
const SPAN_SLOTS = (RETENTION_DAYS + DELETION_MARGIN_DAYS + 1) * DAY_SLOTS;

/** No drop is older than the protocol. */
const EARLIEST_SLOT = '2026-01-01T00:00:00Z';

/** A batch as the list names it. */
export interface ListedBatch extends Said {
  readonly slot: string;
}

/** What a list says of a batch besides its name, where it says it as S3 does. */
export interface Said {
  /** Bytes. */
  readonly size?: number | undefined;
  /** Of its bytes, in hexadecimal. */
  readonly md5?: string | undefined;
}

/**
 * The batches that a drop has, after a given slot, in order. Protocol step 10, and "What a client takes".
 *
 * @throws NoDrop when an answer is no list, or the drop refuses to list; Unreachable
 */
export async function* listBatches(
  drop: Drop,
  { after, now = Date.now, tell }: ListOptions = {},
): AsyncGenerator<ListedBatch> {
  const told = new Set<ListFault>();
  const fault = (which: ListFault) => {
    if (!told.has(which)) tell?.(which);
    told.add(which);
  };
  const ahead = slotBefore(slotAt(new Date(now())), -DAY_SLOTS);
  let [last, latest, count]: [string | undefined, string | undefined, number] = [after, undefined, 0];
  while (count < SLOTS_MAX) {
    const { keys, said, isTruncated, isCut } = await getPage(drop, last);
    if (isCut) fault('cut');
    const page = slotsIn(keys, last, fault);
    if (latest === undefined && page.length > 0) {
      // By this machine's clock, or by the list itself: a clock that is behind makes nothing pass for the future.
      const span = slotBefore(page[0]!, -SPAN_SLOTS);
      latest = span > ahead ? span : ahead;
    }
    const near = page.filter((slot) => slot <= latest!);
    if (near.length < page.length) fault('out of range');
    for (const slot of near.slice(0, SLOTS_MAX - count)) yield { slot, ...said.get(batchKey(slot)) };
    count += near.length;
    if (!isTruncated && !isCut) return;
    if (near.length === 0) return isTruncated && page.length === 0 ? fault('endless') : undefined;
    last = near.at(-1);
  }
  fault('endless');
}

async function getPage(drop: Drop, after: string | undefined): Promise<Page> {
  const start = after === undefined ? '' : `&start-after=${encodeURIComponent(batchKey(after))}`;
  const url = new URL(`${drop.url}/?list-type=2&prefix=ids%2F${start}`);
  const request = { method: 'GET', url, headers: {}, answerMaxBytes: PAGE_MAX_BYTES, signal: drop.signal } as const;
  const { status, body } = await withRetries(drop.transport, () => request, drop.patience, {
    asking: drop.asking,
    what: 'list',
  });
  if (status !== 200) throw new NoDrop(`the drop does not list its batches (status ${status}): is its address right?`);
  return parsePage(body);
}

/** The slots among keys that come after another one, in order. */
function slotsIn(keys: readonly string[], after: string | undefined, fault: (which: ListFault) => void): string[] {
  const slots = new Set<string>();
  let before = after ?? '';
  for (const key of keys) {
    const slot = key.slice(IDS_PREFIX.length);
    if (!key.startsWith(IDS_PREFIX) || !isSlot(slot)) fault('strange');
    else {
      if (slot <= before) fault('unordered');
      before = slot;
      if (slot < EARLIEST_SLOT) fault('out of range');
      else if (after === undefined || slot > after) slots.add(slot);
    }
  }
  return [...slots].sort();
}

function isSlot(text: string): boolean {
  try {
    parseSlot(text);
    return true;
  } catch {
    return false;
  }
}

/** A page of a list. */
export interface Page {
  readonly keys: readonly string[];
  /** By key. */
  readonly said: ReadonlyMap<string, Said>;
  /** Whether it says that there are further ones. */
  readonly isTruncated: boolean;
  /** Whether it is no whole document, so that nothing is known of what comes after `keys`. */
  readonly isCut: boolean;
}

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** What of a ListBucketResult counts, by its place. Whatever else an S3 puts in is left out. */
const PREFIX = 'ListBucketResult/Prefix';
const IS_TRUNCATED = 'ListBucketResult/IsTruncated';
const CONTENTS = 'ListBucketResult/Contents';
const KEY = `${CONTENTS}/Key`;
const SIZE = `${CONTENTS}/Size`;
const ETAG = `${CONTENTS}/ETag`;
const DEPTH_MAX = 10;

/**
 * Reads an answer of ListObjectsV2: XML, whose root is S3's ListBucketResult, with the prefix that was asked for.
 *
 * @throws NoDrop when it is something else. What only breaks off, or goes wrong later on, is a page that is cut.
 */
export function parsePage(body: Uint8Array): Page {
  const parser = sax.parser(true, { xmlns: true });
  const path: string[] = [];
  const found: Record<string, string[]> = { [PREFIX]: [], [IS_TRUNCATED]: [], [KEY]: [], [SIZE]: [], [ETAG]: [] };
  const keys: string[] = [];
  const said = new Map<string, Said>();
  let text = '';
  let isList = false;
  parser.onopentag = (tag) => {
    const { uri, local } = tag as sax.QualifiedTag;
    if (path.length === DEPTH_MAX) throw new Error('too deep');
    path.push(uri === NAMESPACE ? local : '');
    isList ||= path.length === 1 && path[0] === 'ListBucketResult';
    if (!isList) throw new NoDrop();
    text = '';
  };
  const add = (more: string) => {
    text += more;
  };
  [parser.ontext, parser.oncdata] = [add, add];
  parser.onclosetag = () => {
    const place = path.join('/');
    found[place]?.push(text);
    if (place === CONTENTS) {
      const [key, size, etag] = [KEY, SIZE, ETAG].map((field) => found[field]!.splice(0));
      keys.push(...key!);
      // What is not said once is not said.
      const one = (texts: string[] | undefined) => (texts?.length === 1 ? texts[0]! : '');
      if (key!.length === 1) said.set(key![0]!, { size: sizeOf(one(size)), md5: MD5.exec(one(etag))?.[1] });
    }
    path.pop();
    text = '';
  };
  parser.onerror = (error) => {
    throw error;
  };
  let isCut = false;
  try {
    parser.write(fromUtf8(body)).close();
  } catch {
    isCut = true;
  }
  keys.push(...found[KEY]!); // of one that breaks off
  const [prefixes, truncated] = [found[PREFIX]!, found[IS_TRUNCATED]!];
  const isAsked =
    prefixes.every((prefix) => prefix === IDS_PREFIX) && truncated.every((word) => /^(true|false)$/.test(word));
  const isWhole = prefixes.length === 1 && truncated.length === 1;
  if (!isList || !isAsked || !(isCut || isWhole)) throw new NoDrop();
  return { keys, said, isTruncated: truncated[0] === 'true', isCut };
}

/** How S3 says it of an object that one PUT stored, and that its own keys encrypt or none ("Object", in its API). */
const MD5 = /^"([0-9a-f]{32})"$/;

const sizeOf = (text: string) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined);
