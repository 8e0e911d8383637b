import type { MetadataItem } from './finding.ts';

const FIELDS: Readonly<Record<string, string>> = {
  author: 'author',
  operator: 'last saved by',
  manager: 'manager',
  company: 'company',
  hlinkbase: 'folder of its links',
  atnauthor: 'author of a comment',
  atnid: 'author of a comment',
};

/** Groups such as `{\author Jane}` and `{\*\atnauthor Jane}` (Rich Text Format 1.9.1). */
const GROUP = /\{(?:\\\*)?\\(author|operator|manager|company|hlinkbase|atnauthor|atnid) ?([^{}]{0,400})\}/g;

/** The table of those who changed it: `{\*\revtbl {Unknown;}{Jane;}}`. */
const REVISERS = /\{\\\*\\revtbl ?((?:\s*\{[^{}]{0,400}\}){1,1000})/g;

/** Rich Text Format. */
export function* rtf(bytes: Uint8Array): Generator<MetadataItem> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  for (const [, name, value] of text.matchAll(GROUP)) yield { what: FIELDS[name!]!, value: decoded(value!) };
  for (const [, table] of text.matchAll(REVISERS)) {
    for (const [, name] of table!.matchAll(/\{([^{}]*?);?\}/g)) {
      if (name !== 'Unknown') yield { what: 'author of a tracked change', value: decoded(name!) };
    }
  }
}

/** `\u252?` is one character and what stands for it elsewhere, `\'fc` a byte of Windows' Western code page. */
function decoded(text: string): string {
  return text
    .replace(/\\u(-?\d{1,5}) ?(?:\\'[\da-f]{2}|[^\\])?/gi, (_, code) => String.fromCharCode(Number(code) & 0xffff))
    .replace(/\\'([\da-f]{2})/gi, (_, hex) => new TextDecoder('windows-1252').decode(Buffer.from(hex, 'hex')))
    .replace(/\\[a-z]+-?\d* ?/gi, '');
}
