import { execFile } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { untraced } from '../lambdas/untraced.ts';
import { readAssembly } from '../local/assembly.ts';
import type { Call } from '../local/gateway.ts';
import { readStack } from '../local/stack.ts';
import { CELL_BYTES, SEALED_ID_BYTES } from '../wire/sizes.ts';
import { sharedOutdir, type TestDrop, withDrop } from './drop.ts';
import { clientsOf, startSmall } from './local-fixture.ts';
import { lastingFolder } from './office.ts';

/** Nobody answers there. */
const NOWHERE = 'http://127.0.0.1:1';

const { functions } = readStack(readAssembly(sharedOutdir()), { api: NOWHERE, storage: NOWHERE });

const fileOf = (name: string) => join(functions.find((each) => each.name === name)!.code, 'index.mjs');

/** An event of each function, as the template has it. */
const EVENTS: Record<string, object> = {
  'upload-url': { stageVariables: { bucket: 'drop', queueUrl: `${NOWHERE}/1/ids` } },
  'register-id': {
    stageVariables: { bucket: 'drop', queueUrl: `${NOWHERE}/1/ids` },
    body: Buffer.alloc(SEALED_ID_BYTES).toString('base64'),
    isBase64Encoded: true,
  },
  'publish-ids': { time: '2026-11-22T11:30:00Z', bucket: 'drop', queueUrl: `${NOWHERE}/1/ids`, linesPerBatch: 8 },
  decoy: { time: '2026-11-22T11:30:00Z', dropUrl: NOWHERE, decoysPerMinute: 100 },
};

/** Loads a bundle, calls its handler, and prints each name that it looked for in the environment meanwhile. */
const LOOK = `
const [file, event] = process.argv.slice(1);
const names = new Set();
const note = (name) => typeof name === 'string' && names.add(name);
const env = new Proxy(process.env, {
  get: (target, name) => (note(name), target[name]),
  has: (target, name) => (note(name), name in target),
  ownKeys: (target) => (names.add('all of it'), Reflect.ownKeys(target)),
});
Object.defineProperty(process, 'env', { value: env });
const { handler } = await import(file);
const end = new Promise((resolve) => setTimeout(resolve, 4000));
await Promise.race([handler(JSON.parse(event)).catch(() => {}), end]);
process.stdout.write(JSON.stringify([...names]), () => process.exit());
`;

/** What Lambda sets: where the function runs, as whom, and, for the SDK's User-Agent, which AWS alone sees, on what. */
const OF_LAMBDA = 'AWS_REGION AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_EXECUTION_ENV'.split(' ');

/** Settings and files of settings that the SDK, and Node itself, look for and do not find in a Lambda of a drop. */
const OF_OTHERS = `
  HOME USERPROFILE HOMEPATH HOMEDRIVE AWS_PROFILE AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE AWS_DEFAULTS_MODE
  AWS_ENDPOINT_URL_S3 AWS_ENDPOINT_URL_SQS AWS_IGNORE_CONFIGURED_ENDPOINT_URLS AWS_S3_USE_ARN_REGION
  AWS_USE_FIPS_ENDPOINT AWS_USE_DUALSTACK_ENDPOINT AWS_S3_DISABLE_EXPRESS_SESSION_AUTH AWS_AUTH_SCHEME_PREFERENCE
  AWS_RESPONSE_CHECKSUM_VALIDATION AWS_MAX_ATTEMPTS AWS_RETRY_MODE AWS_SDK_UA_APP_ID AWS_DISABLE_CLOCK_SKEW_CORRECTION
  AWS_ENABLE_DEFAULT_SOCKET_TIMEOUT_2026 AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED
  AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA AWS_LAMBDA_BENCHMARK_MODE WATCH_REPORT_DEPENDENCIES FORCE_COLOR
`.match(/\w+/g)!;

