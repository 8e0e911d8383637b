/** A page has some 400 KB, and a newsroom's contacts some KB each. */
const PAGE_MAX_BYTES = 4 * 2 ** 20;

/**
 * Checks that bytes are a page, as far as can be told without its contacts: one HTML document that browsers read as it
 * was written.
 *
 * @returns them
 * @throws Error
 */
export function checkPage(bytes: Uint8Array): Uint8Array {
  if (bytes.length > PAGE_MAX_BYTES) throw new Error('the page file is none: it has more than 4 MiB');
  let text: string;
  try {
    // With a byte order mark it would not begin as it does.
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error('the page file is none: it is no text');
  }
  if (!text.startsWith('<!doctype html>'))
    throw new Error('the page file is none: it does not begin with <!doctype html>');
  if (text.includes('\0')) throw new Error('the page file is none: it has bytes that are zero');
  return bytes;
}
