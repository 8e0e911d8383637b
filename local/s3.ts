import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Allows, Caller } from './access.ts';
import type { Listed, Objects, StoredObject } from './objects.ts';
import { Refusal, type Request } from './request.ts';
import type { Bucket } from './stack.ts';
import { type Element, xml } from './xml.ts';

/** What goes back. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | string;
}

/** A request to S3 whose signature, if it has one, holds. */
export interface S3Request extends Request {
  readonly caller: Caller;
  /** What the signature says to condition keys: none for anybody. */
  readonly context: Record<string, string>;
  readonly bucket: Bucket;
  readonly key: string;
}

/** S3's limit, in bytes of UTF-8. */
const KEY_MAX_BYTES = 1024;
const LIST_MAX = 1000;

/** Names of the few actions that a drop needs, by method, for a bucket (no key) and for an object. */
const ACTIONS: Record<string, string> = {
  'GET bucket': 's3:ListBucket',
  'HEAD bucket': 's3:ListBucket',
  'GET object': 's3:GetObject',
  'HEAD object': 's3:GetObject',
  'PUT object': 's3:PutObject',
  'DELETE object': 's3:DeleteObject',
};

/** The action of a request. @throws Refusal when it needs anything that is not done here */
export function s3Action(request: S3Request): string {
  try {
    return actionOf(request);
  } catch (error) {
    // A stack that lets anybody do more than is done here does not start: see access.ts.
    throw request.caller === undefined ? DENIED : error;
  }
}

function actionOf({ method, key, query, headers }: S3Request): string {
  const action = ACTIONS[`${method} ${key === '' ? 'bucket' : 'object'}`];
  if (action === undefined) throw new Refusal(405, 'MethodNotAllowed', 'The method is not allowed here.');
  const isList = action === 's3:ListBucket' && method === 'GET';
  for (const [name] of query) {
    if (name.startsWith('X-Amz-') || ANY_PARAMETERS.includes(name)) continue;
    if (isList && [...LIST_PARAMETERS, ...LIST_NOT_DONE].includes(name)) continue;
    throw notDone(`the parameter ${name.slice(0, 100)}`);
  }
  for (const name of Object.keys(headers)) {
    if (name.startsWith('x-amz-') && !AMZ_HEADERS.includes(name)) throw notDone(`the header ${name.slice(0, 100)}`);
  }
  return action;
}

/** What the SDK adds to what it signs. */
const ANY_PARAMETERS = ['x-id', 'x-amz-checksum-mode'];

const LIST_PARAMETERS = ['list-type', 'prefix', 'start-after', 'continuation-token', 'max-keys', 'encoding-type'];

/** Listings that are refused only to whoever may list. */
const LIST_NOT_DONE = ['delimiter', 'fetch-owner', 'marker'];

const AMZ_HEADERS = [
  'x-amz-checksum-crc32',
  'x-amz-checksum-mode', // asks for checksums where there are some
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-sdk-checksum-algorithm',
  'x-amz-security-token',
  'x-amz-user-agent',
];

/** Does what a request to S3 asks for, if the policies let it. @throws Refusal */
export async function answerS3(request: S3Request, action: string, objects: Objects, allows: Allows): Promise<Answer> {
  const { bucket, key, caller } = request;
  if (Buffer.byteLength(key) > KEY_MAX_BYTES) throw new Refusal(400, 'KeyTooLongError', 'Your key is too long');
  const may = (what: string, resource: string, context: Record<string, string>) =>
    allows({ caller, action: what, resource, policy: bucket.policy, restrictPublic: bucket.restrictPublic, context });
  const resource = key === '' ? bucket.arn : `${bucket.arn}/${key}`;
  if (!(await may(action, resource, { ...request.context, ...conditions(request, action) }))) throw DENIED;

  if (action === 's3:ListBucket') return request.method === 'HEAD' ? empty(200) : list(request, objects);
  if (action === 's3:PutObject') return put(request, objects);
  if (action === 's3:DeleteObject') {
    objects.remove(bucket.name, key);
    return empty(204);
  }
  const object = objects.get(bucket.name, key);
  if (object !== undefined) return read(request, object);
  // Only whoever may list learns that there is nothing. The prefix of a listing is not part of this question.
  if (!(await may('s3:ListBucket', bucket.arn, request.context))) throw DENIED;
  throw new Refusal(404, 'NoSuchKey', 'The specified key does not exist.');
}

const DENIED = new Refusal(403, 'AccessDenied', 'Access Denied');

/** The condition keys that belong to an action. */
function conditions({ query, headers }: S3Request, action: string): Record<string, string> {
  const given: Record<string, string> = {};
  if (action === 's3:ListBucket') {
    for (const [name, value] of query)
      if (['prefix', 'max-keys', 'delimiter'].includes(name)) given[`s3:${name}`] = value;
  }
  const once = headers['if-none-match'];
  if (action === 's3:PutObject' && once !== undefined) given['s3:if-none-match'] = once;
  return given;
}

