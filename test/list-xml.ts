import { createHash } from 'node:crypto';

/** A list of objects, as S3 writes it. @param contents - of each `Contents` */
export function listOf(contents: readonly string[], { prefix = 'ids/', isTruncated = false } = {}): string {
  const all = contents.map((each) => `<Contents>${each}</Contents>`).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Prefix>${prefix}</Prefix><IsTruncated>${isTruncated}</IsTruncated>${all}</ListBucketResult>`;
}

/** The same, of keys only. */
export const listOfKeys = (keys: readonly string[], isTruncated?: boolean): string =>
  listOf(
    keys.map((key) => `<Key>${key}</Key>`),
    { isTruncated: isTruncated ?? false },
  );

/** What S3 says of an object. */
export function listed(key: string, body: Uint8Array): string {
  const md5 = createHash('md5').update(body).digest('hex');
  return `<Key>${key}</Key><ETag>&quot;${md5}&quot;</ETag><Size>${body.length}</Size>`;
}
