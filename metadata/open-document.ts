import type { Finding, LookInside, MetadataItem } from './finding.ts';
import { inPackage } from './package.ts';
import { type Element, elements } from './xml.ts';
import { unzip } from './zip.ts';

/** Elements of the document's own description whose text names a person. */
const META: ReadonlyMap<string, string> = new Map([
  ['initial-creator', 'author'],
  ['creator', 'last saved by'],
  ['printed-by', 'printed by'],
]);

const MANIFEST = 'META-INF/manifest.xml';

/** Text, spreadsheets, presentations and drawings of LibreOffice and others (OASIS OpenDocument 1.3). */
export async function* openDocument(bytes: Uint8Array, inside: LookInside): AsyncGenerator<Finding> {
  if (isEncrypted(unzip(bytes, (name) => name === MANIFEST).parts.get(MANIFEST))) yield 'encrypted';
  else yield* inPackage(bytes, inside, inElement);
}

function isEncrypted(manifest: Uint8Array | undefined): boolean {
  if (manifest === undefined) return false;
  for (const { name } of elements(manifest)) if (name === 'encryption-data') return true;
  return false;
}

function* inElement({ name, text, attributes, parent }: Element): Generator<MetadataItem> {
  const [isMeta, meta] = [parent?.name === 'meta', META.get(name)];
  if (isMeta && meta !== undefined) yield { what: meta, value: text };
  else if (name === 'creator') {
    const what = parent?.name === 'annotation' ? 'author of a comment' : 'author of a tracked change';
    yield { what, value: text };
  } else if (/^(sender-|author-|initial-creator$|printed-by$)/.test(name)) {
    yield { what: 'field in its text that names a person', value: text };
  }
  if (name === 'user-defined') yield { what: `field of its own: ${attributes.get('name')}`, value: text };
  if (name === 'config-item' && attributes.get('name') === 'PrinterName') yield { what: 'printer', value: text };
  if (attributes.has('creator')) yield { what: 'author of an earlier version', value: attributes.get('creator')! };
}
