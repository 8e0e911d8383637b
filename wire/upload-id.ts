import { toBase64 } from '#machine';
import { readBase64Url } from './base64.ts';
import { CELL_BYTES, UPLOAD_ID_BYTES } from './sizes.ts';

/** Where uploads lie in the bucket. */
export const UPLOADS_PREFIX = 'uploads/';

/** What the PUT of a cell carries, as signed and in this order: that nothing is overwritten, and its exact length. */
export const UPLOAD_HEADERS = { 'if-none-match': '*', 'content-length': String(CELL_BYTES) } as const;

/** Writes an upload id as unpadded base64url, 43 characters. @throws Error unless it has 32 bytes. */
export function formatUploadId(id: Uint8Array): string {
  if (id.length !== UPLOAD_ID_BYTES) throw new Error('invalid upload id');
  return toBase64(id, 'base64url');
}

/** Reads an upload id from unpadded base64url (43 characters). @throws Error when any other spelling is given. */
export function parseUploadId(text: string): Uint8Array {
  const bytes = readBase64Url(text, UPLOAD_ID_BYTES);
  if (bytes === null) throw new Error('invalid upload id');
  return bytes;
}

/** The object that holds an upload, `uploads/<id>`, as text. */
export function uploadKey(id: Uint8Array): string {
  return `${UPLOADS_PREFIX}${formatUploadId(id)}`;
}
