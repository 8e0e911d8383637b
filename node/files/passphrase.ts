/**
 * Prepares a passphrase as the OpaqueString profile of RFC 8265, section 4.2 says, so that the same one typed on two
 * machines is the same. Protocol, "Passphrases".
 *
 * @param typed - in UTF-8
 * @returns a copy, in UTF-8, to be wiped by the caller
 * @throws Error when it is empty, not UTF-8, or has a control character
 */
export function preparePassphrase(typed: Uint8Array): Uint8Array {
  if (typed.length === 0) throw new Error('the passphrase is empty');
  // Most are: a text of it could not be wiped.
  if (typed.every((byte) => byte >= 0x20 && byte < 0x7f)) return Uint8Array.from(typed);
  const text = decode(typed);
  if (/\p{Cc}/u.test(text)) throw new Error('the passphrase has a control character');
  return new TextEncoder().encode(text.replace(/\p{Zs}/gu, ' ').normalize('NFC'));
}

/** What a file or descriptor holds of a secret: without a byte order mark in front, and line ends behind it. No copy. */
export function withoutEnds(given: Uint8Array): Uint8Array {
  const start = given[0] === 0xef && given[1] === 0xbb && given[2] === 0xbf ? 3 : 0;
  let end = given.length;
  while (end > start && (given[end - 1] === 0x0a || given[end - 1] === 0x0d)) end -= 1;
  return given.subarray(start, end);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error('the passphrase is not utf-8');
  }
}
