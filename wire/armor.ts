import { fromBase64, toBase64 } from '#machine';

/** Base64 characters on a line: what RFC 7468 prescribes for textual encodings. */
const COLUMNS = 64;

/** Wraps bytes as text that survives mail and chat: base64 between a BEGIN and an END line (RFC 7468). */
export function formatArmor(label: string, bytes: Uint8Array): string {
  const lines = toBase64(bytes, 'base64').match(new RegExp(`.{1,${COLUMNS}}`, 'g')) ?? [];
  return [armorBegin(label), ...lines, `-----END ${label}-----`, ''].join('\n');
}

/**
 * Reads what formatArmor wrote, however mail, an editor or a shell has changed what is around it. Protocol, "Texts".
 *
 * @param given - the text, or the bytes of its file
 * @throws Error when it is anything else
 */
export function parseArmor(label: string, given: Uint8Array | string): Uint8Array {
  const text = plainText(given);
  const bytes = fromBase64(text.split('\n').slice(1, -2).join(''));
  // More spellings can be read, so only text that encodes back to itself counts.
  if (!bytes?.length || formatArmor(label, bytes) !== text) throw new Error(`not a ${label.toLowerCase()}`);
  return bytes;
}

/** Whether a text begins as formatArmor begins one of this label. */
export function isArmor(label: string, given: Uint8Array | string): boolean {
  return plainText(given).startsWith(`${armorBegin(label)}\n`);
}

/** The line that a text of this label begins with. */
export function armorBegin(label: string): string {
  return `-----BEGIN ${label}-----`;
}

/** A text as it was written: without byte order mark and carriage returns, without blanks and blank lines around it. */
function plainText(given: Uint8Array | string): string {
  const text = typeof given === 'string' ? given.replace(/^\u{feff}/u, '') : decode(given);
  const isAround = (at: number) => ' \t\r\n'.includes(text[at] ?? '-');
  let [start, end] = [0, text.length];
  while (isAround(start)) start += 1;
  while (end > start && isAround(end - 1)) end -= 1;
  return `${text.slice(start, end).replaceAll('\r\n', '\n')}\n`;
}

/** UTF-8, and UTF-16 where a byte order mark says so, which goes. What is neither is no text of ours. */
function decode(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const isLittle = first === 0xff && second === 0xfe;
  const isBig = first === 0xfe && second === 0xff;
  return new TextDecoder(isLittle ? 'utf-16le' : isBig ? 'utf-16be' : 'utf-8').decode(bytes);
}
