import { formatArmor, isArmor, parseArmor } from './armor.ts';
import { concat } from './bytes.ts';
import { reader, writer } from './cursor.ts';
import { CURVE_KEY_BYTES, SIGNATURE_BYTES } from './sizes.ts';
import { checkVersion } from './version.ts';

const REVOCATION_VERSION = 1;
const LABEL = 'DEAD DROP REVOCATION';

/** 41, what of a revocation is signed: version, identity, when. */
const REVOCATION_SIGNED_BYTES = 1 + CURVE_KEY_BYTES + 8;

/** 105. */
export const REVOCATION_BYTES = REVOCATION_SIGNED_BYTES + SIGNATURE_BYTES;

/** What an identity publishes in place of its contact when nobody is to write to it any more. */
export interface Revocation {
  /** Ed25519 public key. */
  readonly identity: Uint8Array;
  /** Seconds since 1970. */
  readonly when: number;
  /** Ed25519 signature of the identity over everything above. */
  readonly signature: Uint8Array;
}

/** Writes the signed part of a revocation, 41 bytes. */
export function formatSignedRevocation({ identity, when }: Omit<Revocation, 'signature'>): Uint8Array {
  const bytes = new Uint8Array(REVOCATION_SIGNED_BYTES);
  const out = writer(bytes);
  out.uint8(REVOCATION_VERSION);
  out.bytes(identity);
  out.uint64(when);
  return bytes;
}

/** Writes a revocation as text. */
export function formatRevocation(revocation: Revocation): string {
  return formatArmor(LABEL, concat([formatSignedRevocation(revocation), revocation.signature]));
}

/** Whether a text says that it is a revocation. */
export function isRevocation(text: Uint8Array | string): boolean {
  return isArmor(LABEL, text);
}

/** Reads a revocation from text, or from the bytes of its file. Who signed it is not looked at. @throws Error when it is none */
export function parseRevocation(text: Uint8Array | string): Revocation {
  const bytes = parseArmor(LABEL, text);
  if (bytes.length !== REVOCATION_BYTES) throw new Error('invalid revocation');
  const next = reader(bytes);
  checkVersion(next.uint8(), REVOCATION_VERSION, 'revocation');
  try {
    return { identity: next.bytes(CURVE_KEY_BYTES), when: next.uint64(), signature: next.bytes(SIGNATURE_BYTES) };
  } catch {
    throw new Error('invalid revocation'); // a time beyond 2^53
  }
}
