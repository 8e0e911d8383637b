import { parsePage } from '../../core/drop/list.ts';
import { anonymous, type Case, keysIn, planted } from './case.ts';
import type { Answer, Site } from './site.ts';

/** In the order of their UTF-8, which is not that of JavaScript. */
const ODD = [
  'ids/odd/ +%',
  'ids/odd/&<>"\'',
  'ids/odd/A',
  'ids/odd/a',
  'ids/odd/é',
  'ids/odd/\uffee',
  'ids/odd/\u{1f4a7}',
];
const MANY = Array.from({ length: 1010 }, (_, at) => `ids/many/${String(at).padStart(4, '0')}`);
const UPLOADS = ['uploads/listed'];

const plantings = new WeakMap<Site, Promise<unknown>>();

/** Plants what is listed, once for each site, forty at a time and in no order. */
function plantAll(site: Site): Promise<unknown> {
  const keys = [...ODD, ...MANY, ...UPLOADS].reverse();
  const plant = async () => {
    for (let key = keys.pop(); key !== undefined; key = keys.pop()) await planted(site, key, 'x');
  };
  const planting = plantings.get(site) ?? Promise.all(Array.from({ length: 40 }, plant));
  plantings.set(site, planting);
  return planting;
}

async function list(site: Site, query: string): Promise<Answer> {
  await plantAll(site);
  return anonymous(site, 'GET', `?${query}`);
}

const field = (name: string, { body }: Answer) => new RegExp(`<${name}>(.*?)</${name}>`).exec(body)?.[1];

/** A listing of batches: how many keys, the first and the last of them, and whether there are more. */
const listed = (query: string) => async (site: Site) => {
  const answer = await list(site, `list-type=2&prefix=ids/&${query}`);
  if (answer.status !== 200) return answer.outcome;
  const keys = keysIn(answer.body);
  const counted = field('KeyCount', answer) === String(keys.length);
  return [
    counted ? `${keys.length}` : 'miscounted',
    `${keys.at(0)}`,
    `${keys.at(-1)}`,
    field('IsTruncated', answer) === 'true' ? 'more' : 'all',
  ];
};

const denied = (query: string): Case => ({
  title: `nobody may list by ${query === '' ? 'nothing at all' : query}`,
  async ask(site) {
    const answer = await list(site, query);
    return [answer.outcome, answer.body.includes('uploads/') ? 'shows uploads' : 'shows no uploads'];
  },
  expected: ['403 AccessDenied', 'shows no uploads'],
});

const [first, last] = [MANY[0]!, ODD.at(-1)!];

/** The page that begins the many. */
const PAGE = ['1000', first, 'ids/many/0999', 'more'];

const LENIENT = { outcome: PAGE, differs: 'it makes sense of what AWS refuses' };
const NOT_DONE = { outcome: '501 NotImplemented', differs: 'no client of a drop asks for it, and it says so' };

