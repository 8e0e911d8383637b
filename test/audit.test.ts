import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AUDIT_CHECKS, type AuditOptions, audit, auditCost } from '../core/audit/audit.ts';
import { chosen } from '../core/audit/evidence.ts';
import { isHonestPoint } from '../core/audit/points.ts';
import { dropAt } from '../core/drop/drop.ts';
import { Unreachable } from '../core/drop/retry.ts';
import type { DropRequest } from '../core/drop/transport.ts';
import { sealDecoy } from '../lambdas/seal-decoy.ts';
import { loopback } from '../node/transport/transport.ts';
import { formatSealedId, parseSealedId } from '../wire/sealed-id.ts';
import { CELL_BYTES, LINE_BYTES, SEALED_ID_BYTES } from '../wire/sizes.ts';
import { slotAt, slotBefore } from '../wire/slot.ts';
import { batchOf, formatSummary, slotsOf } from '../wire/summary.ts';
import { UPLOAD_HEADERS } from '../wire/upload-id.ts';
import { openDrop, sealedIds, type TestDrop } from './drop.ts';
import {
  adding,
  answer,
  type Entry,
  type Forge,
  forgedDrop,
  instead,
  isBatch,
  isList,
  isPut,
  listXml,
  relist,
  rewrite,
  stored,
} from './forged-drop.ts';
import { ONION } from './onion-drop.ts';
import { HASTY } from './people.ts';
import { seeded } from './statistics.ts';
import { isHonestKey } from './x25519.ts';

let drop: TestDrop;
beforeAll(async () => {
  drop = await openDrop();
  for (let count = 0; count < 4; count += 1) await drop.tick();
});
afterAll(() => drop.close());

const DAY = 86_400_000;

/** Audits the drop with one thing changed, by its own clock. */
function auditForged(forge?: Forge, options: AuditOptions = {}) {
  return audit(forgedDrop(drop, forge), { now: drop.clock.now, random: seeded('audit').below, ...options });
}

/** What one check says. */
async function verdictOf(name: string, forge?: Forge, options: AuditOptions = {}) {
  const results = await auditForged(forge, { names: [name], ...options });
  expect(results).toHaveLength(1);
  return results[0]!;
}

/** A list that goes back this many days, of which the drop has the newest batches only. */
function older(days: number): Forge {
  return relist((entries) => {
    const slots = (days * DAY) / 300_000;
    const newest = entries.at(-1)!.key.slice(4);
    return Array.from({ length: slots }, (_, i) => {
      const slot = slotBefore(newest, slots - 1 - i);
      return { key: `ids/${slot}`, bytes: 8 * LINE_BYTES, modified: Date.parse(slot) };
    });
  });
}

const firstOf = (entries: Entry[], change: Partial<Entry>) => [{ ...entries[0]!, ...change }, ...entries.slice(1)];

const isBare = ({ url }: DropRequest) => url.pathname === '/' && url.search === '';
const withQuery =
  (text: string) =>
  ({ method, url }: DropRequest) =>
    method === 'GET' && url.search.includes(text);

const byMethod = (method: string, part: string) => (request: DropRequest) =>
  request.method === method && request.url.pathname.includes(part);

interface Given {
  readonly id: string;
  readonly url: string;
  readonly headers: Record<string, string>;
}

/** Changes what `/upload-url` says. */
const handingOut =
  (change: (given: Given) => Given): Forge =>
  async (request, pass) => {
    const given = await pass();
    if (request.url.pathname !== '/upload-url') return given;
    return { ...given, body: Buffer.from(JSON.stringify(change(JSON.parse(Buffer.from(given.body).toString())))) };
  };

const replaced = (text: string, by: string) => handingOut((given) => ({ ...given, url: given.url.replace(text, by) }));

const LISTED_UPLOAD = answer(200, listXml([{ key: 'uploads/x', bytes: CELL_BYTES, modified: 0 }], ''));

/** Keeps the last cell that came, whatever was there. */
function overwriting(): Forge {
  const kept = new Map<string, Uint8Array>();
  return async (request, pass) => {
    const name = request.url.pathname.split('/').at(-1)!;
    if (isPut(request)) {
      kept.set(name, request.body!);
      return stored();
    }
    return request.method === 'GET' && kept.has(name) ? answer(200, kept.get(name)!) : pass();
  };
}

