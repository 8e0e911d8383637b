import { toBase64 } from '#machine';
import { readBase64Url } from './base64.ts';
import { SEALED_ID_BYTES } from './sizes.ts';

/**
 * Writes a sealed id as padded base64url, 108 characters: RFC 4648 section 5 with its padding.
 *
 * @throws Error unless it has 80 bytes.
 */
export function formatSealedId(sealed: Uint8Array): string {
  if (sealed.length !== SEALED_ID_BYTES) throw new Error('invalid sealed id');
  // 80 bytes leave 2 after 26 groups of 3, so exactly one character of padding.
  return `${toBase64(sealed, 'base64url')}=`;
}

/** Reads a sealed id from padded base64url (108 characters). @throws Error when any other spelling is given. */
export function parseSealedId(text: string): Uint8Array {
  const bytes = text.endsWith('=') ? readBase64Url(text.slice(0, -1), SEALED_ID_BYTES) : null;
  if (bytes === null) throw new Error('invalid sealed id');
  return bytes;
}

/**
 * Reads a sealed id as people copy it: with blanks, line ends and quotes in and around it, in wide characters, with the
 * dashes that word processors make, and without the `=` at its end.
 *
 * @throws Error that says what is wrong, and none of what was given
 */
export function readSealedId(text: string): Uint8Array {
  const plain = text
    .normalize('NFKC')
    .replace(/[\s\p{C}\p{Pi}\p{Pf}\p{Ps}\p{Pe}"'`´<>,.;:]/gu, '')
    .replace(/\p{Pd}/gu, '-')
    .replace(/(=|%3D|=3D)*$/i, '');
  const length = [...plain].length;
  if (length !== CHARACTERS - 1) {
    throw new Error(`a sealed id has ${CHARACTERS - 1} characters before its =, and these are ${length}`);
  }
  const wrong = [...plain].findIndex((one) => !/^[\w-]$/.test(one));
  if (wrong !== -1) throw new Error(`character ${wrong + 1} is none of a sealed id's: see whether it is mistyped`);
  try {
    return parseSealedId(`${plain}=`);
  } catch {
    throw new Error("the end is none of a sealed id's: see whether it is mistyped, or cut off");
  }
}

/** 108: 80 bytes in groups of 3, each of 4 characters. */
const CHARACTERS = Math.ceil(SEALED_ID_BYTES / 3) * 4;