export const listingCases: readonly Case[] = [
  {
    title: 'anybody may list batches',
    ask: listed('start-after=ids/many/'),
    expected: PAGE,
  },
  {
    title: 'keys come in the order of their UTF-8, whatever they are made of',
    ask: async (site) => keysIn((await list(site, 'list-type=2&prefix=ids/&start-after=ids/odd')).body),
    expected: ODD,
  },
  {
    title: 'a client reads a list as a list, with keys and end, whatever else is in it',
    async ask(site) {
      const of = async (start: string) => {
        const { body } = await list(site, `list-type=2&prefix=ids%2F&start-after=${encodeURIComponent(start)}`);
        return parsePage(Buffer.from(body));
      };
      const [page, odd, nothing] = [await of('ids/many/'), await of('ids/odd'), await of('ids0')];
      const told = [page, odd, nothing].map(({ isTruncated, isCut }) => `${isTruncated} ${isCut}`);
      return [...told, `${page.keys.length}`, ...odd.keys, `${nothing.keys.length}`];
    },
    expected: ['true false', 'false false', 'false false', '1000', ...ODD, '0'],
  },
  {
    title: 'encoded keys are the same keys',
    async ask(site) {
      const answer = await list(site, 'list-type=2&prefix=ids/&encoding-type=url&start-after=ids/odd');
      const all = keysIn(answer.body);
      return [
        all.some((key) => /[^\x21-\x7e]|[&<>"]/.test(key)) ? 'bare' : 'encoded',
        ...all.map((key) => decodeURIComponent(key.replaceAll('+', ' '))),
      ];
    },
    expected: ['encoded', ...ODD],
  },
  {
    title: 'no other encoding is known',
    ask: listed('encoding-type=xml&start-after=ids/many/'),
    expected: '400 InvalidArgument',
    radosgw: LENIENT,
  },
  {
    title: 'a listing starts after the key, not with it',
    ask: listed('start-after=ids/many/1007'),
    expected: ['9', 'ids/many/1008', last, 'all'],
  },
  {
    title: 'a listing may start between keys',
    ask: listed('start-after=ids/many/1008x'),
    expected: ['8', 'ids/many/1009', last, 'all'],
  },
  {
    title: 'a listing may start after an odd key',
    ask: listed(`start-after=${encodeURIComponent(ODD[1]!)}`),
    expected: ['5', ODD[2]!, last, 'all'],
  },
  {
    title: 'a listing that starts after everything has nothing',
    ask: listed('start-after=ids0'),
    expected: ['0', 'undefined', 'undefined', 'all'],
  },
  {
    title: 'a page has as many as asked',
    ask: listed('start-after=ids/many/&max-keys=3'),
    expected: ['3', first, 'ids/many/0002', 'more'],
  },
  {
    title: 'a page of nothing has nothing',
    ask: listed('start-after=ids/many/&max-keys=0'),
    expected: ['0', 'undefined', 'undefined', 'all'],
  },
  {
    title: 'a page has a thousand at most',
    ask: listed('start-after=ids/many/&max-keys=2000'),
    expected: PAGE,
  },
  {
    title: 'a page of less than nothing is refused',
    ask: listed('max-keys=-1'),
    expected: '400 InvalidArgument',
    radosgw: { ...LENIENT, outcome: ['0', 'undefined', 'undefined', 'all'] },
  },
  { title: 'a page of no number is refused', ask: listed('max-keys=x'), expected: '400 InvalidArgument' },
  {
    title: 'pages follow each other without a gap or a repeat, even when their start is said again',
    async ask(site) {
      const all: string[] = [];
      let token = '';
      let pages = 0;
      do {
        const answer = await list(site, `list-type=2&prefix=ids/&start-after=ids/many/&max-keys=300${token}`);
        all.push(...keysIn(answer.body));
        const next = field('NextContinuationToken', answer);
        token = next === undefined ? '' : `&continuation-token=${encodeURIComponent(next)}`;
        pages += 1;
      } while (token !== '' && pages < 9);
      return [
        `${pages} pages`,
        JSON.stringify(all) === JSON.stringify([...MANY, ...ODD]) ? 'everything' : `${all.length}`,
      ];
    },
    expected: ['4 pages', 'everything'],
  },
  {
    title: 'a token that nobody gave out is refused',
    ask: listed('continuation-token=ids/many/'),
    expected: '400 InvalidArgument',
    radosgw: LENIENT,
  },
  {
    title: 'a listing by a delimiter has what lies below',
    async ask(site) {
      const answer = await list(site, 'list-type=2&prefix=ids/&delimiter=/&start-after=ids/many');
      return answer.status === 200
        ? [...answer.body.matchAll(/<CommonPrefixes><Prefix>(.*?)</g)].map(([, prefix]) => prefix!)
        : answer.outcome;
    },
    expected: ['ids/many/', 'ids/odd/'],
    local: NOT_DONE,
  },
  {
    title: 'the older listing is one of batches too',
    ask: async (site) => (await list(site, 'prefix=ids/&max-keys=1')).outcome,
    expected: '200',
    local: NOT_DONE,
  },
  denied(''),
  denied('list-type=2'),
  denied('list-type=2&prefix='),
  denied('list-type=2&prefix'),
  denied('list-type=2&prefix=uploads/'),
  denied('list-type=2&prefix=u'),
  denied('list-type=2&prefix=uploads/&start-after=ids/'),
  denied('list-type=2&prefix=ids'),
  denied('list-type=2&prefix=/ids/'),
  denied('list-type=2&prefix=ids//'),
  denied('list-type=2&prefix=ids/2026-11-22'),
  denied('list-type=2&prefix=summaries/'),
  denied('list-type=2&prefix=IDS/'),
  denied('list-type=2&prefix=ids%252F'),
  denied('list-type=2&prefix=ids/../uploads/'),
  denied('list-type=2&prefix=ids/*'),
  denied('list-type=2&prefix=ids/%20'),
  denied('list-type=2&Prefix=ids/'),
  denied('list-type=2&delimiter=/'),
  denied('list-type=2&delimiter=ids/'),
  denied('list-type=2&prefix=&delimiter=/'),
  denied('list-type=2&prefix=uploads/&delimiter=/'),
  denied('prefix=uploads/'),
  denied('delimiter=/&marker=ids/'),
  denied('versions&prefix=ids/'),
  denied('uploads&prefix=ids/'),
  denied('list-type=2&prefix=ids/&prefix=uploads/'),
  {
    ...denied('list-type=2&prefix=uploads/&prefix=ids/'),
    title: 'of two prefixes the last counts, to the policy as to the listing',
    expected: ['200', 'shows no uploads'],
  },
];
