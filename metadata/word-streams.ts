import type { Finding } from './finding.ts';

/** Flags of the document ([MS-DOC] 2.5.2), at 10. */
const [ENCRYPTED, TABLE_IS_1] = [0x0100, 0x0200];

/**
 * Where the document says the place and length of its tables (2.5.6): 154 is where these pairs of four-byte numbers
 * begin, then come the 36th (authors of comments), the 51st (of tracked changes) and the 71st (who saved it, and where).
 */
const [COMMENTS_AT, CHANGES_AT, SAVED_AT] = [154 + 8 * 36, 154 + 8 * 51, 154 + 8 * 71];

/** What Word before 2007 keeps of those who worked on a document; `undefined` where there is no such document. */
export function authorsOfWord(stream: (name: string) => Buffer | undefined): Iterable<Finding> | undefined {
  const document = stream('WordDocument');
  return document === undefined ? undefined : inDocument(document, stream);
}

function* inDocument(document: Buffer, stream: (name: string) => Buffer | undefined): Generator<Finding> {
  const flags = document.readUInt16LE(10);
  if (flags & ENCRYPTED) {
    yield 'encrypted';
    return;
  }
  const tables = stream(flags & TABLE_IS_1 ? '1Table' : '0Table') ?? Buffer.alloc(0);
  const table = (at: number) => {
    const [from, length] = [document.readUInt32LE(at), document.readUInt32LE(at + 4)];
    return tables.subarray(from, from + length);
  };
  for (const name of names(table(COMMENTS_AT))) yield { what: 'author of a comment', value: name };
  for (const name of strings(table(CHANGES_AT))) {
    if (name !== 'Unknown') yield { what: 'author of a tracked change', value: name };
  }
  for (const [index, text] of strings(table(SAVED_AT)).entries()) {
    yield { what: index % 2 === 0 ? 'saved by' : 'saved as', value: text };
  }
}

/** One string after another (2.9.87): a number of characters, then these in UTF-16. */
function* names(table: Buffer): Generator<string> {
  for (let at = 0; at + 2 <= table.length; ) {
    const length = table.readUInt16LE(at);
    yield table.toString('utf16le', at + 2, at + 2 + 2 * length);
    at += 2 + 2 * length;
  }
}

/** A table of strings in UTF-16 (2.2.4): 0xffff, how many, how much follows each, then length and text of each. */
function strings(table: Buffer): string[] {
  if (table.length < 6 || table.readUInt16LE(0) !== 0xffff) return [];
  const [count, extra] = [table.readUInt16LE(2), table.readUInt16LE(4)];
  const found: string[] = [];
  for (let at = 6; found.length < count && at + 2 <= table.length; ) {
    const length = table.readUInt16LE(at);
    found.push(table.toString('utf16le', at + 2, at + 2 + 2 * length));
    at += 2 + 2 * length + extra;
  }
  return found;
}
