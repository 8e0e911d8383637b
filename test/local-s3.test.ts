import { request } from 'node:http';
import { GetObjectCommand, GetObjectTaggingCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LocalDrop } from '../local/drop.ts';
import { clientsOf, startSmall } from './local-fixture.ts';

let drop: LocalDrop;
let with_: Awaited<ReturnType<typeof clientsOf>>;
let count = 0;
const newKey = () => `uploads/${++count}`;
const ONCE = { 'if-none-match': '*' };

beforeAll(async () => {
  drop = await startSmall();
  with_ = await clientsOf(drop);
});
afterAll(() => drop.close());

function presign(key: string, options: { bytes?: number; at?: Date; seconds?: number } = {}) {
  const { bytes = 4, at, seconds = 900 } = options;
  const command = new PutObjectCommand({ Bucket: with_.bucket, Key: key, ContentLength: bytes, IfNoneMatch: '*' });
  const unhoistableHeaders = new Set(['if-none-match']);
  return getSignedUrl(with_.s3, command, { expiresIn: seconds, unhoistableHeaders, signingDate: at });
}

async function put(url: string, body = 'cell', headers: Record<string, string> = ONCE) {
  const answer = await fetch(url, { method: 'PUT', body, headers });
  return { status: answer.status, code: /<Code>(\w+)/.exec(await answer.text())?.[1] };
}

/** Sends a path as it is: fetch would tidy it up. */
function raw(method: string, path: string, headers = {}): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(with_.storage);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
      let body = '';
      answer.on('data', (part) => {
        body += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode!, body }));
    });
    sent.on('error', reject).end();
  });
}

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);

describe('a presigned PUT', () => {
  test('stores exactly the body, once', async () => {
    const [key, url] = ['uploads/first', await presign('uploads/first')];
    expect(await put(url)).toMatchObject({ status: 200 });
    expect(await put(url)).toEqual({ status: 412, code: 'PreconditionFailed' });
    expect(drop.object(key)?.toString()).toBe('cell');
  });

  test.each<[string, (url: string) => string, string?, Record<string, string>?]>([
    ['a tampered signature', (url) => url.replace(/(Signature=)(.)/, (_, name, c) => name + (c === '0' ? '1' : '0'))],
    ['another key', (url) => url.replace('uploads/', 'uploads/x')],
    ['another expiry', (url) => url.replace('Expires=900', 'Expires=9000')],
    ['an added parameter', (url) => `${url}&x-id=PutObject`],
    ['a shorter body', (url) => url, 'cel'],
    ['a longer body', (url) => url, 'cells'],
    ['no If-None-Match', (url) => url, 'cell', {}],
    ['another If-None-Match', (url) => url, 'cell', { 'if-none-match': '"tag"' }],
  ])('with %s is refused, and stores nothing', async (_, change, body, headers) => {
    const key = newKey();
    expect(await put(change(await presign(key)), body, headers)).toEqual({
      status: 403,
      code: 'SignatureDoesNotMatch',
    });
    expect(drop.objects(key)).toEqual([]);
  });

  test('with a header of its own that is not signed is refused', async () => {
    const url = await presign(newKey());
    expect(await put(url, 'cell', { ...ONCE, 'x-amz-acl': 'public-read' })).toEqual({
      status: 403,
      code: 'AccessDenied',
    });
  });

  test('after its time is refused, and so is one from the future', async () => {
    expect(await put(await presign(newKey(), { at: ago(901) }))).toEqual({ status: 403, code: 'AccessDenied' });
    expect((await put(await presign(newKey(), { at: ago(-1000) }))).status).toBe(403);
  });

  test('of a long life is refused once its signature is older than the bucket policy allows', async () => {
    expect((await put(await presign(newKey(), { at: ago(880), seconds: 3600 }))).status).toBe(200);
    expect(await put(await presign(newKey(), { at: ago(920), seconds: 3600 }))).toEqual({
      status: 403,
      code: 'AccessDenied',
    });
  });

  test('outside of what the role may write is refused', async () => {
    expect(await put(await presign('elsewhere/1'))).toEqual({ status: 403, code: 'AccessDenied' });
  });

  test('without If-None-Match is refused even when it is signed that way', async () => {
    const key = newKey();
    const command = new PutObjectCommand({ Bucket: with_.bucket, Key: key, Body: 'cell' });
    await expect(with_.s3.send(command)).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(drop.objects(key)).toEqual([]);
  });
});

