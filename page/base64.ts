import { latin1 } from '../wire/bytes.ts';

export function toBase64(bytes: Uint8Array, alphabet: 'base64' | 'base64url'): string {
  const text = btoa(latin1(bytes));
  return alphabet === 'base64' ? text : text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  let decoded: string;
  try {
    decoded = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return null;
  }
  return Uint8Array.from(decoded, (character) => character.charCodeAt(0));
}
