import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { Refusal, type Request } from './request.ts';

/** The keys of one role's session. */
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** What a valid signature tells. */
export interface Signed<K> {
  readonly keys: K;
  /** Milliseconds since the signing. */
  readonly age: number;
  readonly inQuery: boolean;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SKEW_MILLISECONDS = 15 * 60 * 1000;
const EXPIRES_MAX_SECONDS = 7 * 24 * 60 * 60;
const UNSIGNED = 'UNSIGNED-PAYLOAD';

/**
 * Checks the signature of a request (AWS Signature Version 4, in the header or presigned).
 *
 * @param find - the keys of an access key id
 * @param now - the real time: the signers live in it
 * @returns undefined when the request has no signature at all
 * @throws Refusal when it has one that does not hold
 */
export function checkSignature<K extends Keys>(
  request: Request,
  service: 's3' | 'sqs',
  region: string,
  find: (accessKeyId: string) => K | undefined,
  now: number,
): Signed<K> | undefined {
  const parts = readSignature(request);
  if (parts === undefined) return undefined;
  const [accessKeyId, day, scopeRegion, scopeService, end] = parts.credential.split('/');
  const keys = find(accessKeyId ?? '');
  if (keys === undefined) throw new Refusal(403, 'InvalidAccessKeyId', 'The access key id does not exist.');
  if (
    scopeRegion !== region ||
    scopeService !== service ||
    end !== 'aws4_request' ||
    !parts.date.startsWith(`${day}T`)
  ) {
    throw new Refusal(400, 'AuthorizationHeaderMalformed', 'The scope of the credential is wrong.');
  }
  const age = now - parseDate(parts.date);
  checkAge(age, parts.expires);
  if (parts.token !== keys.sessionToken) throw new Refusal(400, 'InvalidToken', 'The session token is invalid.');
  checkSignedHeaders(request, parts);
  const expected = sign(keys, [day!, region, service], parts.date, canonicalRequest(request, service, parts));
  const [ours, theirs] = [Buffer.from(expected), Buffer.from(parts.signature)];
  if (ours.length !== theirs.length || !timingSafeEqual(ours, theirs)) {
    throw new Refusal(403, 'SignatureDoesNotMatch', 'The signature does not match the request.');
  }
  return { keys, age, inQuery: parts.expires !== undefined };
}

interface Parts {
  readonly credential: string;
  readonly date: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly token?: string;
  /** Seconds; only a presigned URL has them. */
  readonly expires?: number;
  readonly payloadHash: string;
}

function readSignature({ query, headers, body }: Request): Parts | undefined {
  const parameters = new Map(query);
  const inQuery = parameters.has('X-Amz-Signature') || parameters.has('X-Amz-Algorithm');
  const header = headers.authorization;
  if (inQuery && header !== undefined) throw new Refusal(400, 'InvalidArgument', 'Only one auth mechanism allowed.');
  if (inQuery) {
    const need = (name: string) => {
      const value = parameters.get(name);
      if (value === undefined) throw new Refusal(400, 'AuthorizationQueryParametersError', `${name} is missing.`);
      return value;
    };
    if (need('X-Amz-Algorithm') !== ALGORITHM) throw malformed('X-Amz-Algorithm is not supported.');
    const expires = need('X-Amz-Expires');
    if (!/^\d{1,6}$/.test(expires) || Number(expires) > EXPIRES_MAX_SECONDS)
      throw malformed('X-Amz-Expires is invalid.');
    return {
      credential: need('X-Amz-Credential'),
      date: need('X-Amz-Date'),
      signedHeaders: need('X-Amz-SignedHeaders').split(';'),
      signature: need('X-Amz-Signature'),
      token: parameters.get('X-Amz-Security-Token'),
      expires: Number(expires),
      payloadHash: UNSIGNED,
    };
  }
  if (header === undefined) return undefined;
  const match = /^AWS4-HMAC-SHA256 +Credential=([^, ]+), *SignedHeaders=([^, ]+), *Signature=([0-9a-f]+)$/.exec(header);
  if (match === null) throw new Refusal(400, 'InvalidArgument', 'The Authorization header is not supported.');
  const [, credential, signedHeaders, signature] = match;
  const hash = createHash('sha256').update(body).digest('hex');
  const claimed = headers['x-amz-content-sha256'] ?? hash; // SQS has no such header
  if (claimed.startsWith('STREAMING-')) {
    throw new Refusal(501, 'NotImplemented', 'The local drop does not take aws-chunked bodies.');
  }
  if (claimed !== UNSIGNED && claimed !== hash) {
    throw new Refusal(400, 'XAmzContentSHA256Mismatch', 'The body does not have the hash that was signed.');
  }
  return {
    credential: credential!,
    date: headers['x-amz-date'] ?? '',
    signedHeaders: signedHeaders!.split(';'),
    signature: signature!,
    token: headers['x-amz-security-token'],
    payloadHash: claimed,
  };
}

/** `20261122T112500Z` in milliseconds since 1970. */
function parseDate(date: string): number {
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const time = iso === date ? Number.NaN : Date.parse(iso);
  if (Number.isNaN(time)) throw new Refusal(403, 'AccessDenied', 'The signature needs a valid X-Amz-Date.');
  return time;
}

function checkAge(age: number, expires: number | undefined): void {
  if (age < -SKEW_MILLISECONDS || (expires === undefined && age > SKEW_MILLISECONDS)) {
    throw new Refusal(403, 'RequestTimeTooSkewed', 'The request was signed at another time.');
  }
  if (expires !== undefined && age > expires * 1000) throw new Refusal(403, 'AccessDenied', 'Request has expired');
}

function checkSignedHeaders({ headers }: Request, { signedHeaders }: Parts): void {
  const mustBeSigned = Object.keys(headers).filter((name) => name.startsWith('x-amz-'));
  for (const name of ['host', ...mustBeSigned]) {
    if (signedHeaders.includes(name)) continue;
    throw new Refusal(403, 'AccessDenied', `There were headers present in the request which were not signed: ${name}`);
  }
}

function canonicalRequest(request: Request, service: 's3' | 'sqs', { signedHeaders, payloadHash }: Parts): string {
  // All services encode the path as sent once more, but for S3.
  const segments = request.path.split('/').map((segment) => (service === 's3' ? decodeURIComponent(segment) : segment));
  const path = segments.map(encode).join('/');
  const query = request.query
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map((pair) => pair.join('='));
  const headers = signedHeaders.map((name) => `${name}:${(request.headers[name] ?? '').trim().replace(/\s+/g, ' ')}\n`);
  return [request.method, path, query.join('&'), headers.join(''), signedHeaders.join(';'), payloadHash].join('\n');
}

function sign({ secretAccessKey }: Keys, scope: string[], date: string, canonical: string): string {
  const all = [...scope, 'aws4_request'];
  const hash = createHash('sha256').update(canonical).digest('hex');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const key = all.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  return hmac(key, [ALGORITHM, date, all.join('/'), hash].join('\n')).toString('hex');
}

/** Percent-encodes all but unreserved characters (RFC 3986, section 2.3). */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const malformed = (message: string) => new Refusal(400, 'AuthorizationQueryParametersError', message);
