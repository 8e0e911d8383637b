import { randomBytes } from 'node:crypto';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CELL_BYTES } from '../../wire/sizes.ts';
import { type Case, newKey, ONCE, read } from './case.ts';
import { presign, type Sent, type Signing, type Site, send } from './site.ts';

const put = (url: string, site: Site, sent: Sent = {}) =>
  send(site, 'PUT', url, { body: 'cell', headers: ONCE, ...sent });

/** Signs a write-once PUT of four bytes. */
const signed = (site: Site, key: string, signing: Signing = {}, more: object = {}) =>
  presign(
    site,
    new PutObjectCommand({ Bucket: site.bucket, Key: key, ContentLength: 4, IfNoneMatch: '*', ...more }),
    signing,
  );

/** A PUT of something else than what was signed, and what is there afterwards. */
const changed =
  (change: (url: string) => string, sent: Sent = {}, signing: Signing = {}, prefix?: string) =>
  async (site: Site) => {
    const key = newKey(prefix);
    const { outcome } = await put(change(await signed(site, key, signing)), site, sent);
    return [outcome, await read(site, key)];
  };

const same = (url: string) => url;
const REFUSED = ['403 SignatureDoesNotMatch', '403 AccessDenied'];
const DENIED = ['403 AccessDenied', '403 AccessDenied'];

export const UNKNOWN_KEYS =
  'radosgw 16.2 knows neither s3:if-none-match nor s3:signatureAge, so no policy of it can ask';

const UNSIGNED_HEADERS = 'radosgw obeys x-amz- headers that nobody signed, where AWS refuses them';

/** What a source gets from the upload-url Lambda, and sends. */
const upload = (change: (cell: Buffer) => Sent) => async (site: Site) => {
  const { id, url, headers } = await site.uploadUrl();
  const cell = randomBytes(CELL_BYTES);
  const { outcome } = await send(site, 'PUT', url, { headers, ...change(cell) });
  const there = await read(site, `uploads/${id}`);
  return [outcome, there.startsWith('200') ? (there.length > CELL_BYTES / 2 ? 'stored' : 'torn') : there];
};

