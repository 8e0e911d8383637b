import { blake2b } from '#platform';
import { utf8 } from '../../wire/bytes.ts';

const DERIVED_BYTES = 32;

/** A key of its own for each purpose: BLAKE2b-256 of what it is for, keyed with a secret. Protocol, "Derived keys". */
export function derive(secret: Uint8Array, purpose: string): Uint8Array {
  return blake2b(DERIVED_BYTES, utf8(`dead-drop 1 ${purpose}`), secret);
}
