import { fromBase64, toBase64 } from '#machine';

/** Reads the one spelling of so many bytes in base64url, without padding. @returns null for anything else */
export function readBase64Url(text: string, length: number): Uint8Array | null {
  const bytes = fromBase64(text);
  return bytes?.length === length && toBase64(bytes, 'base64url') === text ? bytes : null;
}
