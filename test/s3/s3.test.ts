import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { CELL_BYTES, RETENTION_DAYS } from '../../wire/sizes.ts';
import { anonymousCases } from './anonymous-cases.ts';
import { type Case, newKey, read } from './case.ts';
import { headerCases } from './header-cases.ts';
import { keyCases } from './key-cases.ts';
import { listingCases } from './listing-cases.ts';
import { type LocalSite, openLocalSite } from './local-site.ts';
import { DAY_SECONDS } from './radosgw.ts';
import { openRadosgwSite, type RadosgwSite } from './radosgw-site.ts';
import { readingCases } from './reading-cases.ts';
import { type Site, send } from './site.ts';
import { uploadCases } from './upload-cases.ts';

const outdir = inject('outdir');
const description = inject('radosgw');

const ROOMS = {
  uploading: uploadCases,
  'signing in headers': headerCases,
  anybody: anonymousCases,
  reading: readingCases,
  listing: listingCases,
  keys: keyCases,
};

let local: LocalSite;
let radosgw: RadosgwSite;
let expiring: Awaited<ReturnType<RadosgwSite['openExpiring']>>;
const LASTING = ['uploads', 'id', 'other/ids/x'];
const EXPIRING = ['uploads/x', 'ids/x', 'summaries/x'];
let began = 0;

beforeAll(async () => {
  if (description === undefined) return;
  local = await openLocalSite(outdir);
  radosgw = await openRadosgwSite(outdir, description);
  expiring = await radosgw.openExpiring();
  began = performance.now();
  for (const key of [...EXPIRING, ...LASTING]) await expiring.put(key);
});
afterAll(async () => {
  await local?.close();
  await radosgw?.close();
});

const claim = ({ title, radosgw, local }: Case) => {
  if (radosgw === undefined && local === undefined) return `both: ${title}`;
  const differs = [radosgw && `radosgw (${radosgw.differs})`, local && `the local drop (${local.differs})`];
  return `${title}; not so ${differs.filter(Boolean).join(', nor ')}`;
};

const all = Object.values(ROOMS).flat();
const differing = all.filter(({ local, radosgw }) => local !== undefined || radosgw !== undefined);

describe.skipIf(description === undefined).each(Object.entries(ROOMS))('%s', (_, cases) => {
  test.each(cases.map((each) => [claim(each), each] as const))('%s', async (_, each) => {
    const [ours, theirs] = await Promise.all([each.ask(local), each.ask(radosgw)]);
    const { expected } = each;
    expect({ local: ours, radosgw: theirs }).toEqual({
      local: each.local?.outcome ?? expected,
      radosgw: each.radosgw?.outcome ?? expected,
    });
  });
});

test('the two agree on 190 requests and more, and differ on these alone', () => {
  expect(new Set(all.map(({ title }) => title)).size).toBe(all.length);
  expect(all.length - differing.length).toBeGreaterThanOrEqual(190);
  const by = (who: 'local' | 'radosgw') =>
    differing.filter((each) => each[who] !== undefined).map(({ title }) => title);
  expect(by('local')).toEqual([
    'without TLS nobody may do anything',
    'a listing by a delimiter has what lies below',
    'the older listing is one of batches too',
  ]);
  expect(by('radosgw')).toEqual([
    'a cell in chunks, without a length, does not fit the signature',
    'a parameter that comes twice is refused',
    'a signature without its parameters is refused',
    'a header of its own that is not signed is refused',
    'a copy source that is not signed is refused',
    'a role that signs without If-None-Match is refused',
    'a role that signs for longer is refused when its signature is older than 15 minutes',
    'without TLS nobody may do anything',
    'a range of bytes=3-1 of ten bytes',
    'a range of lines=1-2 of ten bytes',
    'a range of bytes=0-1,3-4 of ten bytes',
    'no other encoding is known',
    'a page of less than nothing is refused',
    'a token that nobody gave out is refused',
    'a key of 1025 bytes is refused',
    'nothing else is reached by /BUCKET/uploads/%00/../../other/secret',
    'nothing else is reached by //BUCKET/other/secret',
    'nothing else is reached by /BUCKET/%zz',
  ]);
});

test('an S3 that takes everything fails nearly all of it', async () => {
  const lax = createServer((request, response) => request.resume().on('end', () => response.end()));
  await new Promise<void>((resolve) => lax.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(lax.address() as AddressInfo).port}`;
  const keys = { accessKeyId: 'any', secretAccessKey: 'any' };
  const site: Site = {
    url,
    bucket: 'lax',
    mark: 'mark',
    region: 'us-east-1',
    keys: { 'upload-url': keys, 'publish-ids': keys },
    uploadUrl: async () => ({ id: 'x', url: `${url}/lax/uploads/x`, headers: {} }),
    plant: async () => {},
    close: async () => {},
  };
  const held = [];
  for (const { title, ask, expected } of all) {
    const answered = await ask(site).catch(() => undefined); // what it lists is no list
    if (isDeepStrictEqual(answered, expected)) held.push(title);
  }
  lax.close();
  expect(held).toEqual([
    'the older listing is one of batches too',
    'of two prefixes the last counts, to the policy as to the listing',
  ]);
});

describe.skipIf(description === undefined)('radosgw, with the policy of the template as it is,', () => {
  test('takes no upload at all, because a statement asks for s3:if-none-match, which it does not know', async () => {
    await radosgw.setPolicyAsItIs();
    const { id, url, headers } = await radosgw.uploadUrl();
    const { outcome } = await send(radosgw, 'PUT', url, { headers, body: Buffer.alloc(CELL_BYTES) });
    await radosgw.setPolicy();
    expect([outcome, await read(radosgw, `uploads/${id}`)]).toEqual(['403 AccessDenied', '403 AccessDenied']);
  });
});

describe.skipIf(description === undefined)('the lifecycle of the template', () => {
  test('both: what lies under its prefixes is there for 14 days, summaries 13, and then goes, and nothing else', async () => {
    // The local drop: its clock is turned.
    const keys = [newKey('uploads/'), newKey('ids/'), newKey('summaries/'), newKey('other/')];
    for (const key of keys) await local.plant(key, 'x');
    const there = async () => (await Promise.all(keys.map((key) => read(local, key)))).map((each) => each.slice(0, 3));
    local.pass(RETENTION_DAYS - 1.01);
    expect(await there()).toEqual(['200', '200', '200', '403']);
    local.pass(1);
    expect((await there()).slice(0, 2)).toEqual(['200', '200']);
    local.pass(1.01);
    expect(await there()).toEqual(['403', '403', '403', '403']);
    // radosgw: its days are seconds, and it takes an object's time for the whole second before it.
    let left: string[];
    do {
      await sleep(100);
      left = await expiring.list();
      const days = (performance.now() - began) / 1000 / DAY_SECONDS;
      if (left.length < EXPIRING.length + LASTING.length) expect(days).toBeGreaterThan(RETENTION_DAYS - 2);
    } while (EXPIRING.some((key) => left.includes(key)));
    expect(left.sort()).toEqual([...LASTING].sort());
  });
});
