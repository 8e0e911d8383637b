import { once } from 'node:events';
import { request as requestPlain } from 'node:http';
import { Agent, request as requestTls } from 'node:https';
import { text } from 'node:stream/consumers';
import { type GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Functions } from '../../local/functions.ts';
import type { Lambda, Stack } from '../../local/stack.ts';

/** Who signs: the roles of the stack that may write. */
export type Role = 'upload-url' | 'publish-ids';

export interface RoleKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** An S3 with the stack's bucket in it. */
export interface Site {
  readonly url: string;
  /** The same without TLS, where there is a difference. */
  readonly plain?: string;
  readonly bucket: string;
  readonly region: string;
  /** What the front says in `Referer`, without which nobody reads. */
  readonly mark: string;
  readonly keys: Readonly<Record<Role, RoleKeys>>;
  /** What the upload-url Lambda of the stack, bundled and with its role's keys, gives to a source. */
  uploadUrl(): Promise<{ id: string; url: string; headers: Record<string, string> }>;
  /** Puts an object where only the operator could. */
  plant(key: string, body: string): Promise<void>;
  close(): Promise<void>;
}

/** What is sent, as it is: nothing tidies up a path, or adds a header. */
export interface Sent {
  readonly headers?: Record<string, string | number>;
  readonly body?: string | Uint8Array;
  /** Hangs up after the body, which the headers say is longer. */
  readonly hangUp?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
  /** Status and, when there is one, S3's error code: `403 AccessDenied`. */
  readonly outcome: string;
}

/** The agent checks no certificate: both ends are on this machine. It keeps no connection: each request is alone. */
const agent = new Agent({ rejectUnauthorized: false });
const sdkAgent = new Agent({ rejectUnauthorized: false, keepAlive: true });

/**
 * Asks again where the answer was lost: an S3 that refuses a body before it has read it may hang up while it is still sent.
 *
 * @param target - a URL, or a path on the site
 */
export async function send(site: Site, method: string, target: string, sent: Sent = {}): Promise<Answer> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await sendOnce(site, method, target, sent);
    } catch (error) {
      const isLost = ['EPIPE', 'ECONNRESET'].includes((error as NodeJS.ErrnoException).code ?? '');
      if (!isLost || tried === TRIES) throw error;
    }
  }
}

const TRIES = 5;

async function sendOnce(site: Site, method: string, target: string, sent: Sent): Promise<Answer> {
  const [, origin = site.url, path] = /^(https?:\/\/[^/]+)?(.*)$/s.exec(target)!;
  const { hostname, port, protocol } = new URL(origin);
  const { headers = {}, body, hangUp } = sent;
  const ask = protocol === 'https:' ? requestTls : requestPlain;
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const all = 'transfer-encoding' in headers ? headers : { ...length, ...headers };
  const request = ask({ hostname, port, method, path, headers: all, agent: protocol === 'https:' ? agent : false });
  if (hangUp) {
    request.on('error', () => {}).write(body);
    await new Promise((resolve) => setTimeout(resolve, 100));
    request.destroy();
    return { status: 0, headers: {}, body: '', outcome: 'hung up' };
  }
  request.end(body);
  const [answer] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  const content = await text(answer);
  const [, code] = /<Code>(\w+)<\/Code>/.exec(content) ?? [];
  const status = answer.statusCode!;
  const outcome = code === undefined || status < 300 ? String(status) : `${status} ${code}`;
  return { status, headers: answer.headers, body: content, outcome };
}

/** The real SDK. */
export function clientOf({ url, region }: Pick<Site, 'url' | 'region'>, credentials: RoleKeys): S3Client {
  return new S3Client({
    endpoint: url,
    forcePathStyle: true,
    region,
    credentials,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    requestHandler: { httpsAgent: sdkAgent },
  });
}

export interface Signing {
  readonly role?: Role;
  /** Seconds since the signing. */
  readonly age?: number;
  /** How long it holds. */
  readonly seconds?: number;
}

// biome-ignore lint/suspicious/noExplicitAny: any command of S3
export type Command = any;

/** Signs a command of the SDK into a URL. @param signing - by upload-url, just now, for 900 seconds */
export function presign(site: Site, command: Command, signing: Signing = {}): Promise<string> {
  const { role = 'upload-url', age = 0, seconds = 900 } = signing;
  const signingDate = new Date(Date.now() - age * 1000);
  const unhoistableHeaders = new Set(['if-none-match', 'x-amz-copy-source', 'x-amz-acl', 'x-amz-tagging']);
  return getSignedUrl(clientOf(site, site.keys[role]), command as GetObjectCommand, {
    expiresIn: seconds,
    unhoistableHeaders,
    signingDate,
  });
}

/** Where clients find an object, as far as its key needs no encoding. */
export const pathOf = ({ bucket }: Site, key: string) => `/${bucket}/${key}`;

/** Signs a command in headers, as the SDK sends it; what it gives can be changed, and then sent. */
export async function signed(site: Site, command: Command, { role = 'upload-url', age = 0 }: Signing = {}) {
  let asked: { path: string; query: Record<string, string>; headers: Record<string, string> } | undefined;
  const client = new S3Client({
    endpoint: site.url,
    forcePathStyle: true,
    region: site.region,
    credentials: site.keys[role],
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    systemClockOffset: -age * 1000,
    requestHandler: {
      handle: async (request: NonNullable<typeof asked>) => {
        asked = request;
        throw new Error('not to be sent yet');
      },
    },
  });
  await client.send(command).catch(() => {});
  const { path, query, headers } = asked!;
  return { path: `${path}?${new URLSearchParams(query)}`, headers };
}

/** A stack's only bucket, its functions by their short names, and what its front says in `Referer`. */
export function partsOf(stack: Stack) {
  const [bucket] = stack.buckets as [Stack['buckets'][0]];
  const functionOf = (name: string) => stack.functions.find((each) => each.name === name)!;
  const mark = stack.routes.flatMap(({ target }) => target?.mappings['overwrite:header.referer'] ?? [])[0]!;
  return { bucket, functionOf, mark };
}

/** Asks a stack's upload-url Lambda. */
export async function askUploadUrl(
  functions: Functions,
  lambda: Lambda,
  bucket: string,
): ReturnType<Site['uploadUrl']> {
  const outcome = await functions.invoke(lambda, { stageVariables: { bucket } });
  if (outcome.kind !== 'done') throw new Error(`upload-url: ${outcome.kind}`);
  return JSON.parse((outcome.result as { body: string }).body);
}