describe('anybody', () => {
  test('may not write, delete or list uploads, nor list everything', async () => {
    const path = `/${with_.bucket}/uploads/first`;
    for (const [method, target] of [
      ['PUT', path],
      ['DELETE', path],
      ['GET', `/${with_.bucket}?list-type=2&prefix=uploads/`],
      ['GET', `/${with_.bucket}?list-type=2&prefix=ids`],
      ['GET', `/${with_.bucket}?list-type=2`],
      ['GET', '/'],
    ] as const) {
      const answer = await raw(method, target, { ...ONCE, ...(method === 'PUT' && { 'content-length': 0 }) });
      expect([target, answer.status]).toEqual([target, 403]);
    }
    expect(drop.object('uploads/first')).toBeDefined();
  });

  test('may list ids, and gets 403 for what is not there', async () => {
    const answer = await raw('GET', `/${with_.bucket}?list-type=2&prefix=ids%2F`);
    expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('<KeyCount>0</KeyCount>') });
    expect((await raw('GET', `/${with_.bucket}/uploads/none`)).status).toBe(403);
  });

  test('does not crash it or get out of the bucket with any path', async () => {
    const b = with_.bucket;
    for (const path of [
      '/..',
      '//',
      '*',
      '/%',
      '/%zz',
      `/${b}/%00`,
      `/${b}/../x`,
      `/${b}/ids/..%2f..%2fetc`,
      '/\u00ff',
      `/${b}/${'k'.repeat(1025)}`,
      `/${b}/uploads/*`,
      `/${b}/uploads/%F0%9F%92%A7`,
      'http://elsewhere/x',
      '/?%',
      '/constructor',
    ]) {
      // biome-ignore format: a list
      expect((await raw('GET', path)).status).toBeGreaterThanOrEqual(400);
    }
    expect((await raw('GET', `/${b}/${'k'.repeat(1025)}`)).body).toContain('KeyTooLongError');
    expect((await raw('GET', `/${b}/uploads/first`)).body).toBe('cell');
  });

  test('is denied what the local drop does not do, as all that no policy allows', async () => {
    for (const query of ['tagging', 'acl', 'uploads', 'versionId=1', 'list-type=1']) {
      expect((await raw('GET', `/${with_.bucket}?${query}`)).body).toContain('AccessDenied');
    }
    expect((await raw('GET', `/${with_.bucket}?prefix=ids/`)).body).toContain('NotImplemented');
  });
});

test('a role is told what the local drop does not do', async () => {
  const tags = new GetObjectTaggingCommand({ Bucket: with_.bucket, Key: 'uploads/first' });
  await expect(with_.s3.send(tags)).rejects.toMatchObject({ name: 'NotImplemented' });
});

test('refuses a policy that gives anybody what the local drop does not do', async () => {
  const open = (Action: unknown) =>
    startSmall({}, (template) => {
      template.Resources.BucketPolicy.Properties.PolicyDocument.Statement[0].Action = Action;
    });
  await expect(open('s3:GetObjectTagging')).rejects.toThrow('cannot give anybody s3:GetObjectTagging');
  await expect(open(['s3:GetObject', 's3:Get*'])).rejects.toThrow('cannot give anybody s3:Get*');
});

