/** Base64 characters on a line: what RFC 7468 prescribes for textual encodings. */
const COLUMNS = 64;

/** Wraps bytes as text that survives mail and chat: base64 between a BEGIN and an END line (RFC 7468). */
export function formatArmor(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(new RegExp(`.{1,${COLUMNS}}`, 'g')) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** Reads what formatArmor wrote, in that one spelling. @throws Error when it is anything else. */
export function parseArmor(label: string, text: string): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(text.split('\n').slice(1, -2).join(''), 'base64'));
  // Buffer skips what it does not know, so only text that encodes back to itself counts.
  if (bytes.length === 0 || formatArmor(label, bytes) !== text) throw new Error(`not a ${label.toLowerCase()}`);
  return bytes;
}
