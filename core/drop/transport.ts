import { RefusedAddress } from './transport-fault.ts';

/** One request to the drop. */
export interface DropRequest {
  /** `POST` and `DELETE` are for an audit, which looks whether they are refused. */
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** It may be another one's when the answer is there. */
  readonly body?: Uint8Array;
  /** No more of an answer is read than this. */
  readonly answerMaxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** What the drop answered, read to its end or to the limit. */
export interface DropAnswer {
  readonly status: number;
  readonly body: Uint8Array;
  /** By name in lower case. An audit looks at them, and an upload at its ETag; a transport need not tell. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** How long things may take. */
export const LIMITS = {
  /** How long nothing may come or go. */
  silenceMilliseconds: 120_000,
  /**
   * What a body is given on top of that, since it leaves for Tor's buffers at once and reaches the drop much later: a
   * cell, 1 MiB, gets four minutes and sixteen seconds.
   */
  slowestBytesPerSecond: 4096,
  /** A drop that sends a byte now and then holds nobody for longer. */
  requestMilliseconds: 1_800_000,
};

/** The one way to the drop. Rejects when there was no complete answer, and then nothing is known of the request. */
export type Transport = (request: DropRequest) => Promise<DropAnswer>;

/** Whether a URL names a loopback address. Names do not count: they would have to be resolved. */
export function isLoopback(url: URL): boolean {
  return /^127(\.\d{1,3}){3}$/.test(url.hostname) || url.hostname === '[::1]';
}

/** Whether a URL leads to an onion service. With a dot at its end, too, which the name service would be asked for. */
export function isOnion(url: URL): boolean {
  return /\.onion\.?$/.test(url.hostname);
}

/** @throws RefusedAddress when the host's name ends in a dot: an onion service's would be asked of the name service */
export function checkHost({ hostname }: URL): void {
  if (!hostname.endsWith('.')) return;
  throw new RefusedAddress('a host name that ends in a dot is refused: write the address without that dot');
}

/** @throws RefusedAddress unless the URL is plain HTTP to a loopback address */
export function checkLoopback(url: URL): void {
  checkHost(url);
  if (url.protocol === 'http:' && isLoopback(url)) return;
  throw new RefusedAddress('a drop on this machine has an address like http://127.0.0.1:8787, and leads nowhere else');
}

/** @throws RefusedAddress unless the URL is HTTPS, without which whoever carries it reads and changes it */
export function checkPublic(url: URL): void {
  checkHost(url);
  if (url.protocol === 'https:' && !isLoopback(url)) return;
  throw new RefusedAddress('a drop that is not on this machine has an https:// or an .onion address');
}

/** @throws RefusedAddress unless the URL is HTTPS or leads to an onion service */
export function checkOverTor(url: URL): void {
  checkHost(url);
  if (isOnion(url)) checkOnion(url);
  else checkPublic(url);
}

/**
 * Checks the address of an onion service, which is its certificate. Names below it are its own: Tor takes them to it.
 *
 * @throws RefusedAddress when it is not whole
 */
export function checkOnion({ hostname, protocol }: URL): void {
  // 35 bytes in base32, the last of which is the version, 3.
  if (/^(?:[\w-]+\.)*[a-z2-7]{55}d\.onion$/.test(hostname) && /^https?:$/.test(protocol)) return;
  throw new RefusedAddress('an .onion address has 56 letters and digits before .onion: see whether it is whole');
}

/** The port that a URL leads to. */
export function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === 'https:' ? 443 : 80));
}