describe('reading', () => {
  test('gives one range of bytes as asked, and 416 beyond the end', async () => {
    const url = await presign('uploads/range', { bytes: 10 });
    expect((await put(url, '0123456789')).status).toBe(200);
    const read = async (range: string) => {
      const answer = await fetch(`${drop.url}/uploads/range`, { headers: { range } });
      return [answer.status, answer.headers.get('content-range'), (await answer.text()).slice(0, 10)];
    };
    expect(await read('bytes=0-3')).toEqual([206, 'bytes 0-3/10', '0123']);
    expect(await read('bytes=8-')).toEqual([206, 'bytes 8-9/10', '89']);
    expect(await read('bytes=-3')).toEqual([206, 'bytes 7-9/10', '789']);
    expect(await read('bytes=5-99')).toEqual([206, 'bytes 5-9/10', '56789']);
    expect((await read('bytes=10-'))[0]).toBe(416);
    for (const nonsense of ['bytes=3-1', 'bytes=0-1,3-4', 'lines=1-2']) expect((await read(nonsense))[0]).toBe(200);
  });

  test('lists by the bytes of UTF-8, in pages, from a start', async () => {
    const keys = ['ids/a', 'ids/b&<', 'ids/\u00e9', 'ids/\uffee', 'ids/\u{1f4a7}'];
    for (const Key of keys.toReversed()) {
      await with_.s3.send(new PutObjectCommand({ Bucket: with_.bucket, Key, Body: 'x', IfNoneMatch: '*' }));
    }
    const anonymous = async (query: string) =>
      (await raw('GET', `/${with_.bucket}?list-type=2&prefix=ids/${query}`)).body;
    const keysIn = (body: string) => [...body.matchAll(/<Key>(.*?)<\/Key>/g)].map((match) => match[1]);
    expect(keysIn(await anonymous(''))).toEqual(['ids/a', 'ids/b&#38;&#60;', ...keys.slice(2)]);
    expect(keysIn(await anonymous('&start-after=ids/a&max-keys=1'))).toEqual(['ids/b&#38;&#60;']);
    const page = await anonymous('&max-keys=3');
    const token = /<NextContinuationToken>(.*?)</.exec(page)![1]!;
    expect(keysIn(await anonymous(`&continuation-token=${token}`))).toEqual(keys.slice(3));
    expect(keysIn(await anonymous('&max-keys=0'))).toEqual([]);
  });

  test('with a right only for listing tells 404, and without it 403', async () => {
    const may = await startSmall({}, (template) => {
      const [policy] = template.Resources.Role.Properties.Policies;
      const Resource = { 'Fn::GetAtt': ['Bucket', 'Arn'] };
      policy.PolicyDocument.Statement.push({ Effect: 'Allow', Action: 's3:ListBucket', Resource });
    });
    const { s3, bucket } = await clientsOf(may);
    const get = new GetObjectCommand({ Bucket: bucket, Key: 'uploads/none' });
    await expect(s3.send(get)).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect((await s3.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(0);
    await may.close();
    await expect(
      with_.s3.send(new GetObjectCommand({ Bucket: with_.bucket, Key: 'uploads/none' })),
    ).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });
});

test('a right that is taken out of the template is missing here', async () => {
  const poor = await startSmall({}, (template) => {
    template.Resources.Role.Properties.Policies[0].PolicyDocument.Statement.shift();
  });
  const { s3, bucket } = await clientsOf(poor);
  const command = new PutObjectCommand({ Bucket: bucket, Key: 'uploads/1', Body: 'x', IfNoneMatch: '*' });
  await expect(s3.send(command)).rejects.toMatchObject({ name: 'AccessDenied' });
  await poor.close();
});

test('the public access block closes a public bucket', async () => {
  const closed = await startSmall({}, (template) => {
    template.Resources.Bucket.Properties.PublicAccessBlockConfiguration.RestrictPublicBuckets = true;
  });
  expect((await fetch(`${closed.url}/?list-type=2&prefix=ids/`)).status).toBe(403);
  await closed.close();
  const refused = startSmall({}, (template) => {
    delete template.Resources.Bucket.Properties.PublicAccessBlockConfiguration;
  });
  await expect(refused).rejects.toThrow('BlockPublicPolicy');
});

test('what intercept throws cuts the connection, before the write or after it', async () => {
  let phase: 'before' | 'after' = 'before';
  const cut = await startSmall({
    intercept: (call) => {
      if (call.action === 's3:PutObject' && call.phase === phase) throw new Error('cut');
    },
  });
  const { s3, bucket } = await clientsOf(cut);
  const command = new PutObjectCommand({ Bucket: bucket, Key: 'uploads/1', Body: 'x', IfNoneMatch: '*' });
  await expect(s3.send(command)).rejects.toThrow();
  expect(cut.objects('')).toEqual([]);
  phase = 'after';
  await expect(s3.send(command)).rejects.toThrow();
  expect(cut.objects('')).toHaveLength(1);
  await cut.close();
});