/** Tells that an upload was promised. */
function telling(): Forge {
  const promised = new Set<string>();
  return async (request, pass) => {
    const given = await pass();
    if (request.url.pathname === '/upload-url') promised.add(JSON.parse(Buffer.from(given.body).toString()).id);
    return promised.has(request.url.pathname.split('/').at(-1)!) ? { ...given, status: 404 } : given;
  };
}

/** A list of two days, batches for each, and what a publisher makes summaries of them; `change` says what it does otherwise. */
function summed(
  change: (period: string, batches: Map<string, Uint8Array>) => Uint8Array | undefined = formatSummary,
): Forge {
  const list = older(2);
  const ids = (slot: string) => seeded(slot).bytes(8 * SEALED_ID_BYTES);
  return async (request, pass) => {
    const [, what, name] = request.url.pathname.split('/');
    if (isBatch(request)) return answer(206, batchOf(ids(name!)));
    if (what !== 'summaries') return list(request, pass);
    const body = change(name!, new Map(slotsOf(name!).map((slot) => [slot, ids(slot)])));
    return body === undefined ? answer(404) : answer(206, body);
  };
}

let answered = 0;

/** A drop with something to remember. */
const made = (make: () => Forge): Forge => make();

/** By the name of a check, drops that it has to fail, each with one thing wrong. */
const BROKEN: Readonly<Record<string, Readonly<Record<string, Forge>>>> = {
  list: {
    'has something beside the batches': relist((entries) => [...entries, { ...entries[0]!, key: 'ids/readers.txt' }]),
    'spells a slot otherwise': relist((entries) => firstOf(entries, { key: entries[0]!.key.replace('Z', '+00') })),
    'is out of order': relist((entries) => entries.toReversed()),
    'is refused': instead(isList, answer(403)),
  },
  cadence: { 'left a batch out': relist((entries) => entries.filter((_, i) => i !== 1)) },
  newest: {
    'stopped an hour ago': async (_, pass) => {
      const given = await pass();
      return { ...given, headers: { ...given.headers, date: new Date(drop.clock.now() + DAY / 24).toUTCString() } };
    },
    'publishes ahead of time': relist((entries) => [
      ...entries,
      { ...entries[0]!, key: `ids/${slotAt(new Date(drop.clock.now() + 3_600_000))}` },
    ]),
  },
  'written-once': {
    'wrote a batch again': relist((entries) => firstOf(entries, { modified: drop.clock.now() })),
    'wrote a batch before its time': relist((entries) => firstOf(entries, { modified: drop.clock.now() - DAY })),
  },
  sizes: { 'has a batch of nine lines': relist((entries) => firstOf(entries, { bytes: 9 * LINE_BYTES })) },
  bodies: {
    'lacks a batch that it lists': instead(isBatch, answer(403)),
    'refuses a batch that it lists in other words': instead(isBatch, answer(410)),
    'has half a batch': rewrite((lines) => lines.slice(lines.length / 2)),
  },
  'same-for-all': {
    'refuses a batch the next time': made(() => {
      let count = 0;
      return async (request, pass) => (isBatch(request) && count++ >= 4 ? answer(410) : pass());
    }),
    'gives out another batch the next time': rewrite((lines, count) => (count < 4 ? lines : sealedIds(lines.length))),
  },
  summaries: {
    'has another line in one': summed((period, batches) => {
      const body = formatSummary(period, batches);
      for (let at = 11 + 4 * batches.size; at < body.length; at += 8 * SEALED_ID_BYTES) body[at]! ^= 1;
      return body;
    }),
    'has the lines in another order in one': summed((period, batches) => {
      const turned = [...batches].map(([slot, ids]) => {
        return [slot, Buffer.concat([ids.subarray(SEALED_ID_BYTES), ids.subarray(0, SEALED_ID_BYTES)])] as const;
      });
      return formatSummary(period, new Map(turned));
    }),
    'has cut one': summed((period, batches) => formatSummary(period, batches).subarray(0, -1)),
    'has lines of a batch that it does not have': made(() => {
      const all = summed();
      return (request, pass) => (isBatch(request) ? Promise.resolve(answer(404)) : all(request, pass));
    }),
  },
  spelling: {
    'has standard base64 among the lines': rewrite((lines) =>
      lines.map((line) => line.replaceAll('-', '+').replaceAll('_', '/')),
    ),
    'lacks a padding': rewrite((lines) => [lines[0]!.replace('=', ' '), ...lines.slice(1)]),
  },
  points: {
    'has random bytes for decoys': made(() => {
      const { bytes } = seeded('decoys that are none');
      return rewrite((lines) => lines.map((line, i) => (i === 0 ? line : formatSealedId(bytes(SEALED_ID_BYTES)))));
    }),
    'has one key of low order': rewrite(([first, ...rest]) => {
      return [formatSealedId(Buffer.concat([Buffer.alloc(32), parseSealedId(first!).subarray(32)])), ...rest];
    }),
    'has one key with its last bit set': rewrite(([first, ...rest]) => {
      const sealed = parseSealedId(first!);
      sealed[31]! |= 0x80;
      return [formatSealedId(sealed), ...rest];
    }),
  },
  repeats: {
    'has a line twice in a batch': rewrite((lines) => [lines[1]!, ...lines.slice(1)]),
    'has the same batch again': made(() => {
      let first: string[] | undefined;
      return rewrite((lines) => {
        first ??= lines;
        return first;
      });
    }),
    'uses an ephemeral key again': rewrite(([first, second, ...rest]) => {
      const [one, other] = [parseSealedId(first!), parseSealedId(second!)];
      return [first!, formatSealedId(Buffer.concat([one.subarray(0, 32), other.subarray(32)])), ...rest];
    }),
  },
  'expired-list': {
    'keeps batches for 18 days': older(18),
    'has something that it wrote 18 days ago': relist((entries) =>
      firstOf(entries, { modified: drop.clock.now() - 18 * DAY }),
    ),
  },
  'expired-batches': {
    'keeps batches that it does not list': async (request, pass) => {
      return isBatch(request) && !request.url.pathname.includes('/2020') ? answer(206, 'x') : pass();
    },
    'tells one that was from one that never was': async (request, pass) => {
      return isBatch(request) && !request.url.pathname.includes('/2020') ? answer(404) : pass();
    },
  },
  'list-uploads': {
    'lists uploads': instead(withQuery('prefix=uploads'), LISTED_UPLOAD),
    'lists that there are none': instead(withQuery('prefix=uploads'), answer(200, listXml([], 'uploads/'))),
  },
  'list-all': {
    'lists everything to whom names no prefix': instead(({ url }) => url.search === '?list-type=2', LISTED_UPLOAD),
    'has an answer to everything at its address': instead(isBare, answer(200, 'welcome')),
    'lists everything in a page': instead(isBare, answer(200, '<!doctype html><Key>uploads/x</Key>')),
  },
  'list-tricks': {
    'goes by the last of two prefixes': instead(withQuery('prefix=ids%2F&prefix=uploads%2F'), LISTED_UPLOAD),
  },
  settings: {
    'shows its policy': instead(({ url }) => url.search === '?policy', answer(200, '{}')),
    "shows a batch's tags": instead(
      ({ url }) => url.search === '?tagging' && url.pathname.includes('ids/'),
      answer(200),
    ),
  },
  'anonymous-put': {
    'takes uploads without a URL': instead(byMethod('PUT', '/uploads/'), answer(200)),
    'takes batches from anybody': instead(byMethod('PUT', '/ids/'), answer(200)),
  },
  'anonymous-post': { 'begins an upload in parts': instead(({ url }) => url.search === '?uploads', answer(200)) },
  'anonymous-delete': { 'deletes batches for anybody': instead(byMethod('DELETE', '/ids/'), answer(204)) },
  elsewhere: { 'has figures for everybody': instead(byMethod('GET', '/metrics'), answer(200, 'visitors 3')) },
  'other-names': { 'has a page': instead(byMethod('GET', '/index.html'), answer(200, 'welcome')) },
  'upload-url': {
    'gives two people one upload': made(() => {
      let first: Given | undefined;
      return handingOut((given) => {
        first ??= given;
        return first;
      });
    }),
    'asks for one more header': handingOut((given) => ({
      ...given,
      headers: { ...UPLOAD_HEADERS, 'x-amz-meta-who': '7' },
    })),
    'leads to another machine': replaced('127.0.0.1', '192.0.2.1'),
    'gives out none': instead(byMethod('GET', '/upload-url'), answer(403)),
  },
  'upload-url-terms': {
    'does not sign that nothing is overwritten': replaced('%3Bif-none-match', ''),
    'signs for a week': replaced('X-Amz-Expires=900', 'X-Amz-Expires=604800'),
    'signs for a time that is no number': replaced('X-Amz-Expires=900', 'X-Amz-Expires=forever'),
    'signs for two times': replaced('X-Amz-Expires=900', 'X-Amz-Expires=900&X-Amz-Expires=604800'),
    'puts a mark into the URL': replaced('X-Amz-Expires', 'visitor=7&X-Amz-Expires'),
  },
  'upload-short': { 'takes it': instead(({ body }) => body?.length === CELL_BYTES - 1, answer(200)) },
  'upload-long': { 'takes it': instead(({ body }) => body?.length === CELL_BYTES + 1, answer(200)) },
  'upload-unconditional': {
    'takes it': instead((request) => isPut(request) && !('if-none-match' in request.headers), answer(200)),
  },
  'upload-other-name': { 'takes it': instead(isPut, stored()) },
  'upload-forged': { 'takes it': instead(isPut, stored()) },
  'upload-other-method': { 'deletes by it': instead(byMethod('DELETE', '/uploads/'), answer(204)) },
  'upload-missing': {
    'tells what it promised': telling(),
    'has something for every name': instead(byMethod('GET', '/uploads/'), answer(200, 'x')),
  },
  'upload-kept': {
    'throws cells away': instead(byMethod('GET', '/uploads/'), answer(403)),
    'refuses them in other words': instead(byMethod('GET', '/uploads/'), answer(410)),
    'gives other bytes back': instead(byMethod('GET', '/uploads/'), answer(200, randomBytes(100))),
    'takes none': instead(isPut, answer(403)),
  },
  'upload-twice': {
    'says that it took the second': made(() => {
      let count = 0;
      return async (request, pass) => (isPut(request) && count++ > 0 ? stored() : pass());
    }),
    'puts the second in place of the first': overwriting(),
  },
  'upload-expires': {
    'keeps it for a month': adding(
      'x-amz-expiration',
      () => `expiry-date="${new Date(drop.clock.now() + 30 * DAY).toUTCString()}", rule-id="x"`,
      isPut,
    ),
  },
  'upload-delete': {
    'deletes for anybody': instead(byMethod('DELETE', '/uploads/'), answer(204)),
    'says no, and deletes': made(() => {
      let isGone = false;
      return async (request, pass) => {
        isGone ||= request.method === 'DELETE';
        return isGone && request.method === 'GET' && request.url.pathname.includes('/uploads/') ? answer(403) : pass();
      };
    }),
  },
  'register-lengths': {
    'takes 79 bytes': instead(({ body }) => body?.length === 79, answer(204)),
    'has other words for 81 bytes': instead(({ body }) => body?.length === 81, answer(400, 'too long')),
  },
  'register-id': {
    'takes none': instead(byMethod('PUT', '/register-id'), answer(403)),
    'tells more than that': adding('content-length', '7', byMethod('PUT', '/register-id')),
  },
  published: {
    'publishes decoys instead': rewrite((lines) => sealedIds(lines.length)),
    'publishes what came in each batch from then on': made(() => {
      let own = '';
      const again = rewrite((lines) => [own, ...lines.slice(1)]);
      return async (request, pass) => {
        if (request.url.pathname === '/register-id') own = formatSealedId(request.body!);
        return again(request, pass);
      };
    }),
  },
  cookies: {
    'sets a cookie': adding('set-cookie', 'who=7'),
    'sets a cookie for whoever asks for an upload': adding('set-cookie', 'who=7', byMethod('GET', '/uploads/')),
  },
  caches: { 'stands behind a cache': adding('x-cache', 'Hit from somewhere') },
  tracing: {
    'times its requests': adding('server-timing', 'total;dur=3'),
    'traces them': adding('x-amzn-trace-id', 'Root=1'),
  },
  versions: {
    'keeps versions': adding('x-amz-version-id', 'null'),
    'has a key whose use is logged': adding('x-amz-server-side-encryption', 'aws:kms'),
  },
  'other-sites': {
    'lets every site read': adding('access-control-allow-origin', '*', ({ headers }) => 'origin' in headers),
  },
  constant: {
    'counts its answers': adding('x-count', () => String(answered++)),
    'has other words each time': async (request, pass) =>
      request.url.pathname === '/nothing' ? answer(404, String(answered++)) : pass(),
  },
  headers: { 'says what it is made with': adding('x-powered-by', 'Express') },
};

