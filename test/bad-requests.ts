import fc from 'fast-check';
import { formatSealedId } from '../wire/sealed-id.ts';
import { SEALED_ID_BYTES } from '../wire/sizes.ts';

/** What a bad client sends over one connection, and which status it may get. */
export interface BadRequest {
  readonly bytes: Buffer;
  /** Undefined where HTTP itself is broken: then the server may refuse in its own words, or wait, or hang up. */
  readonly statuses?: readonly number[];
  /** The body of a whole registration. */
  readonly body?: Buffer;
}

const oneOf = <T>(...choices: [weight: number, arbitrary: fc.Arbitrary<T>][]) =>
  fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));

const lettersOf = (characters: string) => fc.constantFrom(...characters);

const token = fc.string({
  unit: lettersOf('abcdefghijklmnopqrstuvwxyz0123456789-_!#$%&*+.^`|~'),
  minLength: 1,
  maxLength: 20,
});

/** All that a header's value may have: Latin-1 without control characters. */
const value = fc
  .array(
    fc.integer({ min: 0x20, max: 0xff }).filter((code) => code !== 0x7f),
    { maxLength: 60 },
  )
  .map((codes) => String.fromCharCode(...codes));

/** Headers about the message itself, which are set below. */
const FRAMING = /^(connection|content-length|content-type|expect|host|te|trailer|transfer-encoding|upgrade)$/;

/** Headers that mean nothing here, or should not. */
const header = fc.oneof(
  fc.tuple(
    token.filter((name) => !FRAMING.test(name)),
    value,
  ),
  fc.constantFrom(
    [
      'authorization',
      'AWS4-HMAC-SHA256 Credential=a/20261122/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0',
    ],
    ['x-amz-target', 'AmazonSQS.SendMessage'],
    ['x-amz-security-token', 'x'],
    ['x-forwarded-for', '127.0.0.1'],
    ['x-http-method-override', 'DELETE'],
    ['content-encoding', 'gzip'],
    ['cookie', 'a=b; __proto__=c; ;;=; a'],
    ['if-none-match', '*'],
    ['range', 'bytes=0-0'],
    ['__proto__', 'x'],
    ['constructor', 'x'],
    ['expect', '100-continue'],
    ['isbase64encoded', 'true'],
  ),
);

const contentType = fc.option(
  oneOf(
    [2, fc.constantFrom('application/octet-stream', 'text/plain', 'application/json', 'APPLICATION/JSON')],
    [1, fc.constantFrom('text/html; charset=utf-16', 'multipart/form-data; boundary=x', 'text', ';', '')],
    [1, value],
  ),
);

const query = oneOf(
  [4, fc.constant('')],
  [1, fc.webQueryParameters().map((text) => `?${text}`)],
  [1, fc.constantFrom('?', '?&&', '?=', '?a=1&a=2', '?__proto__=x', '?constructor=1&toString=2', '?body=x')],
);

const exactly = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

const asText = (text: fc.Arbitrary<string>) => text.map((each) => Buffer.from(each));

const body = oneOf<Uint8Array>(
  [4, exactly(SEALED_ID_BYTES)],
  [1, fc.nat(255).map((byte) => Buffer.alloc(SEALED_ID_BYTES, byte))],
  [1, fc.integer({ min: SEALED_ID_BYTES - 3, max: SEALED_ID_BYTES + 3 }).chain(exactly)],
  [2, fc.uint8Array({ maxLength: 200 })],
  [1, fc.nat(70_000).map((length) => Buffer.alloc(length, 'x'))],
  [1, asText(fc.string({ minLength: SEALED_ID_BYTES, maxLength: SEALED_ID_BYTES }))],
  [1, asText(fc.string({ unit: 'binary', maxLength: 90 }))],
  [1, asText(exactly(SEALED_ID_BYTES).map(formatSealedId))],
  [1, asText(fc.json({ maxDepth: 2 }))],
).map((bytes) => Buffer.from(bytes));

const ONE_PIECE = fc.constant(undefined);

/** How many bytes a chunk has, if the body comes in chunks. */
const pieces = fc.option(fc.integer({ min: 1, max: 100 }), { freq: 4, nil: undefined });

/** A request that is HTTP, whatever it asks for. */
function request(
  method: fc.Arbitrary<string>,
  path: fc.Arbitrary<string>,
  piece: fc.Arbitrary<number | undefined> = pieces,
): fc.Arbitrary<{ head: Buffer; framed: Buffer; body: Buffer }> {
  const headers = fc.array(header, { maxLength: 5 });
  const parts = { method, path, query, contentType, headers, body, piece };
  return fc.record(parts).map(({ method, path, query, contentType, headers, body, piece }) => {
    const framing = piece === undefined ? ['content-length', body.length] : ['transfer-encoding', 'chunked'];
    const type = contentType === null ? [] : [['content-type', contentType]];
    const all = [['host', 'drop.test'], ['connection', 'close'], framing, ...type, ...headers];
    const lines = [`${method} ${path}${query} HTTP/1.1`, ...all.map((pair) => pair.join(': '))];
    const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    return { head, framed: piece === undefined ? body : inChunks(body, piece), body };
  });
}

