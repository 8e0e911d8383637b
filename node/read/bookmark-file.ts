import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ListFault } from '../../core/drop/list.ts';
import type { Identity } from '../../core/keys/identity.ts';
import type { Bookmark, KnownKeys, PendingLetter, SettledLetter } from '../../core/read/bookmark.ts';
import type { Loss, Lost } from '../../core/read/losses.ts';
import type { Failures } from '../../core/read/luck.ts';
import { SLOT_SECONDS } from '../../wire/sizes.ts';
import { parseSlot, slotAt } from '../../wire/slot.ts';
import { createSecretFile } from '../files/secret-file.ts';
import { intoPlace } from '../files/unfinished.ts';
import { openStored, sealStored } from '../inbox/letter-note.ts';

const NAME = '.bookmark';

/**
 * Reads the bookmark that an inbox has for a drop.
 *
 * @throws Error when it was not written with this identity, or is damaged
 */
export async function readBookmark(inbox: string, identity: Identity, drop: string): Promise<Bookmark> {
  const { slots, unread, settled, pending, keys, known, checked, losses, faults } = {
    ...EMPTY,
    ...(await readAll(inbox, identity))[drop],
  };
  return {
    slots: new Set(slots),
    unread: new Map(unread),
    settled: new Map(Object.entries(settled).flatMap(([keys, packed]) => unpackSettled(keys, packed))),
    pending: new Map(pending.map((letter) => [letter.name, letter])),
    keys: new Set(keys),
    known: new Map(known),
    checked,
    losses: new Map(losses),
    faults: new Set(faults),
  };
}

/** Writes it, encrypted for the identity, in one step: a crash leaves the old one or the new one. */
export async function writeBookmark(
  inbox: string,
  identity: Identity,
  drop: string,
  { slots, unread, settled, pending, keys, known, checked, losses, faults }: Bookmark,
): Promise<void> {
  const mine: Written[string] = {
    slots: [...slots],
    unread: [...unread],
    settled: packSettled(settled),
    pending: [...pending.values()],
    keys: [...keys],
    known: [...known],
    checked,
    losses: [...losses],
    faults: [...faults],
  };
  const text = Buffer.from(JSON.stringify({ ...(await readAll(inbox, identity)), [drop]: mine }));
  const padded = Buffer.alloc(Math.ceil((text.length + 1) / PAD_BYTES) * PAD_BYTES, ' ');
  padded.set(text);
  const sealed = sealStored(padded, NAME, identity.storageKey);
  await intoPlace(inbox, NAME, (unfinished) => createSecretFile(unfinished, sealed));
}

/** What the file holds, by the drop's base URL: one drop's slots and upload ids mean nothing to another. */
type Written = Record<
  string,
  {
    slots: string[];
    unread: [string, Failures][];
    /** By the name of the keys: 20 bytes for each letter, in base64. */
    settled: Record<string, string>;
    pending: PendingLetter[];
    keys: string[];
    known: [string, KnownKeys][];
    checked: string | undefined;
    losses: [Lost, Loss][];
    faults: ListFault[];
  }
>;

/** Of a drop that was never read; and what a bookmark lacks that was written before there was such a thing. */
const EMPTY: Written[string] = {
  slots: [],
  unread: [],
  settled: {},
  pending: [],
  keys: [],
  known: [],
  checked: undefined,
  losses: [],
  faults: [],
};

/** Of a letter that is settled: its name has 16 bytes, and its slot is a number of slots since 1970, 4 bytes. */
const NAME_BYTES = 16;
const SETTLED_BYTES = NAME_BYTES + 4;
const LETTER = 'letter-';

/** Letters are remembered for months, and a mailbox's for ever: so they take little room. */
function packSettled(settled: ReadonlyMap<string, SettledLetter>): Record<string, string> {
  const byKeys = Map.groupBy(settled, ([, { keys }]) => keys);
  const packed = [...byKeys].map(([keys, letters]) => {
    const bytes = Buffer.alloc(letters.length * SETTLED_BYTES);
    for (const [i, [name, { slot }]] of letters.entries()) {
      bytes.write(name.slice(LETTER.length), i * SETTLED_BYTES, 'hex');
      bytes.writeUInt32BE(parseSlot(slot).getTime() / (SLOT_SECONDS * 1000), i * SETTLED_BYTES + NAME_BYTES);
    }
    return [keys, bytes.toString('base64')];
  });
  return Object.fromEntries(packed);
}

function unpackSettled(keys: string, packed: string): [string, SettledLetter][] {
  const bytes = Buffer.from(packed, 'base64');
  return Array.from({ length: bytes.length / SETTLED_BYTES }, (_, i) => {
    const at = i * SETTLED_BYTES;
    const slot = slotAt(new Date(bytes.readUInt32BE(at + NAME_BYTES) * SLOT_SECONDS * 1000));
    return [LETTER + bytes.toString('hex', at, at + NAME_BYTES), { slot, keys }];
  });
}

/** Blanks fill the text up to a multiple of this, so that its size tells little of how many letters came. */
const PAD_BYTES = 16_384;

async function readAll(inbox: string, identity: Identity): Promise<Written> {
  let file: Uint8Array;
  try {
    file = await readFile(join(inbox, NAME));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error('the bookmark in the inbox cannot be read');
  }
  try {
    const written: Written = JSON.parse(Buffer.from(openStored(file, NAME, identity.storageKey)).toString());
    if (!Object.values(written).every(isOfThisForm)) throw new Error('another form');
    return written;
  } catch {
    throw new Error(
      `the inbox belongs to another identity, or its bookmark is damaged: choose another inbox, or remove ${NAME} from it`,
    );
  }
}

/** Another form may leave out what was delivered, and would have it delivered again. */
function isOfThisForm({ settled, pending }: Written[string]): boolean {
  return settled !== undefined && pending.every(({ state }) => state !== undefined);
}
