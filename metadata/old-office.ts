import CFB from 'cfb';
import type { Finding, LookInside, MetadataItem } from './finding.ts';
import { inMessage } from './outlook.ts';
import { properties } from './property-set.ts';
import { authorsOfWord } from './word-streams.ts';
import { inWorkbook } from './workbook-stream.ts';

/** A stream, among storages and a root ([MS-CFB] 2.6.1). */
const STREAM = 2;

/** Properties of the two sets that every document has ([MS-OLEPS] 3.1.2, [MS-OSHARED] 2.3.3.2). */
const SUMMARY: Readonly<Record<number, string>> = { 4: 'author', 8: 'last saved by' };
const DOCUMENT_SUMMARY: Readonly<Record<number, string>> = { 14: 'manager', 15: 'company' };

/** Streams that are read with others, hold the text itself or name the program: the last by the library that made it. */
const HARMLESS = new Set(['WordDocument', '0Table', '1Table', '\x01CompObj', '__properties_version1.0', '\x01Sh33tJ5']);

/** The content of a file that came with a message ([MS-OXMSG] 2.2.2), and properties that are no text. */
const [ATTACHED, MESSAGE_BINARY] = [/^__substg1\.0_37010102$/i, /^__substg1\.0_[\dA-F]{8}/i];

/** Word, Excel and PowerPoint until 2003, and messages of Outlook: all are folders of streams ([MS-CFB]). */
export async function* oldOffice(bytes: Uint8Array, inside: LookInside): AsyncGenerator<Finding> {
  const { FileIndex } = CFB.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), { type: 'buffer' });
  const streams = FileIndex.filter(({ type, content }) => type === STREAM && content !== undefined);
  // Every later kind of Office keeps a document with a password in here.
  if (streams.some(({ name }) => name === 'EncryptedPackage')) {
    yield 'encrypted';
    return;
  }
  const authors = authorsOfWord((name) => bytesOf(streams.find((stream) => stream.name === name)));
  yield* authors ?? [];
  let known = authors !== undefined;
  const others: CFB.CFB$Entry[] = [];
  for (const stream of streams) {
    const found = inStream(stream);
    if (found === undefined) {
      if (!HARMLESS.has(stream.name) && bytesOf(stream)!.length > 0) others.push(stream);
      continue;
    }
    known = true;
    try {
      yield* found;
    } catch {
      yield 'damaged';
    }
  }
  if (!known) yield 'kind';
  else for (const stream of others) yield* inOther(stream, inside);
}

async function* inOther(stream: CFB.CFB$Entry, inside: LookInside): AsyncGenerator<Finding> {
  if (ATTACHED.test(stream.name)) yield* inside('an attached file', bytesOf(stream)!);
  else if (MESSAGE_BINARY.test(stream.name))
    yield { what: 'fields of the message, not looked into', value: 'binary ones' };
  else yield { what: 'file inside, not looked into', value: stream.name };
}

function inStream(stream: CFB.CFB$Entry): Iterable<Finding> | undefined {
  const { name } = stream;
  const bytes = bytesOf(stream)!;
  if (name === '\x05SummaryInformation') return named(bytes, SUMMARY);
  if (name === '\x05DocumentSummaryInformation') return named(bytes, DOCUMENT_SUMMARY);
  if (name === 'Workbook' || name === 'Book') return inWorkbook(bytes);
  if (name === 'Current User') return presenter(bytes);
  return inMessage(name, bytes);
}

function bytesOf(stream: CFB.CFB$Entry | undefined): Buffer | undefined {
  return stream && (Buffer.isBuffer(stream.content) ? stream.content : Buffer.from(stream.content));
}

function* named(bytes: Buffer, names: Readonly<Record<number, string>>): Generator<MetadataItem> {
  for (const { id, name, value } of properties(bytes)) {
    if (name !== undefined) yield { what: `field of its own: ${name}`, value };
    else if (names[id] !== undefined) yield { what: names[id], value };
  }
}

/** PowerPoint's CurrentUserAtom ([MS-PPT] 2.3.2): the length of the name at 20, the name at 28. */
function* presenter(bytes: Buffer): Generator<MetadataItem> {
  const length = bytes.readUInt16LE(20);
  yield { what: 'last saved by', value: bytes.toString('latin1', 28, 28 + length) };
}
