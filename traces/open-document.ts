import type { Finding, LookInside, Trace } from './finding.ts';
import { kindOf } from './kind.ts';
import { type Element, elements } from './xml.ts';
import { unzip } from './zip.ts';

/** Elements of meta.xml whose text names a person. */
const META: Readonly<Record<string, string>> = {
  'initial-creator': 'author',
  creator: 'last saved by',
  'printed-by': 'printed by',
};

const XML = /(^|\/)(meta|content|styles|settings|VersionList)\.xml$/;
const PICTURE = /(^|\/)(Pictures|media)\//;
const MANIFEST = 'META-INF/manifest.xml';

/** Text, spreadsheets, presentations and drawings of LibreOffice and others (OASIS OpenDocument 1.3). */
export async function* openDocument(bytes: Uint8Array, inside: LookInside): AsyncGenerator<Finding> {
  const { parts, tooLarge } = unzip(bytes, (name) => XML.test(name) || PICTURE.test(name) || name === MANIFEST);
  if (isEncrypted(parts.get(MANIFEST))) {
    yield 'encrypted';
    return;
  }
  for (const [name, part] of parts) {
    if (PICTURE.test(name)) {
      if (kindOf(part) === 'image') yield* inside(name, part);
      continue;
    }
    try {
      for (const element of elements(part)) yield* inElement(name, element);
    } catch {
      yield 'damaged';
    }
  }
  if (tooLarge) yield 'size';
}

function isEncrypted(manifest: Uint8Array | undefined): boolean {
  if (manifest === undefined) return false;
  for (const { name } of elements(manifest)) if (name === 'encryption-data') return true;
  return false;
}

function* inElement(part: string, { name, text, attributes, parent }: Element): Generator<Trace> {
  if (part.endsWith('meta.xml')) {
    if (META[name] !== undefined) yield { what: META[name], value: text };
    if (name === 'user-defined') yield { what: `field of its own: ${attributes.get('name')}`, value: text };
    if (name === 'template') yield* ifPath(attributes.get('href') ?? '');
  } else if (part.endsWith('settings.xml')) {
    if (name === 'config-item' && attributes.get('name') === 'PrinterName') yield { what: 'printer', value: text };
  } else if (part.endsWith('VersionList.xml')) {
    yield { what: 'author of an earlier version', value: attributes.get('creator') ?? '' };
  } else if (name === 'creator') {
    const what = parent?.name === 'annotation' ? 'author of a comment' : 'author of a tracked change';
    yield { what, value: text };
  } else if (/^(sender-|author-|initial-creator$|printed-by$)/.test(name)) {
    yield { what: 'field in its text that names a person', value: text };
  }
}

/** The path of a template may lead through the author's home. */
function* ifPath(href: string): Generator<Trace> {
  if (/^file:|^(\.\.\/)*(home|Users)\//.test(href)) yield { what: 'file on a machine or in a network', value: href };
}
