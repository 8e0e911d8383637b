import { randomBytes } from 'node:crypto';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { CELL_BYTES, UPLOAD_ID_BYTES, UPLOAD_URL_SECONDS } from '../wire/sizes.ts';
import { formatUploadId, parseUploadId, UPLOAD_HEADERS, uploadKey } from '../wire/upload-id.ts';
import { checkWork } from '../wire/work.ts';
import { untraced } from './untraced.ts';
import { askForWork, workBitsOf } from './work.ts';

// Otherwise the SDK signs the checksum of an empty body into the URL, and no cell would fit it.
const s3 = untraced(new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED' }));

/** The fields of an HTTP API event (payload format 2.0) that are read here; the query only where work is asked for. */
interface HttpEvent {
  readonly stageVariables: { readonly bucket: string; readonly workBits?: string };
  readonly queryStringParameters?: { readonly id?: string; readonly work?: string };
}

/**
 * `GET /upload-url`: a random upload id and the URL of its one PUT. Signing is arithmetic: no request leaves here.
 *
 * Where work is asked for, the id is the client's own, to which the proof is bound: since nothing is written twice, a
 * proof is good for one upload.
 *
 * @returns 200 with JSON `{id, url, headers}`, `headers` being those the PUT must carry, as signed; or 428 with a challenge
 */
export async function handler(event: HttpEvent) {
  const now = new Date();
  const bits = workBitsOf(event.stageVariables);
  const id = bits === 0 ? randomBytes(UPLOAD_ID_BYTES) : provenId(event, bits, now);
  if (id === undefined) return askForWork(bits, now);
  const put = new PutObjectCommand({
    Bucket: event.stageVariables.bucket,
    Key: uploadKey(id),
    ContentLength: CELL_BYTES,
    IfNoneMatch: '*',
  });
  // Said, though this presigner leaves it in place: in the query, where others put it, S3 would not obey it.
  const unhoistableHeaders = new Set(['if-none-match']);
  const url = await getSignedUrl(s3, put, { expiresIn: UPLOAD_URL_SECONDS, unhoistableHeaders });
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify({ id: formatUploadId(id), url, headers: UPLOAD_HEADERS }),
  };
}

/** The upload id for which work was done, or undefined. */
function provenId(
  { queryStringParameters: { id = '', work } = {} }: HttpEvent,
  bits: number,
  now: Date,
): Uint8Array | undefined {
  try {
    const wanted = parseUploadId(id);
    return checkWork('upload-url', wanted, work, bits, now) ? wanted : undefined;
  } catch {
    return undefined;
  }
}