function put({ bucket, key, headers, body }: S3Request, objects: Objects): Answer {
  const { 'if-none-match': once, 'content-md5': md5, 'x-amz-checksum-crc32': crc } = headers;
  if (once !== undefined && once !== '*') throw notDone('If-None-Match with a tag');
  if (headers['if-match'] !== undefined) throw notDone('If-Match');
  if (headers['content-encoding']?.includes('aws-chunked')) throw notDone('aws-chunked');
  const sum = () => Buffer.from(crc32(body).toString(16).padStart(8, '0'), 'hex').toString('base64');
  const isOther = md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64');
  if (isOther || (crc !== undefined && crc !== sum())) {
    throw new Refusal(400, 'BadDigest', 'The checksum does not match the body.');
  }
  const type = headers['content-type'] ?? 'binary/octet-stream';
  const etag = objects.put(bucket.name, key, body, type, once === '*');
  if (etag !== undefined) return { status: 200, headers: { etag }, body: '' };
  throw new Refusal(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
}

function read({ method, headers }: S3Request, object: StoredObject): Answer {
  const { etag, type, bytes, modified } = object;
  const head = { etag, 'last-modified': new Date(modified).toUTCString(), 'accept-ranges': 'bytes' };
  const second = Math.floor(modified / 1000) * 1000;
  const { 'if-match': match, 'if-none-match': none, 'if-modified-since': since } = headers;
  if (match !== undefined && match !== '*' && match !== etag) {
    throw new Refusal(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
  }
  const isKnown =
    none !== undefined ? none === '*' || none === etag : since !== undefined && second <= Date.parse(since);
  if (isKnown) return { status: 304, headers: head, body: '' };
  const range = readRange(headers.range, bytes);
  if (range === 'outside') throw new Refusal(416, 'InvalidRange', 'The requested range is not satisfiable');
  const all = { ...head, 'content-type': type };
  const [from, to] = range ?? [0, bytes];
  const length = { 'content-length': String(to - from) };
  const content = range && { 'content-range': `bytes ${from}-${to - 1}/${bytes}` };
  const body = method === 'HEAD' ? '' : object.body.subarray(from, to);
  return { status: range ? 206 : 200, headers: { ...all, ...content, ...length }, body };
}

/** One range of bytes, its end exclusive; undefined for what S3 ignores: several ranges, other units, nonsense. */
function readRange(header: string | undefined, bytes: number): [number, number] | 'outside' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') return Number(last) === 0 || bytes === 0 ? 'outside' : [Math.max(0, bytes - Number(last)), bytes];
  if (last !== '' && Number(last) < Number(first)) return undefined;
  if (Number(first) >= bytes) return 'outside';
  return [Number(first), last === '' ? bytes : Math.min(bytes, Number(last) + 1)];
}

function list({ bucket, query }: S3Request, objects: Objects): Answer {
  const given = new Map(query);
  const wish = LIST_NOT_DONE.find((name) => given.has(name)) ?? (given.get('list-type') !== '2' && 'list-type');
  if (wish) throw notDone(`a listing with this ${wish}`);
  const [prefix, after, token] = [given.get('prefix') ?? '', given.get('start-after'), given.get('continuation-token')];
  const wanted = given.get('max-keys') ?? String(LIST_MAX);
  const encoding = given.get('encoding-type');
  if (!/^\d{1,10}$/.test(wanted)) throw new Refusal(400, 'InvalidArgument', 'max-keys is invalid');
  if (encoding !== undefined && encoding !== 'url')
    throw new Refusal(400, 'InvalidArgument', 'encoding-type is invalid');
  const start = token === undefined ? (after ?? '') : Buffer.from(token, 'base64url').toString();
  if (token !== undefined && Buffer.from(start).toString('base64url') !== token)
    throw new Refusal(400, 'InvalidArgument', 'The continuation token provided is incorrect');
  const most = Math.min(Number(wanted), LIST_MAX);
  const found = objects.list(bucket.name, prefix, start, most + 1);
  const [page, isTruncated] = [found.slice(0, most), most > 0 && found.length > most];
  const name = (key: string) => (encoding === 'url' ? encodeURIComponent(key).replaceAll('%2F', '/') : key);
  const next = Buffer.from(page.at(-1)?.key ?? '').toString('base64url');
  const body = xml('ListBucketResult', [
    ['Name', bucket.name],
    ['Prefix', name(prefix)],
    ...(after === undefined ? [] : [['StartAfter', name(after)] as const]),
    ...(token === undefined ? [] : [['ContinuationToken', token] as const]),
    ...(encoding === undefined ? [] : [['EncodingType', encoding] as const]),
    ...(isTruncated ? [['NextContinuationToken', next] as const] : []),
    ['KeyCount', String(page.length)],
    ['MaxKeys', String(most)],
    ['IsTruncated', String(isTruncated)],
    ...page.map((object): Element => ['Contents', describe(object, name)]),
  ]);
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}

function describe({ key, etag, bytes, modified }: Listed, name: (key: string) => string): Element[] {
  return [
    ['Key', name(key)],
    ['LastModified', new Date(modified).toISOString()],
    ['ETag', etag],
    ['Size', String(bytes)],
    ['StorageClass', 'STANDARD'],
  ];
}

const empty = (status: number): Answer => ({ status, headers: {}, body: '' });

const notDone = (what: string) => new Refusal(501, 'NotImplemented', `The local drop does not do ${what}.`);
