import type { Request } from './request.ts';
import type { Answer } from './s3.ts';

/** The answer of an integration that went wrong, in the words of an HTTP API. */
export function problem(status: number, message: string): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message }) };
}

/**
 * Makes the event of payload format 2.0. Of the request's context it has only what says how the request was matched:
 * no address and no time, which a handler of this project must not look at.
 */
export function eventOf(
  request: Request,
  routeKey: string,
  variables: Readonly<Record<string, string>>,
  stageVariables: Readonly<Record<string, string>>,
): object {
  const { cookie, ...headers } = request.headers;
  const isText = isTextType(headers['content-type']);
  const body = Buffer.from(request.body);
  const query: Record<string, string> = {};
  for (const [name, value] of request.query)
    query[name] = Object.hasOwn(query, name) ? `${query[name]},${value}` : value;
  return {
    version: '2.0',
    routeKey,
    rawPath: request.path,
    rawQueryString: request.query.map((pair) => pair.map(encodeURIComponent).join('=')).join('&'),
    ...(cookie !== undefined && { cookies: cookie.split(/; */) }),
    headers,
    ...(request.query.length > 0 && { queryStringParameters: query }),
    ...(Object.keys(variables).length > 0 && { pathParameters: variables }),
    requestContext: { routeKey, stage: '$default', http: { method: request.method, path: request.path } },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
    ...(Object.keys(stageVariables).length > 0 && { stageVariables }),
  };
}

/** The content types that an HTTP API hands over as text; everything else is base64. */
function isTextType(type = ''): boolean {
  const plain = type.split(';')[0]!.trim().toLowerCase();
  const isKnown = ['application/json', 'application/xml', 'application/javascript'].includes(plain);
  return isKnown || plain.startsWith('text/') || /;\s*charset=/i.test(type);
}

/** Reads what a handler returned: a response, or anything else as JSON. @throws Error when it is neither */
export function answerOf(result: unknown): Answer {
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) {
    const body = typeof result === 'string' ? result : JSON.stringify(result);
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }
  const {
    statusCode,
    headers = {},
    body = '',
    isBase64Encoded,
    cookies,
    ...others
  } = result as Record<string, unknown>;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599) throw new Error('the status code is invalid');
  if (typeof body !== 'string' || typeof headers !== 'object' || headers === null)
    throw new Error('malformed response');
  if (cookies !== undefined || Object.keys(others).length > 0) throw new Error('the response has unknown fields');
  const texts = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  const type = status === 204 || body === '' ? {} : { 'content-type': 'text/plain;charset=UTF-8' };
  return {
    status,
    headers: { ...type, ...Object.fromEntries(texts) },
    body: isBase64Encoded ? Buffer.from(body, 'base64') : body,
  };
}
