import { drawing } from './drawing.ts';
import type { Finding, LookInside, MetadataItem } from './finding.ts';
import { type Element, elements, isMarkup } from './xml.ts';
import { xmp } from './xmp.ts';
import { unzip } from './zip.ts';

/** What an element tells. */
export type ReadElement = (element: Element, inside: LookInside) => Iterable<Finding> | AsyncIterable<Finding>;

/** Parts that hold nothing but where lines of a text break. */
const HARMLESS = /^layout-cache$/;

/** What is written in markup by its name, so that anything else in it is damage. */
const MARKUP_NAME = /\.(xml|rels|vml|rdf)$/i;

/** Markup that may have anything within it: files, too. */
const OPAQUE = /^(svg|html)$/i;

const SETTINGS_OF_PRINTER = /(^|\/)printerSettings\d*\.bin$/i;

/** A place on somebody's machine or in their network, at the beginning of a word. */
const PLACE = /(^|[\s"'=;(])(file:|[a-z]:[\\/]|\\\\\w)|^(?!https?:).*(^|\/)(home|Users|Documents and Settings)\/./i;

/**
 * Looks into every part of a document that is a zip file of parts: what is markup is read by its elements, wherever it
 * stands and whatever it is called; what is a file of another kind, by that; and what is neither, nor known to be
 * harmless, is named.
 */
export async function* inPackage(bytes: Uint8Array, inside: LookInside, read: ReadElement): AsyncGenerator<Finding> {
  const { parts, tooLarge, isWhole, comment } = unzip(bytes, () => true);
  if (comment !== '') yield { what: 'comment', value: comment };
  // The smallest first: authors stand in small ones, and there may be no time left behind a large one.
  for (const [name, part] of [...parts].sort(([, a], [, b]) => a.length - b.length)) {
    if (part.length === 0 || HARMLESS.test(name)) continue;
    const drawn = drawing(part);
    if (drawn !== undefined) yield* drawn;
    else if (SETTINGS_OF_PRINTER.test(name)) yield { what: 'printer', value: printerOf(part) };
    else if (!isMarkup(part)) yield* MARKUP_NAME.test(name) ? ['damaged' as const] : inside(name, part);
    else yield* inMarkup(name, part, inside, read);
  }
  if (tooLarge) yield 'size';
  if (!isWhole) yield 'damaged';
}

async function* inMarkup(name: string, part: Uint8Array, inside: LookInside, read: ReadElement) {
  let root: Element | undefined;
  try {
    for (const element of elements(part)) {
      root = element;
      yield* read(element, inside);
      yield* inAnyElement(element, inside);
    }
  } catch {
    yield 'damaged' as const;
  }
  if (root?.name !== undefined && OPAQUE.test(root.name))
    yield { what: 'file inside, not looked into', value: nameOf(name) };
  yield* xmp(part);
}

/** What any element may have, whatever its document is. */
async function* inAnyElement({ name, attributes, text }: Element, inside: LookInside): AsyncGenerator<Finding> {
  if (name === 'X509Certificate') yield { what: 'digital signature', value: 'names whoever signed' };
  for (const [attribute, value] of attributes) {
    // A drawing of VML has the same again as a zip file.
    if (attribute === 'gfxdata') yield* inside('drawing', Buffer.from(value, 'base64'));
    // What says where it is kept is told as that.
    else if (name !== 'absPath') yield* ifPlace(value);
  }
  if (/^(del)?instrText$/i.test(name)) yield* ifPlace(text);
}

function* ifPlace(value: string): Generator<MetadataItem> {
  if (PLACE.test(value)) yield { what: 'file on a machine or in a network', value };
}

/** A DEVMODEW begins with the name of the device, in 32 characters of UTF-16. */
function printerOf(settings: Uint8Array): string {
  return new TextDecoder('utf-16le').decode(settings.subarray(0, 64)).split('\0')[0]!;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
