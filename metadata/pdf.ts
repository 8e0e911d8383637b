import { getDocument } from 'unpdf/pdfjs';
import type { Finding, LookInside, MetadataItem } from './finding.ts';
import { image } from './image.ts';
import { authorsAsWritten } from './pdf-text.ts';
import { xmp } from './xmp.ts';

type Document = Awaited<ReturnType<typeof getDocument>['promise']>;

const JPEG_START = Buffer.from([0xff, 0xd8, 0xff]);

/** What shows by a key alone. */
const AS_WRITTEN: readonly (readonly [key: string, item: MetadataItem])[] = [
  ['/ByteRange', { what: 'digital signature', value: 'names whoever signed' }],
  ['/XFA', { what: 'form, not looked into', value: 'XFA' }],
  ['/PieceInfo', { what: 'private data of a program, not looked into', value: 'PieceInfo' }],
];

/** The parser runs no script, loads nothing, draws nothing and prints nothing. */
const OPTIONS = {
  verbosity: 0,
  isEvalSupported: false,
  useSystemFonts: false,
  disableFontFace: true,
  useWorkerFetch: false,
  useWasm: false,
  enableXfa: false,
} as const;

/** PDF (ISO 32000-2), also when it is encrypted with an empty password. */
export async function* pdf(bytes: Uint8Array, inside: LookInside): AsyncGenerator<Finding> {
  // First what stands in the file as it is: a later version only adds to a PDF, and takes nothing away.
  yield* xmp(bytes);
  yield* authorsAsWritten(bytes);
  yield* pictures(bytes);
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const [key, item] of AS_WRITTEN) if (file.includes(key)) yield item;
  // The parser takes the bytes away from us, so it comes last.
  const data = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const task = getDocument({ data, ...OPTIONS });
  try {
    const document = await task.promise;
    yield* information(document);
    yield* attachments(document, inside);
    yield* notes(document, inside);
  } catch (error) {
    yield (error as Error)?.name === 'PasswordException' ? 'encrypted' : 'damaged';
  } finally {
    await task.destroy();
  }
}

async function* information(document: Document): AsyncGenerator<Finding> {
  const { info, metadata } = await document.getMetadata();
  const { Author, Custom } = info as { Author?: unknown; Custom?: Record<string, unknown> };
  if (typeof Author === 'string') yield { what: 'author', value: Author };
  for (const [name, value] of Object.entries(Custom ?? {})) {
    if (typeof value === 'string') yield { what: `field of its own: ${name}`, value };
  }
  // Again, for a packet that is compressed or encrypted.
  const packet: unknown = metadata?.getRaw();
  if (typeof packet === 'string') yield* xmp(Buffer.from(packet));
}

async function* attachments(document: Document, inside: LookInside): AsyncGenerator<Finding> {
  for (const [id, { filename }] of (await document.getAttachments()) ?? []) {
    yield* attached(document, id, filename, inside);
  }
}

async function* notes(document: Document, inside: LookInside): AsyncGenerator<Finding> {
  for (let number = 1; number <= document.numPages; number += 1) {
    const page = await document.getPage(number);
    for (const { subtype, titleObj, file, fileId } of await page.getAnnotations({ intent: 'any' })) {
      // The title of a field to fill in is its name; that of anything else, its author (12.5.6.2).
      if (subtype !== 'Widget' && titleObj?.str) yield { what: 'author of a comment', value: titleObj.str };
      if (file && fileId) yield* attached(document, fileId, file.filename, inside);
    }
    page.cleanup();
  }
}

async function* attached(document: Document, id: string, name: string, inside: LookInside): AsyncGenerator<Finding> {
  yield { what: 'attached file', value: name };
  const content: unknown = await document.getAttachmentContent(id);
  if (content instanceof Uint8Array) yield* inside(name, content);
}

/** A photo is kept in a PDF as the JPEG that it was, Exif and all. */
async function* pictures(bytes: Uint8Array): AsyncGenerator<Finding> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = file.indexOf(JPEG_START); at !== -1; at = file.indexOf(JPEG_START, at + 1)) {
    const end = file.indexOf('endstream', at);
    if (end === -1) return;
    try {
      for await (const finding of image(file.subarray(at, end))) {
        yield typeof finding === 'string'
          ? finding
          : { what: `${finding.what}, inside a picture`, value: finding.value };
      }
    } catch {
      // Bytes of something else may look like the start of a picture.
    }
    at = end;
  }
}
