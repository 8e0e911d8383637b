import { PutObjectCommand } from '@aws-sdk/client-s3';
import { type Case, newKey, read } from './case.ts';
import { type Sent, type Signing, type Site, send, signed } from './site.ts';

/** A write-once PUT signed in headers, and changed before it is sent. */
const changed =
  (change: (headers: Record<string, string>) => Sent, signing: Signing = {}) =>
  async (site: Site) => {
    const key = newKey();
    const command = new PutObjectCommand({ Bucket: site.bucket, Key: key, Body: 'cell', IfNoneMatch: '*' });
    const { path, headers } = await signed(site, command, signing);
    const { outcome } = await send(site, 'PUT', path, { headers, body: 'cell', ...change(headers) });
    return [outcome, await read(site, key)];
  };

const same = () => ({});
const unsigned =
  (...names: string[]) =>
  (headers: Record<string, string>) => ({
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name))),
  });

const REFUSED = ['403 SignatureDoesNotMatch', '403 AccessDenied'];
const DENIED = ['403 AccessDenied', '403 AccessDenied'];

/** Signatures in headers: so the publisher writes its batches. */
export const headerCases: readonly Case[] = [
  { title: 'a PUT signed in headers is taken', ask: changed(same), expected: ['200', '200 cell'] },
  {
    title: 'a body that is not the one that was signed is refused',
    ask: changed(() => ({ body: 'evil' })),
    expected: ['400 XAmzContentSHA256Mismatch', '403 AccessDenied'],
  },
  {
    title: 'a changed signature in the header is refused',
    ask: changed((headers) => ({
      headers: { ...headers, authorization: headers.authorization!.replace(/.$/, (c) => (c === '0' ? '1' : '0')) },
    })),
    expected: REFUSED,
  },
  {
    title: 'a signed header that was changed is refused',
    ask: changed((headers) => ({ headers: { ...headers, 'if-none-match': '"x"' } })),
    expected: REFUSED,
  },
  {
    title: 'a signed header that was taken away is refused',
    ask: changed(unsigned('if-none-match')),
    expected: REFUSED,
  },
  { title: 'a signature that was taken away is refused', ask: changed(unsigned('authorization')), expected: DENIED },
  {
    title: 'a signature of twenty minutes ago is refused',
    ask: changed(same, { age: 1200 }),
    expected: ['403 RequestTimeTooSkewed', '403 AccessDenied'],
  },
  {
    title: 'a signature of twenty minutes ahead is refused',
    ask: changed(same, { age: -1200 }),
    expected: ['403 RequestTimeTooSkewed', '403 AccessDenied'],
  },
  { title: 'a signature of ten minutes ago is taken', ask: changed(same, { age: 600 }), expected: ['200', '200 cell'] },
];
