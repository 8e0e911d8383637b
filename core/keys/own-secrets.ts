import { armorBegin } from '../../wire/armor.ts';
import { concat, fromUtf8, utf8, wipe } from '../../wire/bytes.ts';
import { holdsWords } from './words.ts';

/** What a locked file is (`node/files/locked-file.ts`): it stands in its first line and is authenticated, and words about it are made from it. */
export const LOCKED_KINDS = [
  'identity',
  'signing key',
  'invitation',
  'unsent letter',
  'unsent upload',
  'unsent answer',
  'unsent invitation',
] as const;
export type LockedKind = (typeof LOCKED_KINDS)[number];

const LABEL = 'DEAD DROP ';

/** The label of a locked file (RFC 7468). */
export function labelOf(kind: LockedKind): string {
  return `${LABEL}${kind.toUpperCase()}`;
}

/** What is its owner's to keep, and stands in a letter by mistake. The words are those of a mailbox. */
export type OwnSecret = LockedKind | 'words';

/** A larger file is no note of words. */
export const NOTE_MAX_BYTES = 2 ** 20;

/** What a text holds that is for nobody else. */
export function secretsInText(text: string): OwnSecret[] {
  return secretsInTexts([text]);
}

/** What some bytes hold: texts in UTF-8 or UTF-16, as editors of Windows write them. */
export function secretsIn(bytes: Uint8Array): OwnSecret[] {
  // In UTF-16, what is looked for has a zero in each character.
  const wide = bytes.includes(0) ? [UTF16.decode(bytes), UTF16.decode(bytes.subarray(1))] : [];
  return secretsInTexts([fromUtf8(bytes), ...wide]);
}

const UTF16 = new TextDecoder('utf-16le');

function secretsInTexts(texts: readonly string[]): OwnSecret[] {
  const locked = LOCKED_KINDS.filter((kind) => texts.some((text) => text.includes(armorBegin(labelOf(kind)))));
  return [...locked, ...(texts.some(holdsWords) ? ['words' as const] : [])];
}

/**
 * What a file holds. Of a large one only the first lines of locked files are looked for, wherever in it they stand.
 *
 * @param bytes - its size
 * @param parts - all of it, each of which may be gone when the next is asked for
 */
export async function secretsInFile(bytes: number, parts: AsyncIterable<Uint8Array>): Promise<OwnSecret[]> {
  if (bytes <= NOTE_MAX_BYTES) return secretsInNote(parts);
  const found = new Set<LockedKind>();
  let end: Uint8Array = new Uint8Array();
  for await (const part of parts) {
    const seam = concat([end, part.subarray(0, LINE_BYTES)]); // a line may begin in one part and end in the next
    for (const kind of [...lockedIn(seam), ...lockedIn(part)]) found.add(kind);
    end = concat([end, part.subarray(-LINE_BYTES)]).subarray(-LINE_BYTES);
  }
  return [...found];
}

async function secretsInNote(parts: AsyncIterable<Uint8Array>): Promise<OwnSecret[]> {
  const held: Uint8Array[] = [];
  for await (const part of parts) held.push(part.slice());
  const all = concat(held);
  const found = secretsIn(all);
  for (const each of [...held, all]) wipe(each);
  return found;
}

function lockedIn(bytes: Uint8Array): LockedKind[] {
  if (!holds(bytes, BEGIN)) return [];
  return LOCKED_KINDS.filter((kind) => holds(bytes, utf8(armorBegin(labelOf(kind)))));
}

/** How all of these lines begin. */
const BEGIN = utf8(armorBegin(LABEL).replace(/-+$/, ''));

/** No such line is longer. */
const LINE_BYTES = 64;

/** Whether bytes stand in others, one after another. */
function holds(bytes: Uint8Array, what: Uint8Array): boolean {
  for (let at = bytes.indexOf(what[0]!); at !== -1; at = bytes.indexOf(what[0]!, at + 1)) {
    let same = 1;
    while (same < what.length && bytes[at + same] === what[same]) same += 1;
    if (same === what.length) return true;
  }
  return false;
}