describe.each(functions.map(({ name }) => name))('the bundle of %s', (name) => {
  test('looks for nothing in its environment but what Lambda sets, and what the SDK does not find there', async () => {
    const keys = { AWS_ACCESS_KEY_ID: 'ASIA', AWS_SECRET_ACCESS_KEY: 'x', AWS_SESSION_TOKEN: 'x' };
    const network = { AWS_ENDPOINT_URL_S3: NOWHERE, AWS_ENDPOINT_URL_SQS: NOWHERE };
    const args = ['--input-type=module', '-e', LOOK, pathToFileURL(fileOf(name)).href, JSON.stringify(EVENTS[name])];
    const env = { AWS_REGION: 'eu-central-1', ...keys, ...network };
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    const names: string[] = JSON.parse(stdout);
    if (name !== 'decoy') expect(names).toContain('AWS_REGION');
    expect(names.filter((each) => ![...OF_LAMBDA, ...OF_OTHERS].includes(each))).toEqual([]);
  });

  test('has no client of KMS in it, and no name that an environment would have', () => {
    const text = readFileSync(fileOf(name), 'utf8');
    expect(text.length).toBeGreaterThan(1000);
    expect(text).not.toMatch(/TrentService|kms\.|\bQUEUE_URL|\bDROP_URL|LINES_PER_BATCH|DECOYS_PER_MINUTE|WORK_BITS/);
  });
});

/** Headers that follow a request through services. */
const TRACES = /^(x-amzn-trace-id|traceparent|tracestate|baggage|b3|x-b3-.*)$/;

const tracesIn = (calls: readonly { headers: object }[]) =>
  calls.flatMap(({ headers }) => Object.keys(headers).filter((name) => TRACES.test(name.toLowerCase())));

/** Uploads and registers, as a client does. */
async function leave(drop: TestDrop): Promise<void> {
  const { url, headers } = (await (await fetch(`${drop.url}/upload-url`)).json()) as { url: string; headers: object };
  expect(url).not.toMatch(/trace/i);
  const body = Buffer.alloc(CELL_BYTES);
  expect((await fetch(url, { method: 'PUT', headers: { ...headers }, body })).status).toBe(200);
  const registered = await fetch(`${drop.url}/register-id`, { method: 'PUT', body: Buffer.alloc(SEALED_ID_BYTES) });
  expect(registered.status).toBe(204);
}

test('what a client says of itself does not reach the bucket, which answers nobody but the front', async () => {
  const calls: Call[] = [];
  const drop = await withDrop({ intercept: (call) => void calls.push(call) });
  await drop.tick();
  const { url } = (await (await fetch(`${drop.url}/upload-url`)).json()) as { url: string };
  const bucket = url.slice(0, url.indexOf('/uploads/'));
  calls.length = 0;
  const headers = { 'user-agent': 'a', referer: 'b' };
  const [key] = drop.objects('ids/').map((object) => object.key);
  for (const path of ['?list-type=2&prefix=ids/', key, 'uploads/none']) {
    const through = await fetch(`${drop.url}/${path}`, { headers });
    expect(through.status).toBe(path === 'uploads/none' ? 403 : 200);
    expect((await fetch(`${bucket}/${path}`, { headers })).status).toBe(403);
  }
  const read = calls.filter(({ phase }) => phase === 'before').map((call) => call.headers);
  expect(read.map(({ referer }) => referer === 'b')).toEqual([false, true, false, true, false, true]);
  const ofFront = read.filter(({ referer }) => referer !== 'b');
  expect(new Set(ofFront.map(({ referer }) => referer)).size).toBe(1);
  for (const each of ofFront) expect(each).not.toHaveProperty('user-agent');
});

test('what is read is a file of no kind, whatever its sender said of it', async () => {
  const calls: Call[] = [];
  const drop = await withDrop({ intercept: (call) => void calls.push(call) });
  const { id, url, headers } = (await (await fetch(`${drop.url}/upload-url`)).json()) as {
    id: string;
    url: string;
    headers: Record<string, string>;
  };
  const said = { 'content-type': 'text/html', 'content-disposition': 'inline', 'cache-control': 'public' };
  const body = Buffer.alloc(CELL_BYTES);
  expect((await fetch(url, { method: 'PUT', headers: { ...headers, ...said }, body })).status).toBe(200);
  for (const range of ['bytes=0-', 'bytes=0-9']) {
    const answer = await fetch(`${drop.url}/uploads/${id}`, range === 'bytes=0-' ? {} : { headers: { range } });
    expect(answer.status).toBe(range === 'bytes=0-' ? 200 : 206);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    });
    expect(answer.headers.get('cache-control')).toBeNull();
  }
  // Without the front it would be what its sender said.
  const { referer } = calls.findLast(({ role }) => role === 'anonymous')!.headers as { referer: string };
  const straight = await fetch(url.slice(0, url.indexOf('?')), { headers: { referer } });
  expect(straight.headers.get('content-type')).toBe('text/html');
});

