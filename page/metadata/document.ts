import { readMarkup } from './markup.ts';
import type { Told } from './metadata.ts';
import { partsOf } from './zip.ts';

/** Parts of documents in which authors stand: descriptions, comments, and what is written, with its changes. */
const DESCRIPTION = /^(docProps\/(core|app|custom)\.xml|meta\.xml)$/i;
const WRITTEN =
  /^(word\/(document|comments|people|footnotes|endnotes)\.xml|content\.xml|ppt\/commentAuthors\.xml|xl\/(workbook|comments\d*|persons\/.*|revisions\/.*)\.xml)$/i;

/** Pictures and files within a document, which may tell of their own authors, and are not looked into here. */
const WITHIN = /^(?:(?:word|xl|ppt)\/(?:media|embeddings)|Pictures|Object [^/]*)\/./i;

/** Word, Excel, PowerPoint since 2007, and LibreOffice. @returns whether it is one of those, and all of it is looked into */
export async function readPackage(bytes: Uint8Array, told: Told): Promise<boolean> {
  const parts = await partsOf(bytes, told.budget);
  const isDocument = parts.some(({ name }) => name === '[Content_Types].xml' || name === 'meta.xml');
  // What is written may be too much to look at: descriptions come first.
  const wanted = [DESCRIPTION, WRITTEN].flatMap((names) => parts.filter(({ name }) => names.test(name)));
  // A list may name a part many times.
  const once = new Map(wanted.map((part) => [part.at, part]));
  for (const part of once.values()) await readMarkup(await part.read(), told);
  return isDocument && !parts.some(({ name }) => WITHIN.test(name));
}
