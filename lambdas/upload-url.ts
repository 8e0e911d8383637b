import { randomBytes } from 'node:crypto';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { CELL_BYTES, UPLOAD_ID_BYTES, UPLOAD_URL_SECONDS } from '../wire/sizes.ts';
import { formatUploadId, UPLOAD_HEADERS, uploadKey } from '../wire/upload-id.ts';

// Otherwise the SDK signs the checksum of an empty body into the URL, and no cell would fit it.
const s3 = new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED' });

/**
 * `GET /upload-url`: a random upload id and the URL of its one PUT. Signing is arithmetic: no request leaves here.
 *
 * @returns 200 with JSON `{id, url, headers}`; `headers` are those the PUT must carry, as signed
 */
export async function handler() {
  const id = randomBytes(UPLOAD_ID_BYTES);
  const put = new PutObjectCommand({
    Bucket: process.env.BUCKET,
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
