import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Aws } from '../doctor/calls.ts';

/** What a request of the SDK asks, and in which of AWS's protocols it is to be answered. */
interface Asked {
  readonly call: keyof Aws;
  readonly input: object;
  readonly protocol: 'json' | 'lower json' | 'query' | 'xml' | 'text';
}

/**
 * Serves an account to the SDK's own clients, in each service's protocol, on this machine.
 *
 * @param meanwhile - told each call before it is answered
 */
export async function serveAws(open: (url: string) => Aws, meanwhile: (call: keyof Aws) => void = () => {}) {
  const server = createServer(async (request, response) => {
    const asked = askedBy(request, await text(request));
    meanwhile(asked.call);
    try {
      answer(response, asked, (await aws[asked.call](asked.input as never)) as object);
    } catch (error) {
      refuse(response, asked, error as Error);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A name: S3 Control puts the account in front of it.
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  const aws = open(url);
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url, close };
}

const lowerFirst = (name: string) => name[0]!.toLowerCase() + name.slice(1);

function askedBy({ method, url = '', headers }: IncomingMessage, body: string): Asked {
  if (method === 'POST' && headers['x-amz-target'] !== undefined) {
    const [, operation = ''] = String(headers['x-amz-target']).split('.');
    return { call: lowerFirst(operation) as keyof Aws, input: JSON.parse(body), protocol: 'json' };
  }
  if (method === 'POST') {
    const { Action = '', ...input } = Object.fromEntries(new URLSearchParams(body));
    return { call: lowerFirst(Action) as keyof Aws, input, protocol: 'query' };
  }
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const parts = pathname.split('/').map(decodeURIComponent);
  if (pathname.endsWith('/account-settings')) return { call: 'getAccountSettings', input: {}, protocol: 'json' };
  if (pathname.endsWith('/concurrency'))
    return { call: 'getFunctionConcurrency', input: { FunctionName: parts[3] }, protocol: 'json' };
  if (pathname.endsWith('/configuration'))
    return { call: 'getFunctionConfiguration', input: { FunctionName: parts[3] }, protocol: 'json' };
  if (parts[1] === 'schedules') return { call: 'getSchedule', input: { Name: parts[2] }, protocol: 'json' };
  if (pathname === '/detector') return { call: 'listDetectors', input: {}, protocol: 'lower json' };
  if (parts[1] === 'detector') return { call: 'getDetector', input: { DetectorId: parts[2] }, protocol: 'lower json' };
  if (parts[1] === 'v2') {
    return { call: 'getStage', input: { ApiId: parts[3], StageName: parts[5] }, protocol: 'lower json' };
  }
  if (pathname.endsWith('/publicAccessBlock')) return { call: 'getPublicAccessBlock', input: {}, protocol: 'xml' };
  // The bucket stands in front of the host.
  const input = { Bucket: String(headers.host).split('.')[0] };
  if (searchParams.has('policy')) return { call: 'getBucketPolicy', input, protocol: 'text' };
  if (searchParams.has('logging')) return { call: 'getBucketLogging', input, protocol: 'xml' };
  return { call: 'getBucketNotificationConfiguration', input, protocol: 'xml' };
}

function answer(response: ServerResponse, { call, protocol }: Asked, output: object): void {
  const name = call[0]!.toUpperCase() + call.slice(1);
  if (protocol === 'json') response.end(JSON.stringify(output));
  else if (protocol === 'lower json') response.end(JSON.stringify(lowered(output)));
  else if (protocol === 'text') response.end((output as { Policy: string }).Policy);
  else if (call === 'getPublicAccessBlock') response.end(xml(output));
  else if (protocol === 'xml') response.end(`<${name}>${xml(output)}</${name}>`);
  else response.end(`<${name}Response><${name}Result>${xml(output)}</${name}Result></${name}Response>`);
}

function refuse(response: ServerResponse, { protocol }: Asked, { name, message }: Error): void {
  response.statusCode = name.startsWith('AccessDenied') ? 403 : 400;
  const code = `<Code>${name}</Code><Message>${message}</Message>`;
  if (protocol.endsWith('json')) {
    response.setHeader('x-amzn-errortype', name).end(JSON.stringify({ __type: name, message }));
  } else if (protocol === 'query') response.end(`<ErrorResponse><Error>${code}</Error></ErrorResponse>`);
  else response.end(`<Error>${code}</Error>`);
}

function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [lowerFirst(key), lowered(part)]));
}

function xml(value: unknown): string {
  if (Array.isArray(value)) return value.map((part) => `<member>${xml(part)}</member>`).join('');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([key, part]) => `<${key}>${xml(part)}</${key}>`)
      .join('');
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