export const uploadCases: readonly Case[] = [
  {
    title: 'a cell of exactly its length goes where the upload-url Lambda says',
    ask: upload((body) => ({ body })),
    expected: ['200', 'stored'],
  },
  {
    title: 'a cell that is a byte short, and says so, does not fit the signature',
    ask: upload((cell) => ({ body: cell.subarray(1), headers: { ...ONCE, 'content-length': CELL_BYTES - 1 } })),
    expected: REFUSED,
  },
  {
    title: 'a cell that is a byte long, and says so, does not fit the signature',
    ask: upload((cell) => ({
      body: Buffer.concat([cell, Buffer.of(0)]),
      headers: { ...ONCE, 'content-length': CELL_BYTES + 1 },
    })),
    expected: REFUSED,
  },
  {
    title: 'a cell in chunks, without a length, does not fit the signature',
    ask: upload((body) => ({ body, headers: { ...ONCE, 'transfer-encoding': 'chunked' } })),
    expected: ['411 MissingContentLength', '403 AccessDenied'],
    radosgw: { outcome: REFUSED, differs: 'it looks at the signature first, which wants a length' },
  },
  {
    title: 'an empty body does not fit the signature',
    ask: upload(() => ({ body: '', headers: { ...ONCE, 'content-length': 0 } })),
    expected: REFUSED,
  },
  {
    title: 'a cell whose sender hangs up half way is not stored',
    ask: upload((cell) => ({ body: cell.subarray(0, CELL_BYTES / 2), hangUp: true })),
    expected: ['hung up', '403 AccessDenied'],
  },
  {
    title: 'a second cell under the same URL is refused, and the first stays',
    async ask(site) {
      const { id, url, headers } = await site.uploadUrl();
      const cells = [Buffer.alloc(CELL_BYTES, 'a'), Buffer.alloc(CELL_BYTES, 'b')];
      const outcomes = [];
      for (const body of cells) outcomes.push((await send(site, 'PUT', url, { headers, body })).outcome);
      return [...outcomes, (await read(site, `uploads/${id}`)).slice(0, 5)];
    },
    expected: ['200', '412 PreconditionFailed', '200 a'],
  },
  {
    title: 'of eight cells under the same URL at the same time exactly one is taken, and stays',
    async ask(site) {
      const { id, url, headers } = await site.uploadUrl();
      const cells = [...'abcdefgh'].map((letter) => Buffer.alloc(CELL_BYTES, letter));
      const answers = await Promise.all(cells.map((body) => send(site, 'PUT', url, { headers, body })));
      const there = await read(site, `uploads/${id}`);
      const won = answers.findIndex(({ status }) => status === 200);
      const lost = answers.filter(({ status }) => [409, 412].includes(status)).length;
      return [
        `${answers.length - lost} taken`,
        there === `200 ${'abcdefgh'[won]!.repeat(CELL_BYTES)}` ? 'whole' : 'torn',
      ];
    },
    expected: ['1 taken', 'whole'],
  },
  {
    title: 'a changed signature is refused',
    ask: changed((url) => url.replace(/(Signature=)(.)/, (_, name, c) => name + (c === '0' ? '1' : '0'))),
    expected: REFUSED,
  },
  { title: 'another key is refused', ask: changed((url) => url.replace('uploads/', 'uploads/x')), expected: REFUSED },
  { title: 'another prefix is refused', ask: changed((url) => url.replace('uploads/', 'ids/')), expected: REFUSED },
  {
    title: 'a longer expiry is refused',
    ask: changed((url) => url.replace('Expires=900', 'Expires=9000')),
    expected: REFUSED,
  },
  {
    title: 'a later date is refused',
    ask: changed((url) => url.replace(/Date=\d{8}T\d{6}/, later)),
    expected: REFUSED,
  },
  { title: 'an added parameter is refused', ask: changed((url) => `${url}&x-other=1`), expected: REFUSED },
  {
    title: 'a parameter that comes twice is refused',
    ask: changed((url) => `${url}&x-id=PutObject`),
    expected: REFUSED,
    radosgw: { outcome: ['200', '200 cell'], differs: 'it knows a parameter once, and signs what it knows' },
  },
  { title: 'an added subresource is refused', ask: changed((url) => `${url}&tagging`), expected: REFUSED },
  {
    title: 'a signature without its parameters is refused',
    ask: changed((url) => url.replace(/X-Amz-SignedHeaders=[^&]*&?/, '')),
    expected: ['400 AuthorizationQueryParametersError', '403 AccessDenied'],
    radosgw: { outcome: DENIED, differs: 'it has no error of its own for that' },
  },
  {
    title: 'an access key that nobody has is refused',
    ask: changed((url) => url.replace(/Credential=[A-Z0-9]+/, 'Credential=AKIAIOSFODNN7EXAMPLE')),
    expected: ['403 InvalidAccessKeyId', '403 AccessDenied'],
  },
  {
    title: 'a URL signed with a wrong secret is refused',
    async ask(site) {
      const key = newKey();
      const keys = { ...site.keys, 'upload-url': { ...site.keys['upload-url'], secretAccessKey: 'wrong' } };
      const { outcome } = await put(await signed({ ...site, keys }, key), site);
      return [outcome, await read(site, key)];
    },
    expected: REFUSED,
  },
  { title: 'a URL whose time is over is refused', ask: changed(same, {}, { age: 901 }), expected: DENIED },
  {
    title: 'a URL in the last minutes of its time is taken',
    ask: changed(same, {}, { age: 800 }),
    expected: ['200', '200 cell'],
  },
  { title: 'no If-None-Match is refused', ask: changed(same, { headers: {} }), expected: REFUSED },
  {
    title: 'another If-None-Match is refused',
    ask: changed(same, { headers: { 'if-none-match': '"tag"' } }),
    expected: REFUSED,
  },
  {
    title: 'a header of its own that is not signed is refused',
    ask: changed(same, { headers: { ...ONCE, 'x-amz-acl': 'public-read' } }),
    expected: DENIED,
    radosgw: { outcome: ['200', '200 cell'], differs: UNSIGNED_HEADERS },
  },
  {
    title: 'a copy source that is not signed is refused',
    ask: changed(same, { headers: { ...ONCE, 'x-amz-copy-source': '/other/key' } }),
    expected: DENIED,
    radosgw: { outcome: ['404 NoSuchBucket', '403 AccessDenied'], differs: UNSIGNED_HEADERS },
  },
  ...['GET', 'HEAD', 'DELETE', 'POST'].map(
    (method): Case => ({
      title: `a URL for PUT does not serve for ${method}`,
      async ask(site) {
        const key = newKey();
        await site.plant(key, 'cell');
        const { outcome } = await send(site, method, await signed(site, key), { headers: ONCE });
        return [outcome, await read(site, key)];
      },
      expected: [method === 'HEAD' ? '403' : '403 SignatureDoesNotMatch', '200 cell'],
    }),
  ),
  {
    title: 'a role may not write outside of its prefix',
    async ask(site) {
      const outcomes = [];
      for (const [role, prefix] of [
        ['upload-url', 'ids/'],
        ['upload-url', 'other/'],
        ['upload-url', 'uploads'],
        ['publish-ids', 'uploads/'],
      ] as const) {
        outcomes.push((await put(await signed(site, newKey(prefix), { role }), site)).outcome);
      }
      return outcomes;
    },
    expected: ['403 AccessDenied', '403 AccessDenied', '403 AccessDenied', '403 AccessDenied'],
  },
  ...(['batch', 'summary'] as const).map(
    (what): Case => ({
      title: `a ${what} is written once by its publisher`,
      async ask(site) {
        const url = await signed(site, newKey(what === 'batch' ? 'ids/0-' : 'summaries/'), { role: 'publish-ids' });
        return [(await put(url, site)).outcome, (await put(url, site)).outcome];
      },
      expected: ['200', '412 PreconditionFailed'],
    }),
  ),
  {
    title: 'upload-url may not read what anybody may not, not even by signing',
    async ask(site) {
      const key = newKey('other/');
      await site.plant(key, 'x');
      return (await send(site, 'GET', await presign(site, new GetObjectCommand({ Bucket: site.bucket, Key: key }))))
        .outcome;
    },
    expected: '403 AccessDenied',
  },
  {
    title: 'a role that signs without If-None-Match is refused',
    async ask(site) {
      const key = newKey();
      const { outcome } = await put(await signed(site, key, {}, { IfNoneMatch: undefined }), site, { headers: {} });
      return [outcome, await read(site, key)];
    },
    expected: DENIED,
    radosgw: { outcome: ['200', '200 cell'], differs: UNKNOWN_KEYS },
  },
  {
    title: 'a role that signs for longer is refused when its signature is older than 15 minutes',
    ask: changed(same, {}, { age: 930, seconds: 3600 }),
    expected: DENIED,
    radosgw: { outcome: ['200', '200 cell'], differs: UNKNOWN_KEYS },
  },
];

/** The signing's date, one hour later: what holds a URL's time is part of what is signed. */
function later(parameter: string): string {
  const [, day, time] = /=(\d{8})T(\d{6})/.exec(parameter)!;
  return `Date=${day}T${time!.slice(0, 5)}${(Number(time!.at(-1)) + 1) % 10}`;
}
