import type { MetadataItem } from './finding.ts';

const KEY = '/Author';

/** The longest string that is read, in bytes. */
const STRING_MAX_BYTES = 1000;

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/**
 * The authors that stand in a PDF in plain bytes, as `/Author (...)` or `/Author <...>`, also those that a later
 * version replaced or removed.
 */
export function* authorsAsWritten(bytes: Uint8Array): Generator<MetadataItem> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // In an encrypted file its strings are, too.
  if (file.includes('/Encrypt')) return;
  for (let at = file.indexOf(KEY); at !== -1; at = file.indexOf(KEY, at + 1)) {
    const from = at + KEY.length;
    const value = stringAt(file.subarray(from, from + STRING_MAX_BYTES).toString('latin1'));
    if (value !== undefined) yield { what: 'author', value };
  }
}

/** Reads a literal or hexadecimal string (ISO 32000-2, 7.3.4), one byte to a character. */
function stringAt(text: string): string | undefined {
  const hexadecimal = /^\s*<([\da-f\s]*)>/i.exec(text)?.[1];
  if (hexadecimal !== undefined) return textOf(Buffer.from(hexadecimal.replace(/\s/g, ''), 'hex'));
  const literal = /^\s*\(((?:\\.|[^\\()]|\((?:\\.|[^\\()])*\))*)\)/s.exec(text)?.[1];
  if (literal === undefined) return undefined;
  const unescaped = literal.replace(/\\([0-7]{1,3}|\r\n|.)/gs, (_, what: string) => {
    if (/[0-7]/.test(what)) return String.fromCharCode(Number.parseInt(what, 8) & 0xff);
    return /[\r\n]/.test(what) ? '' : (ESCAPES[what] ?? what);
  });
  return textOf(Buffer.from(unescaped, 'latin1'));
}

/** A text string says by its first bytes how it is encoded (7.9.2.2). */
function textOf(string: Buffer): string {
  if (string[0] === 0xfe && string[1] === 0xff) return new TextDecoder('utf-16be').decode(string);
  if (string[0] === 0xef && string[1] === 0xbb && string[2] === 0xbf) return string.toString('utf8');
  return string.toString('latin1');
}
