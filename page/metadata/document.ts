import { latin1 } from '../../wire/bytes.ts';
import { packetsIn, readMarkup } from './markup.ts';
import type { MetadataKind, Told } from './metadata.ts';
import { partsOf } from './zip.ts';

/** Parts of documents in which authors stand: descriptions, comments, and what is written, with its changes. */
const DESCRIPTION = /^(docProps\/(core|app|custom)\.xml|meta\.xml)$/i;
const WRITTEN =
  /^(word\/(document|comments|people|footnotes|endnotes)\.xml|content\.xml|ppt\/commentAuthors\.xml|xl\/(workbook|comments\d*|persons\/.*|revisions\/.*)\.xml)$/i;

/** Word, Excel, PowerPoint since 2007, and LibreOffice. @returns whether it is one of those */
export async function readPackage(bytes: Uint8Array, told: Told): Promise<boolean> {
  const parts = partsOf(bytes);
  const isDocument = parts.some(({ name }) => name === '[Content_Types].xml' || name === 'meta.xml');
  for (const part of parts) {
    if (!DESCRIPTION.test(part.name) && !WRITTEN.test(part.name)) continue;
    readMarkup(new TextDecoder().decode(await part.read()), told);
  }
  return isDocument;
}

/** What a PDF says of itself (ISO 32000-1, 14.3.3). */
const INFO: Readonly<Record<string, MetadataKind>> = {
  Author: 'author',
  Creator: 'program',
  Producer: 'program',
  CreationDate: 'time',
  Title: 'title',
};

/** A PDF, as far as that is not compressed. */
export function readPdf(bytes: Uint8Array, told: Told): void {
  const text = latin1(bytes);
  for (const [name, what] of Object.entries(INFO)) {
    for (const [, literal, hexadecimal] of text.matchAll(
      new RegExp(`/${name}\\s*(?:\\(((?:\\\\[\\s\\S]|[^\\\\()])*)\\)|<([0-9A-Fa-f\\s]*)>)`, 'g'),
    )) {
      told.add(what, decoded(literal === undefined ? fromHex(hexadecimal!) : unescaped(literal)));
    }
  }
  for (const packet of packetsIn(text)) readMarkup(packet, told);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** A string in parentheses (7.3.4.2). */
function unescaped(text: string): string {
  return text.replace(/\\(?:([0-7]{1,3})|([\s\S]))/g, (_, octal, one) =>
    octal === undefined ? (ESCAPES[one] ?? one) : String.fromCharCode(Number.parseInt(octal, 8) & 0xff),
  );
}

const fromHex = (text: string) =>
  (text.replace(/\s/g, '').match(/../g) ?? []).map((pair) => String.fromCharCode(Number.parseInt(pair, 16))).join('');

/** UTF-16 where it says so, a character a byte otherwise. */
function decoded(text: string): string {
  if (!text.startsWith('\xfe\xff')) return text;
  return new TextDecoder('utf-16be').decode(Uint8Array.from(text.slice(2), (one) => one.charCodeAt(0)));
}
