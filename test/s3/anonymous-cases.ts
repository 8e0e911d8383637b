import { anonymous, type Case, newKey, ONCE, planted, read } from './case.ts';
import { pathOf, type Sent, type Site, send } from './site.ts';

/** A request about an object that is there, and what is there afterwards. */
const about =
  (method: string, query: string, sent: Sent = {}, prefix = 'uploads/') =>
  async (site: Site) => {
    const key = await planted(site, newKey(prefix));
    const { outcome } = await anonymous(site, method, key + query, sent);
    return [outcome, await read(site, key)];
  };

/** A request to the bucket. */
const ofBucket =
  (method: string, query: string, sent: Sent = {}) =>
  async (site: Site) =>
    (await anonymous(site, method, query, sent)).outcome;

const KEPT = ['403 AccessDenied', '200 cell'];
const DENIED = '403 AccessDenied';
const body = 'evil';

export const anonymousCases: readonly Case[] = [
  {
    title: 'without TLS nobody may do anything',
    async ask(site) {
      const path = pathOf(site, await planted(site));
      const headers = { referer: site.mark };
      return (await send(site, 'GET', (site.plain ?? site.url) + path, { headers })).outcome;
    },
    expected: DENIED,
    radosgw: {
      outcome: '200',
      differs: 'it knows aws:SecureTransport to be true, or not at all, and never to be false',
    },
    local: { outcome: '200', differs: 'its end stands for the one that would speak TLS' },
  },
  { title: 'anybody may not overwrite an upload', ask: about('PUT', '', { body }), expected: KEPT },
  { title: 'anybody may not overwrite a batch', ask: about('PUT', '', { body }, 'ids/0-'), expected: KEPT },
  {
    title: 'anybody may not write an upload of their own, write-once or not',
    async ask(site) {
      const outcomes = [];
      for (const headers of [{}, ONCE])
        outcomes.push((await anonymous(site, 'PUT', newKey(), { body, headers })).outcome);
      return outcomes;
    },
    expected: [DENIED, DENIED],
  },
  { title: 'anybody may not delete an upload', ask: about('DELETE', ''), expected: KEPT },
  { title: 'anybody may not delete a batch', ask: about('DELETE', '', {}, 'ids/0-'), expected: KEPT },
  { title: 'anybody may not delete a version', ask: about('DELETE', '?versionId=null'), expected: KEPT },
  {
    title: 'anybody may not delete many',
    ask: ofBucket('POST', '?delete', { body: '<Delete><Object><Key>uploads/x</Key></Object></Delete>' }),
    expected: DENIED,
  },
  {
    title: 'anybody may not upload by a form',
    ask: ofBucket('POST', '', {
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      body: '--x\r\nContent-Disposition: form-data; name="key"\r\n\r\nuploads/form\r\n--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nevil\r\n--x--\r\n',
    }),
    expected: DENIED,
  },
  {
    title: 'anybody may not copy an upload over another',
    async ask(site) {
      const from = await planted(site, newKey(), body);
      return about('PUT', '', { headers: { 'x-amz-copy-source': `/${site.bucket}/${from}` }, body: '' })(site);
    },
    expected: KEPT,
  },
  { title: 'anybody may not start a multipart upload', ask: about('POST', '?uploads', { body: '' }), expected: KEPT },
  { title: 'anybody may not add a part', ask: about('PUT', '?partNumber=1&uploadId=x', { body }), expected: KEPT },
  { title: 'anybody may not read an ACL', ask: about('GET', '?acl'), expected: KEPT },
  {
    title: 'anybody may not set an ACL',
    ask: about('PUT', '?acl', { headers: { 'x-amz-acl': 'public-read-write' }, body: '' }),
    expected: KEPT,
  },
  { title: 'anybody may not read tags', ask: about('GET', '?tagging'), expected: KEPT },
  {
    title: 'anybody may not set tags',
    ask: about('PUT', '?tagging', {
      body: '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>',
    }),
    expected: KEPT,
  },
  { title: 'anybody may not remove tags', ask: about('DELETE', '?tagging'), expected: KEPT },
  ...['acl', 'policy', 'lifecycle', 'uploads', 'versions', 'versioning', 'tagging', 'location', 'cors'].map(
    (what): Case => ({
      title: `anybody may not read the bucket's ${what}`,
      ask: ofBucket('GET', `?${what}`),
      expected: DENIED,
    }),
  ),
  ...['acl', 'policy', 'lifecycle', 'versioning', 'tagging'].map(
    (what): Case => ({
      title: `anybody may not set the bucket's ${what}`,
      ask: ofBucket('PUT', `?${what}`, { body: '{}' }),
      expected: DENIED,
    }),
  ),
  { title: 'anybody may not delete the bucket', ask: ofBucket('DELETE', ''), expected: DENIED },
  { title: "anybody may not delete the bucket's policy", ask: ofBucket('DELETE', '?policy'), expected: DENIED },
];
