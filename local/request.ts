import type { IncomingMessage } from 'node:http';

/** A request as it arrived, its header names in lower case. */
export interface Request {
  readonly method: string;
  /** As sent, still percent-encoded, without the query. */
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A refusal, in S3's and SQS's own words. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * Reads a request with its body of at most `most` bytes.
 *
 * @throws Refusal when it is malformed or too large
 */
export async function readRequest(incoming: IncomingMessage, most: number): Promise<Request> {
  const [, path = '', search = ''] = /^([^?]*)\??(.*)$/s.exec(incoming.url ?? '') ?? [];
  if (!path.startsWith('/')) throw new Refusal(400, 'InvalidURI', "Couldn't parse the specified URI.");
  const query = search
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [, name, value] = /^([^=]*)=?(.*)$/s.exec(pair)!;
      return [decode(name!), decode(value!)] as const;
    });
  const distinct = Object.entries(incoming.headersDistinct).map(([name, values]) => [name, values!.join(',')]);
  const headers: Record<string, string> = Object.fromEntries(distinct);
  const body = await readBody(incoming, most);
  if (body === undefined) throw new Refusal(400, 'EntityTooLarge', 'The body is larger than what is taken here.');
  return { method: incoming.method ?? '', path, query, headers, body };
}

/** Percent-decoding that a key or a parameter must survive. @throws Refusal */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refusal(400, 'InvalidURI', "Couldn't parse the specified URI.");
  }
}

/** Reads a request's body, or returns undefined when it is longer than `most` bytes. @throws Error when it ends early */
async function readBody(request: IncomingMessage, most: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > most) return undefined;
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > most) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts, bytes);
}
