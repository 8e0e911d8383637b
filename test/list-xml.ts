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
