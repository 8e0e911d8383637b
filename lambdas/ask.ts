import { once } from 'node:events';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { buffer } from 'node:stream/consumers';

/**
 * One request to a public endpoint on a connection of its own, with the client's headers in its order: `host`,
 * `connection: close`, then those given.
 *
 * @returns whatever the answer is; rejects when there is none
 */
export async function ask(
  method: 'GET' | 'PUT',
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array | undefined,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: Buffer }> {
  const request = url.protocol === 'http:' ? requestHttp : requestHttps;
  const first = { host: url.host, connection: 'close' };
  const asked = request(url, { method, headers: { ...first, ...headers }, agent: false, signal }).end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: answer.statusCode!, body: await buffer(answer) };
}
