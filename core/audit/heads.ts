import { batchKey } from '../../wire/slot.ts';
import { isLoopback, isOnion } from '../drop/transport.ts';
import { alike, VARYING } from './alike.ts';
import { type AuditFinding, type Check, cannotTell, fail, pass, some } from './check.ts';
import { inventedId, type Visit } from './visit.ts';

/**
 * Headers that HTTP needs, what an HTTP API and S3 say of their own accord, what keeps a cell from being a page, and what
 * an onion front says of the one that it has; the rest would be somebody's choice.
 */
const KNOWN = [
  ...VARYING,
  ...['accept-ranges', 'cache-control', 'connection', 'content-length', 'content-range', 'content-type', 'etag'],
  ...['content-disposition', 'content-security-policy', 'x-content-type-options'],
  ...['cross-origin-opener-policy', 'referrer-policy'],
  ...['keep-alive', 'last-modified', 'transfer-encoding', 'allow', 'server'],
  ...['x-amz-server-side-encryption', 'x-amz-expiration', 'x-amz-bucket-region', 'x-amz-checksum-type'],
  ...['x-amz-checksum-crc32', 'x-amz-checksum-crc64nvme', 'x-amzn-errortype'],
];

/** Headers of those who keep copies. */
const CACHES = /^(age|via|x-cache|x-cache-.*|x-served-by|x-varnish|cf-.*|x-amz-cf-.*|x-timer|warning|alt-svc)$/;

/** What answers say besides what was asked. */
export const HEAD_CHECKS: readonly Check[] = [
  heads('cookies', 'No answer sets a cookie, or gives a client anything else to be known by.', (name) =>
    /^(set-cookie|set-cookie2|authentication-info|nel|report-to|reporting-endpoints|accept-ch)$/.test(name),
  ),
  heads('caches', 'No cache stands between, which would keep what was asked for.', (name) => CACHES.test(name)),
  heads('tracing', 'No answer shows that requests are traced or timed.', (name) =>
    /^(x-amzn-trace-id|traceparent|tracestate|server-timing|timing-allow-origin|x-runtime|x-response-time)$/.test(name),
  ),
  heads(
    'versions',
    'The storage keeps no versions, copies, locks or tags of its objects, and uses no key that logs its use.',
    (name, value) =>
      /^x-amz-(version-id|delete-marker|replication-status|object-lock-.*|tagging-count|meta-.*|storage-class|website-.*)$/.test(
        name,
      ) ||
      (name.startsWith('x-amz-server-side-encryption') && value !== 'AES256'),
  ),
  {
    name: 'other-sites',
    group: 'headers',
    promise: 'No page of another site may read the drop through the browser of somebody who visits it.',
    requests: 3,
    async run(visit) {
      const headers = { origin: 'https://audit.example' };
      for (const path of ['/?list-type=2&prefix=ids%2F', '/upload-url', `/uploads/${inventedId()}`]) {
        const answer = await visit.ask({ method: 'GET', url: visit.at(path), headers });
        if (answer.headers === undefined) return NO_HEADS;
        const given = Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'));
        if (given.length > 0) return fail(`the answer to ${path.slice(0, 11)} has ${some(given)}`);
      }
      return pass('three answers to a page of another site had no such permission');
    },
  },
  {
    name: 'constant',
    group: 'headers',
    promise: 'The same question has the same answer, but for the time and the numbers by which AWS finds a request.',
    requests: 8,
    async run(visit) {
      const { slots } = await visit.list();
      const asked = [`/?list-type=2&prefix=ids%2F`, `/uploads/${inventedId()}`, '/nothing'];
      if (slots.length > 0) asked.push(`/${batchKey(slots.at(-1)!)}`);
      for (const path of asked) {
        const get = () => visit.ask({ method: 'GET', url: visit.at(path), headers: {} });
        let [before, after] = [await get(), await get()];
        // A batch may have been written, or have expired, in between.
        for (let tries = 0; tries < 2 && !alike(before, after); tries += 1) [before, after] = [after, await get()];
        if (!alike(before, after)) return fail(`two answers to ${path.replace(/[\w-]{43}$/, '...')} differ`);
      }
      return pass(`${asked.length} questions asked twice`);
    },
  },
  {
    name: 'encrypted',
    group: 'headers',
    promise: 'Nobody on the way can read along: the drop has an https or an .onion address.',
    requests: 0,
    async run({ drop }) {
      const url = new URL(drop.url);
      if (isOnion(url)) return pass('.onion');
      if (isLoopback(url)) return cannotTell('it is on this machine, where there is no way');
      return url.protocol === 'https:' ? pass('https, with a valid certificate') : fail(`it has ${url.protocol}`);
    },
  },
  {
    // Last, because it looks at all that was answered.
    name: 'headers',
    group: 'headers',
    promise: "No answer has a header but HTTP's own, and those that AWS puts there unasked.",
    requests: 3,
    async run(visit) {
      await askAround(visit);
      const strange = new Map<string, string>();
      for (const { what, name } of fieldsOf(visit)) {
        if (!KNOWN.includes(name) && !/^x-amzn-remapped-[a-z-]+$/.test(name)) strange.set(name, what);
      }
      if (strange.size > 0) return fail(some([...strange].map(([name, what]) => `${cut(name)} (${what})`)));
      const count = visit.heads.length;
      return fieldsOf(visit).length === 0 ? NO_HEADS : pass(`${count} answers`);
    },
  },
];

const NO_HEADS = cannotTell('the way there hands no headers on');

/** A check of all heads so far, and some that are asked for. */
function heads(name: string, promise: string, isWrong: (name: string, value: string) => boolean): Check {
  const run = async (visit: Visit): Promise<AuditFinding> => {
    await askAround(visit);
    const fields = fieldsOf(visit);
    if (fields.length === 0) return NO_HEADS;
    const wrong = fields.filter((field) => isWrong(field.name, field.value));
    if (wrong.length === 0) return pass(`none in ${visit.heads.length} answers`);
    return fail(some([...new Set(wrong.map((field) => `${cut(field.name)} (${field.what})`))]));
  };
  return { name, group: 'headers', promise, requests: 0, run };
}

/** Makes sure that there are answers of each kind, whichever checks were chosen. */
async function askAround(visit: Visit): Promise<void> {
  await visit.list();
  await visit.batches();
  if (visit.heads.some(({ what }) => what === 'GET /uploads')) return;
  await visit.ask({ method: 'GET', url: visit.at(`/uploads/${inventedId()}`), headers: {} });
  await visit.uploadUrl();
}

function fieldsOf(visit: Visit): { what: string; name: string; value: string }[] {
  return visit.heads.flatMap(({ what, answer }) =>
    Object.entries(answer.headers ?? {}).map(([name, value]) => ({ what, name, value: String(value) })),
  );
}

/** A header's name comes from others, as everything here. */
const cut = (name: string) => name.replace(/[^\w-]/g, '?').slice(0, 40);
