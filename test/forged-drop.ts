import { objectsIn } from '../core/audit/evidence.ts';
import { dropAt } from '../core/drop/drop.ts';
import type { DropAnswer, DropRequest, Transport } from '../core/drop/transport.ts';
import { loopback } from '../node/transport/transport.ts';
import type { TestDrop } from './drop.ts';
import { listOf } from './list-xml.ts';
import { HASTY } from './people.ts';

/** What becomes of a request: the drop's own answer, changed, or another one. `pass` asks the drop, and may be given another request. */
export type Forge = (request: DropRequest, pass: (other?: DropRequest) => Promise<DropAnswer>) => Promise<DropAnswer>;

/** A drop in which one thing is wrong, and whose answers have its own time. */
export function forgedDrop(drop: Pick<TestDrop, 'url' | 'clock'>, forge: Forge = (_, pass) => pass()) {
  const transport: Transport = (request) =>
    forge(request, async (other = request) => {
      const answer = await loopback(other);
      return { ...answer, headers: { ...answer.headers, date: new Date(drop.clock.now()).toUTCString() } };
    });
  return dropAt(drop.url, { transport, patience: HASTY });
}

/** An answer of the forger's own. */
export function answer(
  status: number,
  body: string | Uint8Array = '',
  headers: DropAnswer['headers'] = {},
): DropAnswer {
  return { status, body: Buffer.from(body), headers };
}

/** That a cell is stored, as S3 says it. */
export const stored = () => answer(200, '', { etag: '"d41d8cd98f00b204e9800998ecf8427e"' });

export const isList = ({ method, url }: DropRequest): boolean =>
  method === 'GET' &&
  url.search.startsWith('?list-type=2&prefix=ids%2F') &&
  !/%2F(2|&prefix|&start-after=upl)/.test(url.search);

export const isBatch = ({ method, url }: DropRequest): boolean =>
  method === 'GET' && /^\/ids\/[0-9TZ:-]{20}$/.test(url.pathname);

export const isPut = ({ method, url }: DropRequest): boolean => method === 'PUT' && url.pathname.includes('/uploads/');

/** An object in a list: its key, its size, when it was written. */
export interface Entry {
  key: string;
  bytes: number;
  modified: number;
}

/** A list of objects, as S3 writes it. */
export function listXml(entries: readonly Entry[], prefix = 'ids/'): string {
  const contents = entries.map(
    ({ key, bytes, modified }) =>
      `<Key>${key}</Key><LastModified>${new Date(modified).toISOString()}</LastModified><Size>${bytes}</Size>`,
  );
  return listOf(contents, { prefix });
}

/** Changes the list of batches. */
export function relist(change: (entries: Entry[]) => readonly Entry[]): Forge {
  return async (request, pass) => {
    const given = await pass();
    if (!isList(request) || given.status !== 200) return given;
    const entries = objectsIn(Buffer.from(given.body).toString()) as Entry[];
    return { ...given, body: Buffer.from(listXml(change(entries))) };
  };
}

/** Changes the lines of each batch. @param change - is given the lines without their newlines, and how many came before */
export function rewrite(change: (lines: string[], count: number) => readonly string[]): Forge {
  let count = 0;
  return async (request, pass) => {
    const given = await pass();
    if (!isBatch(request) || ![200, 206].includes(given.status)) return given;
    const lines = Buffer.from(given.body).toString('latin1').trimEnd().split('\n');
    const body = change(lines, count++)
      .map((line) => `${line}\n`)
      .join('');
    return { ...given, body: Buffer.from(body, 'latin1') };
  };
}

/** Answers some requests itself. */
export function instead(when: (request: DropRequest) => boolean, what: DropAnswer): Forge {
  return async (request, pass) => (when(request) ? what : pass());
}

/** Adds a header to the answers to some requests. */
export function adding(
  name: string,
  value: string | (() => string),
  when: (request: DropRequest) => boolean = () => true,
): Forge {
  return async (request, pass) => {
    const given = await pass();
    if (!when(request)) return given;
    return { ...given, headers: { ...given.headers, [name]: typeof value === 'string' ? value : value() } };
  };
}