describe('no request of a drop carries a trace', () => {
  test('to the bucket or to the queue', async () => {
    const calls: Call[] = [];
    const drop = await withDrop({ intercept: (call) => void calls.push(call) });
    await leave(drop);
    await drop.tick();
    const actions = new Set(calls.map(({ action }) => action));
    for (const action of ['sqs:SendMessage', 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 's3:GetObject', 's3:PutObject'])
      expect(actions).toContain(action);
    expect(tracesIn(calls)).toEqual([]);
  });

  test('as a decoy', async () => {
    const calls: { url: string; headers: object }[] = [];
    const server = createServer((request, response) => {
      calls.push({ url: request.url!, headers: request.headers });
      response.end(JSON.stringify({ url: `${front}/uploads/x` }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => server.closeAllConnections());
    const front = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const drop = await withDrop();
    const time = new Date(Date.now() - 60_000).toISOString();
    drop.invoke('decoy', { time, dropUrl: front, decoysPerMinute: 100 }).catch(() => {}); // ends with the drop
    const places = () => new Set(calls.map(({ url }) => url));
    await expect.poll(places, { timeout: 60_000 }).toEqual(new Set(['/upload-url', '/uploads/x', '/register-id']));
    expect(tracesIn(calls)).toEqual([]);
    server.close();
  });

  test('though the SDK would hand it on, and the queue keep it', async () => {
    const drop = await startSmall();
    onTestFinished(drop.close);
    const { sqs, queueUrl: QueueUrl, env } = await clientsOf(drop);
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'register-id');
    vi.stubEnv('_X_AMZN_TRACE_ID', env._X_AMZN_TRACE_ID);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { headers: handedOn } = await headersOf(sqs, QueueUrl);
    expect(handedOn['X-Amzn-Trace-Id']).toBe(env._X_AMZN_TRACE_ID);
    expect(tracesIn([await headersOf(untraced(sqs), QueueUrl)])).toEqual([]);
  });

  test('refuses a client of another SDK, which may do it otherwise', () => {
    const client = new SQSClient({ region: 'eu-central-1' });
    client.middlewareStack.remove('recursionDetectionMiddleware');
    expect(() => untraced(client)).toThrow('the SDK hands traces on in another way');
  });
});

/** The headers of a message's request, as it leaves the client. */
async function headersOf(sqs: SQSClient, QueueUrl: string) {
  let headers: Record<string, string> = {};
  const command = new SendMessageCommand({ QueueUrl, MessageBody: 'x' });
  command.middlewareStack.add(
    (next) => (args) => {
      ({ headers } = args.request as { headers: Record<string, string> });
      return next(args);
    },
    { step: 'deserialize', name: 'look', priority: 'low' },
  );
  await sqs.send(command);
  return { headers };
}

test("a decoy's schedule tells it where the drop is: its letters are in the queue", async () => {
  const drop = await withDrop();
  const time = new Date(Date.now() - 60_000).toISOString();
  drop.invoke('decoy', { time, decoysPerMinute: 60 }).catch(() => {}); // ends with the drop
  await expect.poll(drop.waiting, { timeout: 60_000 }).toBeGreaterThan(0);
  expect(drop.objects('uploads/').length).toBeGreaterThan(0);
});

test.each([
  ['none of its variables', {}],
  ['only another', { other: 'x' }],
])('behind a stage with %s, functions fail, and say nothing of why', async (_, variables) => {
  const outdir = lastingFolder();
  cpSync(sharedOutdir(), outdir, { recursive: true });
  const path = join(outdir, 'DeadDrop.template.json');
  const template = JSON.parse(readFileSync(path, 'utf8'));
  // biome-ignore lint/suspicious/noExplicitAny: any part of a template
  for (const { Type, Properties } of Object.values<any>(template.Resources)) {
    if (Type === 'AWS::ApiGatewayV2::Stage') Properties.StageVariables = variables;
  }
  writeFileSync(path, JSON.stringify(template));
  const drop = await withDrop({ outdir });
  const answers = [
    await fetch(`${drop.url}/upload-url`),
    await fetch(`${drop.url}/register-id`, { method: 'PUT', body: Buffer.alloc(SEALED_ID_BYTES) }),
  ];
  for (const answer of answers) {
    expect([answer.status, await answer.text()]).toEqual([500, '{"message":"Internal Server Error"}']);
  }
  expect(drop.waiting()).toBe(0);
});
