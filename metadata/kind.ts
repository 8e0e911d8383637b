import { isUtf8 } from 'node:buffer';

export type Kind = 'zip' | 'old-office' | 'pdf' | 'image' | 'rtf' | 'text';

/** A PDF may begin with something else: readers look this far for its header (ISO 32000-1, implementation note 13). */
export const PDF_HEADER_WITHIN_BYTES = 1024;

/** What is in a file, by its content: a name is easily wrong. `undefined` for whatever nothing here can read. */
export function kindOf(bytes: Uint8Array): Kind | undefined {
  const start = Buffer.from(bytes.subarray(0, PDF_HEADER_WITHIN_BYTES)).toString('latin1');
  const begins = (...signatures: string[]) => signatures.some((signature) => start.startsWith(signature));
  if (begins('PK\x03\x04', 'PK\x05\x06')) return 'zip';
  if (begins('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')) return 'old-office';
  if (begins('\xff\xd8\xff', '\x89PNG\r\n\x1a\n', 'GIF87a', 'GIF89a', 'II*\0', 'MM\0*')) return 'image'; // JPEG, TIFF
  if (begins('\xff\n', '\0\0\0\x0cJXL ')) return 'image'; // JPEG XL
  if (begins('RIFF') && start.startsWith('WEBP', 8)) return 'image';
  if (start.startsWith('ftyp', 4) && /^.{0,64}(hei[cfmsx]|hev[cmsx]|mif1|msf1|avi[fs])/s.test(start.slice(8)))
    return 'image';
  if (start.includes('%PDF-')) return 'pdf';
  if (begins('{\\rtf')) return 'rtf';
  return isText(bytes, start) ? 'text' : undefined;
}

/** Text shows all it has, except markup and PostScript, whose fields for the author no one sees. */
function isText(bytes: Uint8Array, start: string): boolean {
  const utf16 = /^(\xff\xfe|\xfe\xff)/.exec(start)?.[0];
  const text =
    utf16 === undefined
      ? start
      : new TextDecoder(utf16 === '\xff\xfe' ? 'utf-16le' : 'utf-16be').decode(
          bytes.subarray(0, PDF_HEADER_WITHIN_BYTES),
        );
  if (/^(\xef\xbb\xbf|\ufeff)?\s*(<|%!PS)/.test(text)) return false;
  if (utf16 !== undefined) return !text.includes('\0');
  return isUtf8(bytes) && !bytes.includes(0);
}