function inChunks(content: Buffer, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < content.length; at += size) {
    const part = content.subarray(at, at + size);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}

const PUT = fc.constant('PUT');
const REGISTER_ID = fc.constant('/register-id');
const UPLOAD_URL = fc.constant('/upload-url');

/** Near both endpoints, but neither. */
const elsewhere = fc.oneof(
  request(fc.constantFrom('GET', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'PROPFIND'), REGISTER_ID),
  request(fc.constantFrom('PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS'), UPLOAD_URL),
  request(
    PUT,
    fc.webPath().map((path) => `/${path}`),
  ),
  request(
    PUT,
    fc.constantFrom(
      ...['/', '//register-id', '/register-id/', '/register-id/x', '/Register-Id', '/register-id;x', '/./register-id'],
      ...['/register-id%2f', '/register-id%00', '/x/../register-id', '/$default/register-id', '/%ff', '/%'],
      ...['/ids/2026-11-22T11:30:00Z', '/uploads/x', '/__proto__', '/constructor', `/${'x'.repeat(3000)}`],
    ),
  ),
);

/** A place somewhere in so many bytes. (Of `fc.double`, nearly all would lie at their start.) */
const place = fc.nat(9999).map((at) => (bytes: Buffer) => Math.floor((at * bytes.length) / 10_000));

const edit = fc.record({
  place,
  remove: fc.nat(8),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    asText(fc.constantFrom('\r\n', '\n', '\0', '\r\n\r\n', ' ', ':', '80', '%', '\u00e9', 'HTTP/9.9')),
    asText(fc.constantFrom('content-length: 80\r\n', 'transfer-encoding: chunked\r\n')),
  ),
});

/** A registration with bytes inserted and removed in its head. */
const edited = fc
  .tuple(request(PUT, REGISTER_ID, ONE_PIECE), fc.array(edit, { minLength: 1, maxLength: 4 }))
  .map(([{ head, body }, edits]) => {
    const edited = edits.reduce((bytes, { place, remove, insert }) => {
      const from = place(bytes);
      return Buffer.concat([bytes.subarray(0, from), insert, bytes.subarray(from + remove)]);
    }, head);
    return Buffer.concat([edited, body]);
  });

/** A registration whose client hangs up half way. */
const cut = fc.tuple(request(PUT, REGISTER_ID), place).map(([{ head, framed }, place]) => {
  const whole = Buffer.concat([head, framed]);
  return whole.subarray(0, place(whole));
});

const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));

/** What is known to have confused servers. */
const infamous = fc
  .constantFrom(
    'put /register-id HTTP/1.1\r\nhost: x\r\ncontent-length: 80\r\n\r\n',
    'PUT /register-id\r\n\r\n',
    'PUT /register-id HTTP/1.0\r\n\r\n',
    'PUT /register-id HTTP/2.0\r\n\r\n',
    'PUT /register-id HTTP/1.1\r\ncontent-length: 80\r\n\r\n',
    'PUT register-id HTTP/1.1\r\nhost: x\r\n\r\n',
    'PUT http://other.test/register-id HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n',
    'PUT * HTTP/1.1\r\nhost: x\r\n\r\n',
    'CONNECT drop.test:443 HTTP/1.1\r\nhost: x\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'PUT /register-id HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    'PUT /register-id HTTP/1.1\r\nhost: x\r\nexpect: something\r\n\r\n',
    'PUT /register-id HTTP/1.1\r\nhost: x\r\ncontent-length: 80\r\ncontent-length: 81\r\n\r\n',
    'PUT /register-id HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n',
    'PUT /register-id HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999\r\n\r\n',
    'PUT /register-id HTTP/1.1\r\nhost: x\r\ncontent-length: 10485761\r\n\r\n',
    'PUT /register-id HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n',
    'PUT /register-id HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    'PUT /register-id HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n',
    'PUT /register-id HTTP/1.1\r\nhost: x\r\n folded: x\r\ncontent-length: 0\r\n\r\n',
    `PUT /register-id HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
    `PUT /register-id HTTP/1.1\r\nhost: x\r\n${'x: y\r\n'.repeat(3000)}\r\n`,
    `${'PUT /register-id HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'.repeat(3)}`,
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  )
  .map((text) => Buffer.from(text, 'latin1'));

/** Any of these; whoever asks for a bad request gets a whole one from 14 of 20. */
export const badRequest: fc.Arbitrary<BadRequest> = oneOf<BadRequest>(
  [8, request(PUT, REGISTER_ID).map(({ head, framed, body }) => ({ ...whole(head, framed, 204, 400), body }))],
  [2, request(fc.constant('GET'), UPLOAD_URL).map(({ head, framed }) => whole(head, framed, 200))],
  [4, elsewhere.map(({ head, framed }) => whole(head, framed, 400, 404))],
  [6, oneOf([3, edited], [1, cut], [1, noise], [1, infamous]).map((bytes) => ({ bytes }))],
);

function whole(head: Buffer, framed: Buffer, ...statuses: number[]): BadRequest {
  return { bytes: Buffer.concat([head, framed]), statuses };
}
