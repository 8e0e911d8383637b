import { randomBytes } from 'node:crypto';
import { type Answer, pathOf, type Sent, type Site, send } from './site.ts';

/** What came of a case: a status with S3's error code, such as `403 AccessDenied`, or several such lines. */
export type Outcome = string | readonly string[];

/** A request, or a few that belong together, and what S3 is documented to answer. */
export interface Case {
  readonly title: string;
  readonly ask: (site: Site) => Promise<Outcome>;
  /** AWS's own documentation says so; where it says nothing of a code, the code is S3's usual one. */
  readonly expected: Outcome;
  /** What radosgw 16.2 does instead, and why that is no fault of ours. */
  readonly radosgw?: Difference;
  /** What the local drop does instead, and why that is good enough. */
  readonly local?: Difference;
}

export interface Difference {
  readonly outcome: Outcome;
  readonly differs: string;
}

export const newKey = (prefix = 'uploads/') => prefix + randomBytes(32).toString('base64url');

export const ONCE = { 'if-none-match': '*' };

/** Asks for an object or, with an empty key, for the bucket, without any signature, as the front does for anybody. */
export function anonymous(site: Site, method: string, keyAndQuery: string, sent: Sent = {}): Promise<Answer> {
  return send(site, method, pathOf(site, keyAndQuery), { ...sent, headers: { referer: site.mark, ...sent.headers } });
}

/** Anonymous GET of an object: what it has, or why not. */
export async function read(site: Site, key: string): Promise<string> {
  const { status, outcome, body } = await anonymous(site, 'GET', key);
  return status === 200 ? `200 ${body}` : outcome;
}

/** Puts an object that is then there. */
export async function planted(site: Site, key = newKey(), body = 'cell'): Promise<string> {
  await site.plant(key, body);
  return key;
}

export const keysIn = (body: string) =>
  [...body.matchAll(/<Key>(.*?)<\/Key>/gs)].map(([, key]) =>
    key!.replace(/&#(\d+);|&(amp|lt|gt|quot|apos);/g, (_, code, name) =>
      name ? { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }[name as 'amp']! : String.fromCodePoint(Number(code)),
    ),
  );
