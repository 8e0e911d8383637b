import { createHash } from 'node:crypto';

/** What an onion front is told. */
export interface Front {
  /** Base URL of the drop's API, without a slash at its end: `https://....amazonaws.com`. */
  readonly drop: string;
  /** Origin of the drop's bucket, to which presigned URLs lead: `https://....s3.....amazonaws.com`. */
  readonly uploads: string;
  readonly places: Places;
  /** PEM text of the certificate authorities that are trusted. @default - those of the system, AUTHORITIES */
  readonly authorities?: string | undefined;
  /** `address` or `address:port` of the name server. @default - what /etc/resolv.conf says at each start */
  readonly resolver?: string | undefined;
  /** Further lines for tor, such as bridges. */
  readonly torrc?: string | undefined;
  /** The page, to be served at `/` byte for byte. @default - none is */
  readonly page?: Uint8Array | undefined;
}

/** Folders of an onion front, absolute. */
export interface Places {
  /** What the front is told. */
  readonly config: string;
  /** What it must keep: the keys of the onion service, and what tor knows of the network. */
  readonly state: string;
  /** What may be gone when it stops: sockets. */
  readonly run: string;
}

/** Where things are when a front is installed. */
export const INSTALLED: Places = {
  config: '/etc/dead-drop-gateway',
  state: '/var/lib/dead-drop-gateway',
  run: '/run/dead-drop-gateway',
};

/** The file of the certificate authorities that Debian trusts. */
export const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

/** The file of the page, in the folder of what the front is told. */
export const PAGE_FILE = 'page.html';

/** The socket on which the proxy waits for tor. */
export const proxySocket = ({ run }: Places) => `${run}/proxy.sock`;

/** The folder with the onion service's keys, and its address in `hostname`. */
export const onionFolder = ({ state }: Places) => `${state}/onion`;

/**
 * Reads where a front leads to: HTTPS, or plain HTTP to this machine.
 *
 * @returns the URL without a slash at its end
 * @throws Error when it is something else, or a configuration file could read it as something else
 */
export function parseTarget(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && url.hostname === '127.0.0.1');
  const isPlain = url !== undefined && /^https?:\/\/[\w.-]+(:\d+)?(\/[\w.-]+)*\/?$/.test(url.href);
  if (url?.hostname.endsWith('.'))
    throw new Error('a host name that ends in a dot is refused: write it without that dot');
  if (!isSafe || !isPlain) throw new Error(`it must be like https://drop.example, received '${text}'`);
  return url.href.replace(/\/$/, '');
}

/** Reads the address of a name server. @throws Error when it is none */
export function parseResolver(text: string): string {
  if (/^(\d{1,3}(\.\d{1,3}){3}|\[[\da-f:]+\])(:\d{1,5})?$/.test(text)) return text;
  throw new Error(`it must be like 192.0.2.53, received '${text}'`);
}

/** In hexadecimal. */
export const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');

/** A path as nginx, tor and bash read it in double quotes. @throws Error when they would not all read the same */
export function quoted(path: string): string {
  if (/["\\$`\p{Cc}]/u.test(path)) throw new Error('a path of the gateway has a character that is not taken there');
  return `"${path}"`;
}
