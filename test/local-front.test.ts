import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LocalDrop } from '../local/drop.ts';
import type { Call } from '../local/gateway.ts';
import { clientsOf, startSmall } from './local-fixture.ts';

let drop: LocalDrop;
const printed: string[] = [];
beforeAll(async () => {
  drop = await startSmall({ log: (line) => printed.push(line) });
});
afterAll(() => drop.close());

// biome-ignore lint/suspicious/noExplicitAny: whatever the function was given
const read = async (answer: Response): Promise<any> => answer.json();

const echo = (init: RequestInit) => fetch(`${drop.url}/echo?a=1&a=2`, { method: 'PUT', ...init });

/** Sends bytes as they are and reads what comes until the end, if any. */
function send(bytes: Uint8Array | string, origin = drop.url): Promise<string> {
  const { port } = new URL(origin);
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(port), '127.0.0.1', () => socket.end(bytes));
    socket.setTimeout(2000, () => socket.destroy());
    socket.on('data', (part) => {
      answer += part.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}

test('a body of a text type comes as text, any other in base64', async () => {
  const types: [string | undefined, boolean][] = [
    ['text/plain', false],
    ['application/json', false],
    ['application/xml', false],
    ['application/javascript', false],
    ['application/octet-stream', true],
    ['application/x-www-form-urlencoded', true],
    ['image/png; charset=utf-8', false],
    [undefined, true],
  ];
  for (const [type, isBase64Encoded] of types) {
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
    const event = await read(await echo({ body: Buffer.from('caf\u00e9'), headers }));
    const body = isBase64Encoded ? Buffer.from('caf\u00e9').toString('base64') : 'caf\u00e9';
    expect([type, event.isBase64Encoded, event.body]).toEqual([type, isBase64Encoded, body]);
  }
});

test('an event has the fields of format 2.0, and nothing of who asked', async () => {
  const event = await read(await echo({ headers: { 'X-Thing': 'b' } }));
  expect(event).toMatchObject({ version: '2.0', routeKey: 'PUT /echo', rawPath: '/echo', rawQueryString: 'a=1&a=2' });
  expect(event).toMatchObject({ headers: { 'x-thing': 'b' }, queryStringParameters: { a: '1,2' } });
  expect(event.requestContext).toEqual({
    routeKey: 'PUT /echo',
    stage: '$default',
    http: { method: 'PUT', path: '/echo' },
  });
});

test('a function answers with status, headers and bytes of its own', async () => {
  const answer = await echo({ headers: { 'x-status': '1' } });
  expect([answer.status, answer.headers.get('x-own'), await answer.text()]).toEqual([299, 'yes', 'hi']);
});

test('failures are told apart by the status an HTTP API has for them', async () => {
  const status = async (answer: Promise<Response>) => (await answer).status;
  expect(await status(fetch(`${drop.url}/none`))).toBe(404);
  expect(await status(fetch(`${drop.url}/echo`))).toBe(404);
  expect(await status(echo({ headers: { 'x-fail': '1' } }))).toBe(500);
  expect(await status(echo({ headers: { 'x-die': '1' } }))).toBe(500);
  expect(await status(echo({ headers: { 'x-large': '1' } }))).toBe(500);
  expect(await status(echo({}))).toBe(200);
  expect(await status(echo({ body: Buffer.alloc(10 * 2 ** 20 + 1) }))).toBe(413);
});

test('a function that takes too long is killed, and one that is busy is throttled', async () => {
  const [slow, busy] = [fetch(`${drop.url}/sleep`), fetch(`${drop.url}/sleep`)];
  expect(await (await slow).text()).toBe('{"message":"Service Unavailable"}');
  expect((await busy).status).toBe(503);
  await expect.poll(() => drop.invoke('sleeper', { milliseconds: 1 }).catch(() => 0)).toBe('slept');
});

test('a route without a permission to invoke its function fails', async () => {
  const closed = await startSmall({}, (template) => {
    delete template.Resources.EchoPermission;
  });
  expect((await fetch(`${closed.url}/echo`, { method: 'PUT' })).status).toBe(500);
  await closed.close();
});

test('requests beyond the throttle get 429', async () => {
  const few = await startSmall({}, (template) => {
    template.Resources.Stage.Properties.DefaultRouteSettings = { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 3 };
  });
  const answers = await Promise.all(Array.from({ length: 8 }, () => fetch(`${few.url}/?list-type=2&prefix=ids/`)));
  const counts = [200, 429].map((status) => answers.filter((answer) => answer.status === status).length);
  expect(counts[0]).toBeGreaterThanOrEqual(3);
  expect(counts[0]).toBeLessThanOrEqual(5);
  expect(counts[0]! + counts[1]!).toBe(8);
  await few.close();
});

test('a route that has a throttle of its own has no other', async () => {
  const few = await startSmall({}, (template) => {
    template.Resources.Stage.Properties.RouteSettings = {
      'GET /': { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 1 },
    };
  });
  const statusesOf = async (path: string) =>
    new Set((await Promise.all(Array.from({ length: 8 }, () => fetch(few.url + path)))).map(({ status }) => status));
  expect(await statusesOf('/?list-type=2&prefix=ids/')).toContain(429);
  expect(await statusesOf('/ids/none')).toEqual(new Set([403]));
  await few.close();
});

test('an object beyond 10 MB comes through the API in parts only', async () => {
  const { s3, bucket } = await clientsOf(drop);
  const Body = Buffer.alloc(11 * 2 ** 20);
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'ids/large', Body, IfNoneMatch: '*' }));
  expect((await fetch(`${drop.url}/ids/large`)).status).toBe(500);
  const part = await fetch(`${drop.url}/ids/large`, { headers: { range: 'bytes=0-4194303' } });
  expect([part.status, (await part.bytes()).length]).toEqual([206, 4_194_304]);
  const whole = s3.send(
    new PutObjectCommand({ Bucket: bucket, Key: 'ids/huge', Body: Buffer.alloc(24 * 2 ** 20 + 1), IfNoneMatch: '*' }),
  );
  await expect(whole).rejects.toThrow();
});

