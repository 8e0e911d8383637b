import { randomBytes } from '#platform';
import { formatSealedId } from '../../wire/sealed-id.ts';
import { UPLOAD_ID_BYTES } from '../../wire/sizes.ts';
import { formatUploadId, uploadKey } from '../../wire/upload-id.ts';
import { type Drop, getUploadUrl, putCell, putSealedId, type UploadUrl } from '../drop/drop.ts';
import { type RetriedAnswer, withRetries } from '../drop/retry.ts';
import { type DropAnswer, type DropRequest, isOnion } from '../drop/transport.ts';
import { sealCoverCell } from '../letter/cell.ts';
import { sealForNobody } from '../letter/sealed-id.ts';
import type { Random } from '../platform.ts';
import { type Fetched, type Listing, readList, sampleBatches } from './evidence.ts';

/** What an audit goes by. */
export interface Visiting {
  /** How many batches are read. */
  readonly batchCount: number;
  /** For how many days the drop says that it keeps things. */
  readonly retentionDays: number;
  readonly random: Random;
  /** Milliseconds since 1970, by this machine. */
  readonly now: () => number;
  /** Waits so many milliseconds. Where there is none, nothing is waited for. */
  readonly wait?: ((milliseconds: number) => Promise<void>) | undefined;
}

/** An answer as its head went by, and what it answered. */
export interface Head {
  /** Such as `GET /ids`: the method and the first part of the path. */
  readonly what: string;
  readonly answer: DropAnswer;
}

/** One visit to a drop: what several checks look at is asked for once. */
export interface Visit extends Visiting {
  /** Notes the heads of all that it is answered. */
  readonly drop: Drop;
  readonly heads: readonly Head[];
  /** A request that clients do not make, tried again as theirs are. A 501 is an answer, and refuses. */
  ask(request: Omit<DropRequest, 'signal' | 'answerMaxBytes'>): Promise<RetriedAnswer>;
  /** Under the base URL. */
  at(path: string): URL;
  /** In the storage that upload URLs lead to. With an onion front that is the front, as for everybody. */
  atStorage(path: string): Promise<URL>;
  list(): Promise<Listing>;
  batches(): Promise<readonly Fetched[]>;
  /** A new upload URL. */
  uploadUrl(): Promise<UploadUrl>;
  /** The one cell that the audit leaves: genuine, for nobody. */
  upload(): Promise<{ readonly to: UploadUrl; readonly cell: Uint8Array; readonly answer: RetriedAnswer }>;
  /** The one sealed id that the audit registers: genuine, for nobody. */
  register(): Promise<Registered>;
}

/** A registration, with each try's line: one that was lost on the way may have arrived. */
export interface Registered {
  readonly lines: readonly string[];
  /** Milliseconds after the list was taken. */
  readonly at: number;
  readonly head: DropAnswer | undefined;
}

const ANSWER_BYTES = 2 ** 20;

/** Begins a visit. Nothing is contacted yet. */
export function beginVisit(way: Drop, visiting: Visiting): Visit {
  const heads: Head[] = [];
  const drop: Drop = {
    ...way,
    async transport(request) {
      const answer = await way.transport(request);
      const [, first = ''] = request.url.pathname.split('/');
      heads.push({ what: `${request.method} /${first}`, answer: { ...answer, body: new Uint8Array() } });
      return answer;
    },
  };
  const visit: Visit = {
    ...visiting,
    drop,
    heads,
    async ask(request) {
      let last: DropAnswer | undefined;
      const transport = async (each: DropRequest) => {
        last = await drop.transport(each);
        return last.status === 501 ? { ...last, status: 400 } : last; // trying again changes nothing
      };
      const next = () => ({ ...request, answerMaxBytes: ANSWER_BYTES, signal: drop.signal });
      const { triedBefore } = await withRetries(transport, next, drop.patience, {
        asking: drop.asking,
        what: 'answer',
      });
      return { ...last!, triedBefore };
    },
    at: (path) => new URL(drop.url + path),
    async atStorage(path) {
      const { id, url } = await firstUrl();
      const place = new URL(url);
      const [pathname = '', search = ''] = path.split('?');
      place.pathname = url.pathname.slice(0, -uploadKey(id).length) + pathname.slice(1);
      place.search = search;
      return place;
    },
    list: once(() => readList(visit)),
    batches: once(() => sampleBatches(visit)),
    uploadUrl: () => getUploadUrl(drop),
    upload: once(async () => {
      const to = await getUploadUrl(drop);
      const cell = sealCoverCell(to.id);
      return { to, cell, answer: await putCell(drop, to, cell) };
    }),
    register: once(async () => {
      const [lines, start]: [string[], number] = [[], heads.length];
      const { time, ahead = 0 } = await visit.list();
      await putSealedId(drop, () => {
        const sealed = sealForNobody();
        lines.push(formatSealedId(sealed));
        return sealed;
      });
      const head = heads.slice(start).findLast(({ answer }) => answer.status === 204)?.answer;
      return { lines, at: visit.now() + ahead - time, head };
    }),
  };
  const firstUrl = once(() => getUploadUrl(drop));
  return visit;
}

/** Whether the drop is reached through an onion front, which writes some headers itself. */
export const isBehindFront = ({ drop }: Visit): boolean => isOnion(new URL(drop.url));

/** An upload id that the drop has not given out. */
export const inventedId = (): string => formatUploadId(randomBytes(UPLOAD_ID_BYTES));

/** Makes something once, for all that ask; a failure is everybody's. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
