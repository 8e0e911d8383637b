import type { Finding, LookInside } from './finding.ts';
import { image } from './image.ts';
import { type Kind, kindOf } from './kind.ts';
import { isOffice, office } from './office.ts';
import { oldOffice } from './old-office.ts';
import { openDocument } from './open-document.ts';
import { pdf } from './pdf.ts';
import { plain } from './plain.ts';
import { rtf } from './rtf.ts';
import { isLocked, unzip } from './zip.ts';

type Reader = (bytes: Uint8Array, inside: LookInside) => AsyncIterable<Finding> | Iterable<Finding>;

const READERS: Readonly<Record<Kind, Reader>> = { zip, 'old-office': oldOffice, pdf, image, rtf, text: () => [] };

/** How deep files within files are looked into: a photo, in a workbook, in a letter. */
const DEPTH_MAX = 3;

/** Looks into a file, by what it is. Never throws, but has no limit of time or memory of its own. */
export async function* inspect(bytes: Uint8Array, depth = 0): AsyncGenerator<Finding> {
  const kind = kindOf(bytes);
  if (kind === undefined) {
    yield 'kind';
    return;
  }
  try {
    for await (const finding of READERS[kind](bytes, (name, inner) => inside(name, inner, depth + 1))) {
      if (typeof finding === 'string') yield finding;
      else if (plain(finding.value) !== '') yield { what: plain(finding.what), value: plain(finding.value) };
    }
  } catch {
    yield 'damaged';
  }
}

async function* inside(path: string, bytes: Uint8Array, depth: number): AsyncGenerator<Finding> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (depth > DEPTH_MAX) {
    yield { what: 'file inside, not looked into', value: name };
    return;
  }
  for await (const finding of inspect(bytes, depth)) {
    if (typeof finding === 'string') yield { what: 'file inside, not looked into', value: name };
    else if (finding.what.includes('inside')) yield finding;
    else yield { what: `${finding.what}, inside ${name}`, value: finding.value };
  }
}

async function* zip(bytes: Uint8Array, inside: LookInside): AsyncGenerator<Finding> {
  if (isLocked(bytes)) {
    yield 'encrypted';
    return;
  }
  const { names, parts } = unzip(bytes, (name) => name === 'mimetype');
  const type = Buffer.from(parts.get('mimetype') ?? []).toString('latin1');
  if (type.startsWith('application/vnd.oasis.opendocument.')) yield* openDocument(bytes, inside);
  else if (isOffice(names)) yield* office(bytes, inside);
  else yield 'kind';
}
