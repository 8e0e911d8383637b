import { readPackets } from './markup.ts';
import { type MetadataKind, startOf, type Told } from './metadata.ts';
import { stringIn } from './pdf-string.ts';
import { placesOf } from './places.ts';

/** What a PDF says of itself (ISO 32000-1, 14.3.3). */
const INFO: Readonly<Record<string, MetadataKind>> = {
  Author: 'author',
  Creator: 'program',
  Producer: 'program',
  CreationDate: 'time',
  Title: 'title',
};

const KEYS = /\/(Author|Creator|Producer|CreationDate)(?=[\s(<])/g;

/** Each chapter has one, too: they come last, since there is an end to what is told. */
const TITLE = /\/(Title)(?=[\s(<])/g;

/** A PDF, as far as that is not compressed. */
export async function readPdf(bytes: Uint8Array, told: Told): Promise<void> {
  await readStrings(bytes, KEYS, told);
  await readPackets(bytes, told);
  await readStrings(bytes, TITLE, told);
}

async function readStrings(bytes: Uint8Array, keys: RegExp, told: Told): Promise<void> {
  for await (const { to, groups } of placesOf(bytes, keys, told.budget)) {
    const behind = startOf(bytes.subarray(to));
    await told.budget.step(behind.length);
    const value = stringIn(behind);
    if (value !== undefined) told.add(INFO[groups[0]!]!, value);
  }
}
