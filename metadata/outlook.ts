import type { MetadataItem } from './finding.ts';

/** Properties of a message ([MS-OXPROPS]) that name who wrote it, or by which way it went. */
const FIELDS: Readonly<Record<string, string>> = {
  '0042': 'sender',
  '0065': 'sender',
  '0C1A': 'sender',
  '0C1F': 'sender',
  '5D01': 'sender',
  '5D02': 'sender',
  '3FF8': 'author',
  '3FFA': 'last saved by',
  '0040': 'recipient',
  '0076': 'recipient',
  '007D': 'headers of the mail',
  '0E03': 'copy went to',
  '0E04': 'recipient',
};

/** `__substg1.0_`, the id of the property, and its type: text of one byte (1E) or two (1F) to a character. */
const STREAM = /^__substg1\.0_([\dA-F]{4})001([EF])$/i;

/** What a stream of an Outlook message tells; `undefined` for a stream of something else ([MS-OXMSG] 2.1.3). */
export function inMessage(name: string, bytes: Buffer): MetadataItem[] | undefined {
  const [, id, type] = STREAM.exec(name) ?? [];
  if (id === undefined) return undefined;
  const what = FIELDS[id.toUpperCase()];
  return what === undefined
    ? []
    : [{ what, value: bytes.toString(type!.toUpperCase() === 'F' ? 'utf16le' : 'latin1') }];
}
