import { randomBytes, transportTo } from '#platform';
import { concat, fromUtf8 } from '../../wire/bytes.ts';
import { CELL_BYTES, LINE_BYTES, LINES_MAX, RANGE_BYTES, SEALED_ID_BYTES, UPLOAD_ID_BYTES } from '../../wire/sizes.ts';
import { batchKey } from '../../wire/slot.ts';
import { SUMMARY_MAX_BYTES, summaryKey } from '../../wire/summary.ts';
import { formatUploadId, parseUploadId, UPLOAD_HEADERS, UPLOADS_PREFIX, uploadKey } from '../../wire/upload-id.ts';
import { NoDrop } from './no-drop.ts';
import { type AskedFor, type Asking, PATIENCE, type Patience, type RetriedAnswer, withRetries } from './retry.ts';
import {
  checkLoopback,
  checkOverTor,
  type DropAnswer,
  type DropRequest,
  isLoopback,
  isOnion,
  type Transport,
} from './transport.ts';
import { RefusedAddress, TransportFault } from './transport-fault.ts';
import { sendWithWork, type Working } from './work.ts';

/** A drop as a client sees it, and the way there. */
export interface Drop {
  /** Base URL, without a slash at its end. */
  readonly url: string;
  readonly transport: Transport;
  readonly patience: Patience;
  readonly signal?: AbortSignal | undefined;
  readonly working?: Working | undefined;
  readonly busy?: (() => void) | undefined;
  readonly asking?: Asking | undefined;
}

/** How a drop is reached. */
export interface DropOptions {
  /** @default - loopback for a drop on this machine, Tor for all others, on port 9050 or 9150 */
  readonly transport?: Transport | undefined;
  readonly patience?: Patience | undefined;
  /** Ends every request, wait and work. */
  readonly signal?: AbortSignal | undefined;
  /** Told how far the work has come that the drop asks for. */
  readonly working?: Working | undefined;
  /** Told each time that what leaves a letter is refused because the drop is busy, and is tried again. */
  readonly busy?: (() => void) | undefined;
  /** Told how each request goes, for whoever waits for it. */
  readonly asking?: Asking | undefined;
}

/** An upload that may be made: its id, the URL of its one PUT, the headers that the PUT must carry. */
export interface UploadUrl {
  readonly id: Uint8Array;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

const SMALL_ANSWER_BYTES = 64 * 1024;

/**
 * Names a drop by its base URL, and the way there: Tor, unless it is on this machine. Nothing is contacted yet.
 *
 * @throws Error when the URL is none; RefusedAddress when it would be read along on its way
 */
export function dropAt(url: string, options: DropOptions = {}): Drop {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || parsed.username || parsed.password || /[?#]/.test(parsed.href)) {
    throw new Error('the drop is given by its URL, like https://drop.example');
  }
  return { url: parsed.href.replace(/\/+$/, ''), ...transportFor(parsed, options) };
}

/** The way to a URL: Tor, unless it is on this machine. @throws RefusedAddress when it would be read along on its way */
export function transportFor(url: URL, options: DropOptions): Omit<Drop, 'url'> {
  if (isLoopback(url)) checkLoopback(url);
  else checkOverTor(url);
  return {
    transport: options.transport ?? transportTo(url),
    patience: options.patience ?? PATIENCE,
    signal: options.signal,
    working: options.working,
    busy: options.busy,
    asking: options.asking,
  };
}

/** `GET /upload-url`. Protocol step 3.1. @throws NoDrop when the answer could mark or misplace an upload */
export async function getUploadUrl(drop: Drop): Promise<UploadUrl> {
  const request = { method: 'GET', headers: {}, answerMaxBytes: SMALL_ANSWER_BYTES, signal: drop.signal } as const;
  let drawn: string | undefined;
  const { status, body } = await sendWithWork(drop, 'upload-url', async (prove) => {
    const url = new URL(`${drop.url}/upload-url`);
    if (prove !== undefined) {
      const id = randomBytes(UPLOAD_ID_BYTES);
      drawn = formatUploadId(id);
      url.search = `?id=${drawn}&work=${await prove(id)}`;
    }
    return { ...request, url };
  });
  if (status !== 200) throw new NoDrop(`the drop gives no upload URL (status ${status}): is its address right?`);
  try {
    const { id: text, url, headers } = checkObject(JSON.parse(fromUtf8(body)), ['id', 'url', 'headers']);
    const asked = checkObject(headers, Object.keys(UPLOAD_HEADERS));
    // Any other header, or value, could mark an upload.
    for (const [name, value] of Object.entries(UPLOAD_HEADERS))
      if (asked[name] !== value) throw new Error('other headers');
    if (typeof text !== 'string' || typeof url !== 'string') throw new Error('no text');
    const id = parseUploadId(text);
    if (drawn !== undefined && text !== drawn) throw new Error('another id than the one that the work was done for');
    const place = new URL(url);
    if (!/^https?:$/.test(place.protocol)) throw new Error('no address of the web');
    if (!place.pathname.endsWith(`/${UPLOADS_PREFIX}${text}`)) throw new Error('another key');
    return { id, url: placeOf(drop, place), headers: UPLOAD_HEADERS };
  } catch {
    throw new NoDrop('the drop answers something other than an upload URL: is its address right?');
  }
}

/** An object with exactly these names. @throws Error when it is anything else */
function checkObject(value: unknown, names: readonly string[]): Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject || Object.keys(value).sort().join() !== [...names].sort().join()) throw new Error('another object');
  return value as Record<string, unknown>;
}