test('it listens on the loopback address only', async () => {
  const { env } = await clientsOf(drop);
  const others = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const outside = [...others.filter(({ internal }) => !internal).map(({ address }) => address), '::1', '127.0.0.2'];
  for (const url of [drop.url, env.AWS_ENDPOINT_URL_S3!]) {
    const { hostname, port } = new URL(url);
    expect(hostname).toBe('127.0.0.1');
    for (const host of outside) {
      const reached = await new Promise((resolve) => {
        const socket = connect({ host, port: Number(port) }, () => resolve(true)).on('error', () => resolve(false));
        socket.unref();
      });
      expect([host, reached]).toEqual([host, false]);
    }
  }
});

/** "Defined runtime environment variables" of Lambda's developer guide, as far as they concern functions of Node here. */
const SET_BY_LAMBDA = [
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'LAMBDA_TASK_ROOT',
  'TZ',
  'LANG',
  'AWS_XRAY_CONTEXT_MISSING',
  'AWS_XRAY_DAEMON_ADDRESS',
];

test('a function knows what Lambda sets, what the template does, where the storage is, and prints nothing', async () => {
  const { env } = await clientsOf(drop);
  const ofTemplate = ['BUCKET', 'QUEUE_URL'];
  const ofThisMachine = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL_SQS'];
  expect(Object.keys(env).toSorted()).toEqual([...SET_BY_LAMBDA, ...ofTemplate, ...ofThisMachine].toSorted());
  expect(printed).toEqual([]);
});

test('each invocation has an X-Ray header of its own', async () => {
  const traces = [(await clientsOf(drop)).env, (await clientsOf(drop)).env].map((env) => env._X_AMZN_TRACE_ID!);
  for (const trace of traces) expect(trace).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/);
  expect(new Set(traces).size).toBe(2);
});

