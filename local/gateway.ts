import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Allows, Caller } from './access.ts';
import type { Messages } from './messages.ts';
import type { Objects } from './objects.ts';
import { decode, Refusal, type Request, readRequest } from './request.ts';
import { type Answer, answerS3, type S3Request, s3Action } from './s3.ts';
import { checkSignature, type Keys } from './signature.ts';
import { answerSqs, type Fields, sqsAction } from './sqs.ts';
import type { Lambda, Stack } from './stack.ts';
import { xmlError } from './xml.ts';

/**
 * A call to the storage, for tests. What throws here cuts the connection, as if the caller's network had failed; a
 * Refusal is the answer, as if the storage had failed.
 */
export type Intercept = (call: Call) => void | Promise<void>;

export interface Call {
  /** The short name of the function that calls, or `anonymous`. */
  readonly role: string;
  readonly service: 's3' | 'sqs';
  /** Such as `s3:PutObject`. */
  readonly action: string;
  readonly phase: 'before' | 'after';
  /** The request's, their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A function's temporary credentials. */
export interface Session extends Keys {
  readonly lambda: Lambda;
}

/** What stands in front of the storage, and checks all that AWS would check. */
export interface Gateway {
  /** New credentials of a function's role. */
  openSession(lambda: Lambda): Session;
  /** Answers S3 and SQS over HTTP. */
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Answers S3 to anybody. */
  readAnonymously(request: Request): Promise<Answer>;
}

/** Bodies that the gateway takes, in bytes: the largest batch has 14 MiB, and the largest summary 20. */
const BODY_MAX_BYTES = 24 * 2 ** 20;

export function openGateway(
  stack: Stack,
  objects: Objects,
  messages: Messages,
  allows: Allows,
  intercept: Intercept = () => {},
): Gateway {
  const sessions = new Map<string, Session>();
  const find = (accessKeyId: string) => sessions.get(accessKeyId);

  /** Runs `act` between the two phases of a call. */
  const call = async <T>(caller: Caller, action: string, { headers }: Request, act: () => Promise<T>): Promise<T> => {
    const service = action.startsWith('s3:') ? 's3' : 'sqs';
    const role = caller === undefined ? 'anonymous' : (sessionNames.get(caller.session) ?? caller.session);
    await cut(() => intercept({ role, service, action, phase: 'before', headers }));
    const result = await act();
    await cut(() => intercept({ role, service, action, phase: 'after', headers }));
    return result;
  };
  const sessionNames = new Map(stack.functions.map(({ functionName, name }) => [functionName, name]));

  const s3 = async (request: Request): Promise<Answer> => {
    const [bucketName, key] = placeOf(request);
    const signed = checkSignature(request, 's3', stack.region, find, Date.now());
    const bucket = stack.buckets.find(({ name }) => name === bucketName);
    if (bucketName === '') throw new Refusal(403, 'AccessDenied', 'Access Denied');
    if (bucket === undefined) throw new Refusal(404, 'NoSuchBucket', 'The specified bucket does not exist');
    const { referer } = request.headers;
    const context: Record<string, string> = {
      ...(referer !== undefined && { 'aws:Referer': referer }),
      ...(signed && {
        's3:signatureAge': String(Math.max(0, signed.age)),
        's3:signatureversion': 'AWS4-HMAC-SHA256',
        's3:authType': signed.inQuery ? 'REST-QUERY-STRING' : 'REST-HEADER',
        's3:x-amz-content-sha256': request.headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD',
      }),
    };
    const asked: S3Request = { ...request, caller: callerOf(signed?.keys), context, bucket, key };
    const action = s3Action(asked);
    return call(asked.caller, action, request, () => answerS3(asked, action, objects, allows));
  };

  /** The bucket and the key that a request names, the bucket by its host name (`bucket.s3...`) or in its path. */
  const placeOf = ({ path, headers }: Request): [string, string] => {
    const hosted = stack.buckets.find(({ name }) => headers.host?.startsWith(`${name}.`));
    const [, first = '', rest = ''] = /^\/([^/]*)\/?(.*)$/s.exec(decode(path)) ?? [];
    return hosted === undefined ? [first, rest] : [hosted.name, decode(path).slice(1)];
  };

  const sqs = async (request: Request, gone: AbortSignal): Promise<Answer> => {
    const operation = request.headers['x-amz-target']!.replace(/^AmazonSQS\./, '');
    const signed = checkSignature(request, 'sqs', stack.region, find, Date.now());
    const fields = parseFields(request.body);
    const action = sqsAction(operation);
    const path = URL.parse(String(fields.QueueUrl))?.pathname;
    const queue = stack.queues.find(({ url }) => new URL(url).pathname === path);
    if (queue === undefined)
      throw new Refusal(400, 'AWS.SimpleQueueService.NonExistentQueue', 'There is no such queue.');
    const caller = callerOf(signed?.keys);
    const trace = request.headers['x-amzn-trace-id'];
    const answer = () => answerSqs(operation, fields, caller, queue, messages, allows, gone, trace);
    const body = JSON.stringify(await call(caller, action, request, answer));
    return { status: 200, headers: { 'content-type': JSON_TYPE }, body };
  };

  return {
    openSession(lambda) {
      const session: Session = {
        lambda,
        accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
        secretAccessKey: randomBytes(30).toString('base64'),
        sessionToken: randomBytes(48).toString('base64'),
      };
      sessions.set(session.accessKeyId, session);
      return session;
    },
    async readAnonymously(request) {
      return s3(request).catch((error: unknown) => refuseS3(error));
    },
    async serve(incoming, response) {
      const isSqs = incoming.method === 'POST' && typeof incoming.headers['x-amz-target'] === 'string';
      const gone = new AbortController();
      response.on('close', () => gone.abort());
      try {
        const request = await readRequest(incoming, BODY_MAX_BYTES);
        checkLength(request);
        const answer = await (isSqs ? sqs(request, gone.signal) : s3(request));
        send(response, answer);
      } catch (error) {
        if (error instanceof Cut) response.destroy();
        else send(response, isSqs ? refuseSqs(error) : refuseS3(error));
      }
    },
  };
}

const JSON_TYPE = 'application/x-amz-json-1.0';

/** The connection ends without an answer. */
export class Cut extends Error {}

async function cut(intercept: () => void | Promise<void>): Promise<void> {
  try {
    await intercept();
  } catch (error) {
    throw error instanceof Refusal ? error : new Cut();
  }
}

function callerOf(session: Session | undefined): Caller {
  return session && { role: session.lambda.role, session: session.lambda.functionName };
}

function checkLength({ method, headers }: Request): void {
  if ((method !== 'PUT' && method !== 'POST') || headers['content-length'] !== undefined) return;
  throw new Refusal(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.');
}

function parseFields(body: Uint8Array): Fields {
  try {
    const fields: unknown = JSON.parse(Buffer.from(body).toString());
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) return fields as Fields;
  } catch {}
  throw new Refusal(400, 'InvalidRequest', 'The body is not a JSON object.');
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

function refuseS3(error: unknown): Answer {
  if (error instanceof Cut) throw error;
  const { status, code, message } = asRefusal(error);
  return { status, headers: { 'content-type': 'application/xml' }, body: xmlError(code, message) };
}

function refuseSqs(error: unknown): Answer {
  const { status, code, message } = asRefusal(error);
  const body = JSON.stringify({ __type: `com.amazonaws.sqs#${code.split('.').at(-1)}`, message });
  return { status, headers: { 'content-type': JSON_TYPE, 'x-amzn-query-error': `${code};Sender` }, body };
}

function asRefusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal(500, 'InternalError', 'We encountered an internal error.');
}