describe('an audit of a drop that keeps its promises', () => {
  test('fails nothing, and says of each check whether it passed or cannot tell', async () => {
    const results = await auditForged();
    expect(results.map(({ name }) => name)).toEqual(AUDIT_CHECKS.map(({ name }) => name));
    expect(results.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
    const unclear = results.filter(({ verdict }) => verdict === 'cannot tell').map(({ name }) => name);
    const unknowable = AUDIT_CHECKS.filter(({ group }) => group === 'unknowable').map(({ name }) => name);
    // It is too young for a summary, and for anything to have expired, says nothing of lifecycles, is not waited for, and is on this machine.
    expect(unclear).toEqual([
      'summaries',
      'expired-list',
      'expired-batches',
      'upload-expires',
      'published',
      'encrypted',
      ...unknowable,
    ]);
  });

  test('leaves one cell and one registration, and nothing else', async () => {
    const [uploads, waiting] = [drop.objects('uploads/').length, drop.waiting()];
    const batches = drop.batches();
    await auditForged();
    expect(drop.objects('uploads/')).toHaveLength(uploads + 1);
    expect(drop.waiting()).toBe(waiting + 1);
    expect(drop.batches()).toEqual(batches);
    expect(drop.objects('').every(({ key }) => /^(ids|uploads)\//.test(key))).toBe(true);
  });

  test('asks for no more than it announces', async () => {
    let [requests, bytes] = [0, 0];
    await auditForged(async (request, pass) => {
      const given = await pass();
      requests += 1;
      bytes += (request.body?.length ?? 0) + given.body.length;
      return given;
    });
    const cost = auditCost();
    expect(requests).toBeLessThanOrEqual(cost.requests);
    expect(requests).toBeGreaterThan(cost.requests / 2);
    expect(bytes).toBeLessThanOrEqual(cost.bytes);
  });

  test('sends nothing to a drop but GETs when only batches, expiry and headers are looked at', async () => {
    const methods = new Set<string>();
    const forge: Forge = async (request, pass) => {
      methods.add(request.method);
      return pass();
    };
    await auditForged(forge, { only: ['batches', 'expiry', 'headers'] });
    expect([...methods]).toEqual(['GET']);
  });

  test('takes no offence at a list that goes on by another token each time', async () => {
    const forge: Forge = async (request, pass) => {
      const given = await pass();
      if (!isList(request)) return given;
      const token = randomBytes(60).toString('base64');
      const tokens = `<ContinuationToken>${token}</ContinuationToken><NextContinuationToken>${token}</NextContinuationToken>`;
      return {
        ...given,
        body: Buffer.from(Buffer.from(given.body).toString().replace('<IsTruncated>', `${tokens}<IsTruncated>`)),
      };
    };
    expect(await verdictOf('constant', forge)).toMatchObject({ verdict: 'pass' });
  });

  test('of a drop as old as its retention, sees that what is older is gone', async () => {
    const results = await auditForged(older(14.5), {
      names: ['list', 'cadence', 'sizes', 'expired-list', 'expired-batches'],
    });
    expect(results.map(({ verdict }) => verdict)).toEqual(Array(5).fill('pass'));
  });

  test('compares summaries with batches, and cannot tell of a drop that has none', async () => {
    const { verdict, why } = await verdictOf('summaries', summed());
    expect([verdict, why]).toEqual(['pass', '12 batches compared']);
    expect(
      await verdictOf(
        'summaries',
        summed(() => undefined),
      ),
    ).toMatchObject({ verdict: 'cannot tell' });
  });

  test('that publishes what was registered is seen to, by whoever waits for it', async () => {
    expect(await verdictOf('published', undefined, { wait: drop.tick })).toMatchObject({ verdict: 'pass' });
  });

  test('sees an expiry that the storage states', async () => {
    const date = new Date(drop.clock.now() + 15 * DAY).toUTCString();
    const forge = adding('x-amz-expiration', `expiry-date="${date}", rule-id="x"`, isPut);
    expect(await verdictOf('upload-expires', forge)).toMatchObject({ verdict: 'pass' });
  });

  test('through an onion front, which knows few paths, writes headers itself and has a page, fails nothing', async () => {
    const pageHeads = {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "frame-ancestors 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    };
    const hosts = new Set<string>();
    const transport = async (request: DropRequest) => {
      hosts.add(request.url.host);
      const path = request.url.pathname + request.url.search;
      const said = `${request.method} ${path}`;
      if (said === 'GET /') return { ...answer(200, '<!doctype html>\n<p>Write to Jane'), headers: pageHeads };
      if (isPut(request) && /^PUT (\/[\w.-]+)?\/uploads\/[\w-]{43}\?[!-~]+$/.test(said)) {
        if (request.body!.length > 2 ** 20) return answer(413);
        const headers = { 'if-none-match': '*', 'content-length': String(request.body!.length) };
        return loopback({ ...request, url: new URL(drop.storage + path), headers });
      }
      const known = [/^GET \/upload-url$/, /^PUT \/register-id$/, /^GET \/(ids\/[\dTZ:-]{20}|uploads\/[\w-]{43})$/];
      known.push(/^GET \/\?list-type=2&prefix=ids%2F(&start-after=ids%2F[0-9TZA%-]+)?$/);
      if (!known.some((each) => each.test(said))) return answer(404);
      const given = await loopback({ ...request, url: new URL(drop.url + path) });
      return { ...given, headers: { ...given.headers, date: new Date(drop.clock.now()).toUTCString() } };
    };
    const results = await audit(dropAt(ONION, { transport, patience: HASTY }), { now: drop.clock.now });
    expect(results.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
    expect(results.find(({ name }) => name === 'encrypted')).toMatchObject({ verdict: 'pass', why: '.onion' });
    expect(results.find(({ name }) => name === 'upload-unconditional')).toMatchObject({ verdict: 'cannot tell' });
    expect([...hosts]).toEqual([new URL(ONION).host]);
  });
});

describe('audit cannot tell, and neither passes nor fails, where its evidence is missing for another reason', () => {
  const noUploads = instead(byMethod('GET', '/uploads/'), answer(403));
  const registered = instead(({ url, method }) => method === 'PUT' && url.pathname === '/register-id', answer(400));
  const unending: Forge = async (request, pass) => {
    const given = await pass();
    if (!request.url.searchParams.has('list-type') || given.status !== 200) return given;
    const text = Buffer.from(given.body).toString();
    return { ...given, body: Buffer.from(text.replace('<IsTruncated>false', '<IsTruncated>true')) };
  };
  const undated: Forge = async (_, pass) => {
    const given = await pass();
    return { ...given, headers: { ...given.headers, date: undefined } };
  };
  const badSecond = made(() => {
    let count = 0;
    return async (request, pass) => (isPut(request) && count++ > 0 ? answer(302) : pass());
  });
  const without =
    (field: string): Forge =>
    async (request, pass) => {
      const given = await pass();
      if (!isList(request) || given.status !== 200) return given;
      const text = Buffer.from(given.body).toString();
      return { ...given, body: Buffer.from(text.replace(new RegExp(`<${field}>[^<]*</${field}>`), '')) };
    };

  test.each<[name: string, what: string, forge: Forge, options?: AuditOptions]>([
    ['upload-delete', 'the upload never was there', noUploads],
    ['upload-twice', 'the first never was there', noUploads],
    [
      'upload-twice',
      'neither of the two comes back',
      instead(byMethod('GET', '/uploads/'), answer(200, randomBytes(9))),
    ],
    ['upload-twice', 'the second PUT has no clear answer', badSecond],
    ['upload-short', 'no PUT at all is taken', instead(isPut, answer(403))],
    ['upload-forged', 'no PUT at all is taken', instead(isPut, answer(403))],
    ['register-lengths', 'no registration at all is taken', registered],
    ['cadence', 'the list does not end', unending],
    ['newest', 'the list does not end', unending],
    ['newest', "only this machine's clock says so", undated, { now: () => drop.clock.now() + DAY }],
    ['sizes', 'the list leaves one out', without('Size')],
    ['written-once', 'the list leaves one out', without('LastModified')],
  ])('%s: %s', async (name, _, forge, options) => {
    expect(await verdictOf(name, forge, options)).toMatchObject({ name, verdict: 'cannot tell' });
  });

  test('published: a batch that may have it is listed and not given out', async () => {
    let isLate = false;
    const forge: Forge = async (request, pass) => {
      if (isLate && isBatch(request)) return answer(404);
      return pass();
    };
    const wait = async () => {
      isLate = true;
      await drop.tick();
    };
    expect(await verdictOf('published', forge, { wait })).toMatchObject({ verdict: 'cannot tell' });
  });
});

describe('an audit fails a drop that', () => {
  const cases = Object.entries(BROKEN).flatMap(([name, drops]) =>
    Object.entries(drops).map(([what, forge]) => [name, what, forge] as const),
  );

  test.each(cases)('%s: %s', async (name, _, forge) => {
    const wait = name === 'published' ? drop.tick : undefined;
    expect(await verdictOf(name, forge, { wait })).toMatchObject({ name, verdict: 'fail' });
  });

  test('published: publishes nothing more', async () => {
    expect(await verdictOf('published', undefined, { wait: async () => {} })).toMatchObject({ verdict: 'fail' });
  });

  test('encrypted: has an address that everybody on the way reads', async () => {
    const plain = { ...forgedDrop(drop), url: 'http://drop.example' };
    const transport = (request: DropRequest) =>
      loopback({ ...request, url: new URL(request.url.href.replace('http://drop.example', drop.url)) });
    const [result] = await audit({ ...plain, transport }, { names: ['encrypted'] });
    expect(result).toMatchObject({ verdict: 'fail' });
  });

  test('is caught by every check there is, but for the clock, and those of what nobody can tell', () => {
    const checks = AUDIT_CHECKS.filter(({ group }) => group !== 'unknowable').map(({ name }) => name);
    expect([...Object.keys(BROKEN), 'encrypted', 'clock'].sort()).toEqual(checks.sort());
  });
});

describe('an audit cannot tell', () => {
  test('whose clock is wrong', async () => {
    const now = () => drop.clock.now() + DAY;
    expect(await verdictOf('clock', undefined, { now })).toMatchObject({ verdict: 'cannot tell' });
  });

  test('what a drop that is five hours late, and dates its answers so, has done in time', async () => {
    const now = () => drop.clock.now() + 5 * 3_600_000;
    const date = new Date(drop.clock.now() + 15 * DAY).toUTCString();
    const expiring = adding('x-amz-expiration', `expiry-date="${date}", rule-id="x"`, isPut);
    const old = older(14.5);
    const forge: Forge = (request, pass) => expiring(request, (other) => old(other ?? request, pass));
    const names = ['cadence', 'newest', 'written-once', 'expired-list', 'expired-batches', 'upload-expires'];
    const results = await auditForged(forge, { names, now });
    expect(results.map(({ name }) => name)).toEqual(names);
    for (const { name, verdict, why } of results) {
      expect(verdict, name).toBe('cannot tell');
      expect(why).toContain("the drop's clock, by which that is so, differs from this machine's by 18000 s");
    }
    const onTime = await auditForged(forge, { names });
    expect(onTime.map(({ verdict }) => verdict)).toEqual(names.map(() => 'pass'));
  });

  test('why a batch is larger than others', async () => {
    const forge = relist((entries) => firstOf(entries, { bytes: entries[0]!.bytes * 2 }));
    expect(await verdictOf('sizes', forge)).toMatchObject({ verdict: 'cannot tell' });
  });

  test('who registered a line again that was published hours ago', async () => {
    const [again, list] = [sealedIds(8), older(1)];
    const forge: Forge = async (request, pass) => {
      if (!isBatch(request)) return list(request, pass);
      const lines = request.url.pathname.includes(':00:00Z') ? [...again] : sealedIds(8);
      return answer(206, lines.map((line) => `${line}\n`).join(''));
    };
    expect(await verdictOf('repeats', forge, { batches: 100 })).toMatchObject({ verdict: 'cannot tell' });
  });

  test('the network of batches that it left because enough was read', async () => {
    const bytes = 2 ** 14 * LINE_BYTES; // nine and a half fill what is kept
    const list = relist(([first]) =>
      Array.from({ length: 30 }, (_, i) => {
        const slot = slotBefore(first!.key.slice(4), 30 - i);
        return { key: `ids/${slot}`, bytes, modified: Date.parse(slot) };
      }),
    );
    const body = answer(200, new Uint8Array(bytes));
    const forge: Forge = async (request, pass) => (isBatch(request) ? body : list(request, pass));
    const { verdict, why } = await verdictOf('bodies', forge);
    expect([verdict, why]).toEqual(['pass', expect.stringMatching(/^1\d of 1\d read, and that is enough$/)]);
    expect(auditCost({ batches: 10_000 })).toEqual(auditCost({ batches: 1000 }));
  });

  test('anything of an answer that the network lost', async () => {
    const results = await auditForged(async (request, pass) => {
      if (isList(request)) return pass();
      throw new Error('the connection broke');
    });
    expect(results.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
    const passed = results.filter(({ verdict }) => verdict === 'pass').map(({ name }) => name);
    expect(passed).toEqual(['list', 'clock', 'cadence', 'newest', 'written-once', 'sizes']);
  });

  test('anything of a drop that is not there: it ends with that', async () => {
    const lost: Forge = () => Promise.reject(new Error('no way'));
    await expect(auditForged(lost)).rejects.toThrow(Unreachable);
  });
});

test('an audit that is interrupted ends at once', async () => {
  const interruption = new AbortController();
  const way = { ...forgedDrop(drop), signal: interruption.signal };
  const names: string[] = [];
  const report = ({ name }: { name: string }) => {
    names.push(name);
    if (name === 'newest') interruption.abort(new Error('enough'));
  };
  await expect(audit(way, { now: drop.clock.now, report })).rejects.toThrow('enough');
  expect(names).toEqual(['list', 'clock', 'cadence', 'newest']);
});

test('batches are read from the end, half of them up to an hour, and at random from what is before', () => {
  const slots = Array.from({ length: 1000 }, (_, i) => slotBefore('2026-11-22T11:25:00Z', 999 - i));
  const { below } = seeded('sample');
  expect(chosen(slots, 1, below)).toEqual(slots.slice(-1));
  const some = chosen(slots, 100, below);
  expect(some.slice(-12)).toEqual(slots.slice(-12));
  expect(new Set(some).size).toBe(100);
  expect(some).toEqual([...some].sort());
  expect(some[0]! < slots[100]!).toBe(true);
  expect(chosen(slots.slice(0, 5), 24, below)).toEqual(slots.slice(0, 5));
});

test('keys are told from random bytes as other arithmetic tells them', () => {
  const { bytes } = seeded('points');
  let passed = 0;
  for (let i = 0; i < 300; i += 1) {
    const key = bytes(32);
    expect(isHonestPoint(key)).toBe(isHonestKey(key));
    passed += Number(isHonestPoint(key));
  }
  expect(passed).toBeGreaterThan(0);
  for (let i = 0; i < 100; i += 1) expect(isHonestPoint(sealDecoy().subarray(0, 32))).toBe(true);
  const small = [0n, 1n, 2n ** 255n - 20n, 2n ** 255n - 19n, 2n ** 255n - 18n, 2n ** 255n + 9n];
  for (const u of small)
    expect(isHonestPoint(Buffer.from(u.toString(16).padStart(64, '0'), 'hex').reverse())).toBe(false);
});