/**
 * Where a presigned URL is to be sent. An onion front knows the storage's host and puts it in, so that nobody who writes
 * to an `.onion` address is led out of the Tor network, whatever the drop answers.
 */
function placeOf(drop: Drop, presigned: URL): URL {
  const front = new URL(drop.url);
  if (!isOnion(front)) return presigned;
  front.pathname = presigned.pathname;
  front.search = presigned.search;
  return front;
}

/**
 * `PUT` of a cell (1 MiB) to its presigned URL. Protocol step 3.3.
 *
 * @returns S3's status: with 200, the cell is stored. A 200 of somebody else on the way is a fault of the transport
 */
export async function putCell(drop: Drop, { url, headers }: UploadUrl, cell: Uint8Array): Promise<RetriedAnswer> {
  const transport: Transport = async (request) => {
    const answer = await drop.transport(request);
    if (isStalled(answer)) throw new TransportFault('the drop cannot be reached: try again later');
    if (answer.status === 200 && !isStored(answer)) throw new TransportFault(NOT_STORED, { kind: 'captive' });
    return answer;
  };
  try {
    return await put({ ...drop, transport }, url, headers, cell);
  } catch (error) {
    if (!(error instanceof RefusedAddress)) throw error;
    throw new RefusedAddress('the drop gives out an upload URL that leads astray: do not use this drop');
  }
}

/** Whether S3 gave up waiting for a body that did not come for some 20 s: the transport's fault, and not the request's. */
function isStalled({ status, body }: DropAnswer): boolean {
  return status === 400 && fromUtf8(body).includes('<Code>RequestTimeout</Code>');
}

/** Whether a 200 is S3's: that of an object stored has its ETag, and no body. A page of anybody else's is neither. */
function isStored({ body, headers }: DropAnswer): boolean {
  return body.length === 0 && (headers === undefined || /^"[^"]+"$/.test(String(headers.etag)));
}

const NOT_STORED = 'something on the way answers in place of the drop, and nothing is stored: try again later';

/**
 * `PUT /register-id` of 80 bytes. Protocol step 6.
 *
 * @param seal - makes the sealed id of each try, so that no two of them need to be the same
 * @throws NoDrop unless the drop took it
 */
export async function putSealedId(drop: Drop, seal: () => Uint8Array): Promise<void> {
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(SEALED_ID_BYTES) };
  const request = { method: 'PUT', headers, answerMaxBytes: SMALL_ANSWER_BYTES, signal: drop.signal } as const;
  const { status } = await sendWithWork(drop, 'register-id', async (prove) => {
    const [url, body] = [new URL(`${drop.url}/register-id`), seal()];
    if (prove !== undefined) url.search = `?work=${await prove(body)}`;
    return { ...request, url, body };
  });
  if (status !== 204) throw new NoDrop(`the drop does not register ids (status ${status}): is its address right?`);
}

/** Reads a batch, or null when there is none (any more). Protocol step 10. @returns a batch, or bytes of another size */
export function getBatch(drop: Drop, slot: string): Promise<Uint8Array | null> {
  return getInRanges(drop, batchKey(slot), BATCH_MAX_BYTES);
}

/** Reads the summary of an hour or a day, or null when there is none (any more). @returns a summary, or other bytes */
export function getSummary(drop: Drop, period: string): Promise<Uint8Array | null> {
  return getInRanges(drop, summaryKey(period), SUMMARY_MAX_BYTES);
}

async function getInRanges(drop: Drop, key: string, maxBytes: number): Promise<Uint8Array | null> {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < maxBytes; at += RANGE_BYTES) {
    const headers = { range: `bytes=${at}-${at + RANGE_BYTES - 1}` };
    // Whatever does not know ranges answers with 200 and all of it.
    const { status, body } = await get(drop, `/${key}`, at === 0 ? maxBytes + 1 : RANGE_BYTES, headers);
    if (status === 403 || status === 404) return null;
    if (status === 416) break; // it ended exactly with the last range, or is empty
    if (status !== 206 && !(status === 200 && at === 0)) throw new NoDrop(`the drop gives no batch (status ${status})`);
    parts.push(body);
    if (status === 200 || body.length < RANGE_BYTES) break;
  }
  return concat(parts);
}

/** Fetches an upload, or null when there is none (any more). Protocol step 11. @returns a cell, or bytes of another size */
export async function getUpload(drop: Drop, id: Uint8Array): Promise<Uint8Array | null> {
  const { status, body } = await get(drop, `/${uploadKey(id)}`, CELL_BYTES + 1);
  if (status === 403 || status === 404) return null;
  if (status !== 200) throw new NoDrop(`the drop gives no upload (status ${status})`);
  return body;
}

/** The largest batch. */
const BATCH_MAX_BYTES = LINES_MAX * LINE_BYTES;

function get(drop: Drop, path: string, answerMaxBytes: number, headers = {}): Promise<RetriedAnswer> {
  const request = { method: 'GET', url: new URL(drop.url + path), headers, answerMaxBytes } as const;
  const what = path.startsWith(`/${UPLOADS_PREFIX}`) ? 'cell' : 'batch';
  return ask(drop, request, what);
}

function put(drop: Drop, url: URL, headers: DropRequest['headers'], body: Uint8Array): Promise<RetriedAnswer> {
  const request = { method: 'PUT', url, headers, body, answerMaxBytes: SMALL_ANSWER_BYTES } as const;
  return ask(drop, request, 'upload');
}

function ask(
  { transport, patience, asking, signal }: Drop,
  request: DropRequest,
  what: AskedFor,
): Promise<RetriedAnswer> {
  return withRetries(transport, () => ({ ...request, signal }), patience, { asking, what });
}
