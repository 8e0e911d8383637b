import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Functions } from './functions.ts';
import { Cut, type Gateway } from './gateway.ts';
import { answerOf, eventOf, problem } from './lambda-proxy.ts';
import { Refusal, type Request, readRequest } from './request.ts';
import { type Match, router } from './routes.ts';
import type { Answer } from './s3.ts';
import type { Bucket, Lambda, Route, Stack } from './stack.ts';
import { throttle } from './throttle.ts';

/** 10 MB: what an HTTP API takes and answers at most. */
const PAYLOAD_MAX_BYTES = 10 * 2 ** 20;

/** Serves a stack's HTTP API. @throws Error when a route needs what the local drop does not do */
export function openFront(
  stack: Stack,
  gateway: Gateway,
  functions: Functions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const find = router(
    stack.routes.map((route) => ({ key: route.key, answer: answererOf(route, stack, gateway, functions) })),
  );

  const answer = async (incoming: IncomingMessage): Promise<Answer> => {
    const request = await readRequest(incoming, PAYLOAD_MAX_BYTES);
    const segments = decodeSegments(request.path);
    if (segments === undefined) return problem(400, 'Bad Request');
    const match = find(request.method, segments);
    return match === undefined ? problem(404, 'Not Found') : match.route.answer(request, match);
  };

  return async (incoming, response) => {
    try {
      const { status, headers, body } = await answer(incoming);
      const bytes = Buffer.byteLength(body);
      if (bytes > PAYLOAD_MAX_BYTES) throw new Error('the response is larger than an HTTP API hands on');
      // A HEAD's length is that of the body it does not have.
      response.writeHead(status, { ...(status !== 204 && { 'content-length': bytes }), ...headers });
      response.end(body);
    } catch (error) {
      if (error instanceof Cut) return void response.destroy();
      const isTooLarge = error instanceof Refusal && error.code === 'EntityTooLarge';
      const message = isTooLarge ? 'Request Entity Too Large' : 'Bad Request';
      const { status, headers, body } =
        error instanceof Refusal ? problem(isTooLarge ? 413 : 400, message) : problem(500, 'Internal Server Error');
      if (!response.headersSent) response.writeHead(status, headers);
      response.end(body);
    }
  };
}

type Answerer = (request: Request, match: Match<{ readonly key: string }>) => Promise<Answer>;

/** What a route does, its throttling included. */
function answererOf(route: Route, stack: Stack, gateway: Gateway, functions: Functions): Answerer {
  const passes = throttle(route.ratePerSecond, route.burst);
  const answer =
    route.lambda === undefined ? toBucket(route, stack, gateway) : toFunction(route, route.lambda, stack, functions);
  return async (request, match) => {
    return passes(performance.now()) ? answer(request, match) : problem(429, 'Too Many Requests');
  };
}

function toFunction(route: Route, lambda: Lambda, stack: Stack, functions: Functions): Answerer {
  const isLetIn = mayInvoke(route, lambda, stack);
  return async (request, { variables }) => {
    if (!isLetIn) return problem(500, 'Internal Server Error');
    const outcome = await within(
      functions.invoke(lambda, eventOf(request, route.key, variables, route.stageVariables)),
      route.timeoutMilliseconds,
    );
    if (outcome === undefined || outcome.kind === 'timeout' || outcome.kind === 'throttled') {
      return problem(503, 'Service Unavailable');
    }
    return outcome.kind === 'done' ? answerOf(outcome.result) : problem(500, 'Internal Server Error');
  };
}

/** Whether the function's own policy lets this route in. */
function mayInvoke({ api, key }: Route, { permissions }: Lambda, { account, region }: Stack): boolean {
  const source = `arn:aws:execute-api:${region}:${account}:${api}/$default/${key.replace(' ', '')}`;
  return permissions.some(({ principal, source: pattern }) => {
    return principal === 'apigateway.amazonaws.com' && (pattern === undefined || isLike(source, pattern));
  });
}

/** In such a pattern * is any text. */
function isLike(text: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[^\w]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}

/** The only host that this machine stands for is the bucket's. */
function toBucket({ key, target }: Route, stack: Stack, gateway: Gateway): Answerer {
  const [, host = '', path = '/'] = /^https:\/\/([^/]+)(\/.*)?$/.exec(target!.uri) ?? [];
  const bucket = stack.buckets.find(({ domain }) => domain === host);
  if (bucket === undefined) throw new Error(`${key}: the local drop does not stand for the host of ${target!.uri}`);
  const change = changerOf(target!.mappings, key);
  const changeAnswer = new Map(
    Object.entries(target!.answers).map(([status, mappings]) => [Number(status), changerOf(mappings, key)]),
  );
  return async (request, { variables }) => {
    const kept = Object.entries(request.headers).filter(([name]) => !HOP_HEADERS.includes(name));
    const proxied: Request = {
      method: target!.method === 'ANY' ? request.method : target!.method,
      path: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(variables[name] ?? '')),
      query: request.query,
      headers: { ...change(Object.fromEntries(kept)), host: (bucket as Bucket).domain },
      body: request.body,
    };
    const answer = await gateway.readAnonymously(proxied);
    const headers = changeAnswer.get(answer.status)?.(answer.headers) ?? answer.headers;
    return { ...answer, headers };
  };
}

type Headers = Record<string, string>;

/**
 * Makes the function that changes the headers of a request or an answer, whose names are in lower case, as mappings say. An
 * empty value maps nothing, as on AWS.
 *
 * @throws Error for a mapping that the local drop does not know
 */
function changerOf(mappings: Readonly<Record<string, string>>, key: string): (headers: Readonly<Headers>) => Headers {
  const [removed, overwritten]: [string[], Headers] = [[], {}];
  for (const [mapping, value] of Object.entries(mappings)) {
    const [, what, header] = /^(remove|overwrite):header\.(.+)$/.exec(mapping) ?? [];
    if (header === undefined || (what === 'remove' ? !["''", ''].includes(value) : value.includes('$')))
      throw new Error(`${key}: the local drop does not know the mapping ${mapping} to ${value}`);
    if (value === '') continue;
    if (what === 'remove') removed.push(header.toLowerCase());
    else overwritten[header.toLowerCase()] = value;
  }
  return (headers) => {
    const left = Object.entries(headers).filter(([name]) => !removed.includes(name));
    return { ...Object.fromEntries(left), ...overwritten };
  };
}

const HOP_HEADERS = ['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'];

/** A path's parts, decoded one by one: an encoded slash does not part. @returns undefined when one cannot be decoded */
function decodeSegments(path: string): string[] | undefined {
  try {
    return path.slice(1).split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** @returns undefined when it takes longer */
async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  return Promise.race([promise, end]).finally(() => clearTimeout(timer));
}