test("an event has the stage's variables, and no such field where there are none", async () => {
  expect(await read(await echo({}))).not.toHaveProperty('stageVariables');
  const told = await startSmall({}, (template) => {
    template.Resources.Stage.Properties.StageVariables = { bucket: { Ref: 'Bucket' }, queueUrl: { Ref: 'Queue' } };
  });
  const { bucket, queueUrl } = await clientsOf(told);
  const event = (await (await fetch(`${told.url}/echo`, { method: 'PUT' })).json()) as object;
  expect(event).toMatchObject({ stageVariables: { bucket, queueUrl } });
  await told.close();
});

test('garbage leaves it alive', async () => {
  const { storage } = await clientsOf(drop);
  const garbage = [
    'GET',
    'GET / HTTP/1.1\r\n\r\n',
    'PUT /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nshort',
    'PUT /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    'PUT /echo HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n',
    'GET /%00%ff/../.. HTTP/1.1\r\nhost: x\r\n\r\n',
    'GET /ids/%E0%A4%A HTTP/1.1\r\nhost: x\r\n\r\n',
    'OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\nhost: x\r\n\r\n',
    'GET /?X-Amz-Signature=1 HTTP/1.1\r\nhost: x\r\nauthorization: AWS4-HMAC-SHA256 x\r\n\r\n',
    'POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: AmazonSQS.__proto__\r\ncontent-length: 2\r\n\r\n[]',
    'POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: AmazonSQS.SendMessage\r\ncontent-length: 4\r\n\r\nnull',
    `GET / HTTP/1.1\r\nhost: x\r\nlong: ${'x'.repeat(100_000)}\r\n\r\n`,
    'GET / HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
  ];
  for (const origin of [drop.url, storage]) for (const bytes of garbage) await send(bytes, origin);
  const line = fc.tuple(fc.constantFrom('GET', 'PUT', 'HEAD', 'POST', 'DELETE'), fc.webPath(), fc.webQueryParameters());
  const requests = fc.asyncProperty(line, fc.uint8Array(), async ([method, path, query], body) => {
    const head = `${method} ${path || '/'}?${query} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`;
    for (const origin of [drop.url, storage]) {
      expect(await send(Buffer.concat([Buffer.from(head), body]), origin)).toMatch(
        /^HTTP\/1.1 (200|400|403|404|405|501)/,
      );
    }
  });
  await fc.assert(requests, { numRuns: 100 });
  expect((await echo({})).status).toBe(200);
  expect((await fetch(`${drop.url}/?list-type=2&prefix=ids/`)).status).toBe(200);
});

test('a mapping removes with two quotes, maps nothing where it is empty, and overwrites', async () => {
  const calls: Call[] = [];
  const other = await startSmall({ intercept: (call) => void calls.push(call) });
  try {
    const headers = { 'user-agent': 'a', referer: 'b', 'x-way': 'mine', 'x-thing': 'c' };
    await fetch(`${other.url}/uploads/none`, { headers });
  } finally {
    await other.close();
  }
  const { headers } = calls.find(({ role, phase }) => role === 'anonymous' && phase === 'before')!;
  expect(headers).toMatchObject({ referer: 'b', 'x-way': 'front', 'x-thing': 'c' });
  expect(headers).not.toHaveProperty('user-agent');
});

test('so does one of an answer, by its status', async () => {
  const other = await startSmall({}, ({ Resources }) => {
    const mapping = (Destination: string, Source: string) => ({ Destination, Source });
    Resources.ToBatch.Properties.ResponseParameters = {
      200: {
        ResponseParameters: [
          mapping('remove:header.etag', "''"),
          mapping('remove:header.last-modified', ''),
          mapping('overwrite:header.content-type', 'text/x-front'),
        ],
      },
    };
  });
  try {
    const { s3, bucket } = await clientsOf(other);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'ids/one', Body: 'x', IfNoneMatch: '*' }));
    const whole = (await fetch(`${other.url}/ids/one`)).headers;
    expect([whole.get('etag'), whole.get('content-type')]).toEqual([null, 'text/x-front']);
    expect(whole.get('last-modified')).not.toBeNull();
    const part = (await fetch(`${other.url}/ids/one`, { headers: { range: 'bytes=0-0' } })).headers; // 206
    expect([part.get('etag'), part.get('content-type')]).toEqual([expect.anything(), 'application/octet-stream']);
  } finally {
    await other.close();
  }
});
