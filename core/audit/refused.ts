import { randomBytes } from '#platform';
import { fromUtf8, toHex, utf8 } from '../../wire/bytes.ts';
import { batchKey } from '../../wire/slot.ts';
import { UPLOADS_PREFIX } from '../../wire/upload-id.ts';
import type { DropAnswer } from '../drop/transport.ts';
import type { Check } from './check.ts';
import { allRefused, type Probe } from './refuse.ts';
import { inventedId, type Visit } from './visit.ts';

/** Ways to ask for a list. What comes after the question mark; each is sent to the drop and to its storage. */
const LISTS = {
  'list-uploads': ['list-type=2&prefix=uploads%2F', 'list-type=2&prefix=uploads', 'prefix=uploads%2F'],
  'list-all': ['list-type=2', 'list-type=2&prefix=', '', 'list-type=2&delimiter=%2F', 'list-type=2&start-after=ids0'],
  'list-tricks': [
    'list-type=2&prefix=ids',
    'list-type=2&prefix=ids%2F2',
    'list-type=2&prefix=ids%2F&prefix=uploads%2F',
    'list-type=2&prefix=uploads%2F&prefix=ids%2F',
    'list-type=2&prefix=ids%2F&start-after=uploads%2F',
    'list-type=2&prefix=%69ds%2F%2e%2e%2Fuploads%2F',
    'list-type=2&Prefix=uploads%2F&prefix=ids%2F',
    'list-type=2&prefix=ids%252F',
  ],
};

/** What a bucket tells its owner about itself. */
const SETTINGS = [
  ...['acl', 'policy', 'policyStatus', 'location', 'logging', 'lifecycle', 'notification', 'replication'],
  ...['inventory', 'tagging', 'versioning', 'versions', 'uploads', 'cors', 'website', 'encryption'],
];

const lists = (name: keyof typeof LISTS, promise: string): Check => ({
  name,
  group: 'refused',
  promise,
  requests: 2 * LISTS[name].length + 1,
  async run(visit) {
    const probes: Probe[] = [];
    for (const [place, at] of await places(visit)) {
      for (const query of LISTS[name]) {
        probes.push({
          what: `GET ?${query} ${place}`,
          method: 'GET',
          url: at(`/?${query}`),
          isHarmless: (answer) => hasBatchesOnly(answer) || isPage(answer),
        });
      }
    }
    return allRefused(visit, probes);
  },
});

/** What the drop and its storage must not do for anybody. Nothing here harms a drop that does it none the less. */
export const REFUSED_CHECKS: readonly Check[] = [
  lists('list-uploads', 'Nobody without an AWS account can list uploads.'),
  lists('list-all', 'Nobody without an AWS account can list everything.'),
  lists('list-tricks', 'Nobody without an AWS account can list more than batches by asking in another way.'),
  {
    name: 'settings',
    group: 'refused',
    promise: 'The storage tells nobody how it is set up, which versions it has, or what is being uploaded.',
    requests: SETTINGS.length + 7,
    async run(visit) {
      const { slots } = await visit.list();
      const object = slots.length === 0 ? `${UPLOADS_PREFIX}${inventedId()}` : batchKey(slots.at(-1)!);
      const probes: Probe[] = [];
      for (const name of SETTINGS) {
        probes.push({ what: `GET ?${name} at the storage`, method: 'GET', url: await visit.atStorage(`/?${name}`) });
      }
      for (const [place, at] of await places(visit)) {
        for (const name of ['acl', 'tagging', 'retention']) {
          probes.push({ what: `GET of an object's ?${name} ${place}`, method: 'GET', url: at(`/${object}?${name}`) });
        }
      }
      return allRefused(visit, probes);
    },
  },
  ...(['PUT', 'POST', 'DELETE'] as const).map(
    (method): Check => ({
      name: `anonymous-${method.toLowerCase()}`,
      group: 'refused',
      promise: `Nobody can ${{ PUT: 'write', POST: 'post', DELETE: 'delete' }[method]} uploads or batches without an upload URL.`,
      requests: 6,
      async run(visit) {
        // Not a slot, and no upload of anybody's: a drop that lets it happen loses nothing by it.
        const names = [`${UPLOADS_PREFIX}${inventedId()}`, `ids/audit-${toHex(randomBytes(8))}`];
        const paths = method === 'POST' ? [`/${names[0]}?uploads`, '/?delete'] : names.map((name) => `/${name}`);
        const given = method === 'DELETE' ? {} : { body: utf8('audit'), headers: BODY_HEADERS };
        const probes = (await places(visit)).flatMap(([place, at]) =>
          paths.map(
            (path): Probe => ({ what: `${method} ${path.slice(0, 9)} ${place}`, method, url: at(path), ...given }),
          ),
        );
        return allRefused(visit, probes);
      },
    }),
  ),
  {
    name: 'elsewhere',
    group: 'refused',
    promise: 'The drop has nothing else at its address.',
    requests: 8,
    async run(visit) {
      const asked = [
        ['PUT', '/upload-url'],
        ['POST', '/upload-url'],
        ['GET', '/register-id'],
        ['POST', '/register-id'],
        ['DELETE', '/register-id'],
        ['GET', '/ids'],
        ['GET', '/uploads/'],
        ['GET', '/metrics'],
      ] as const;
      const probes = asked.map(([method, path]): Probe => ({ what: `${method} ${path}`, method, url: visit.at(path) }));
      return allRefused(visit, probes);
    },
  },
  {
    name: 'other-names',
    group: 'refused',
    promise: 'Nobody can read what is neither a batch nor an upload.',
    requests: 7,
    async run(visit) {
      const names = ['index.html', 'ids', 'uploads', 'logs/', '.well-known/security.txt', 'ids%2F..%2Fx'];
      const probes: Probe[] = [];
      for (const name of names) {
        probes.push({ what: `GET ${name} at the storage`, method: 'GET', url: await visit.atStorage(`/${name}`) });
      }
      return allRefused(visit, probes);
    },
  },
];

const BODY_HEADERS = { 'if-none-match': '*', 'content-length': '5' };

/** The two places where somebody may try: the drop, and the storage that its upload URLs name. */
async function places(visit: Visit): Promise<[string, (path: string) => URL][]> {
  const root = await visit.atStorage('/');
  const storage = (path: string) => {
    const url = new URL(root);
    const [pathname = '', search = ''] = path.split('?');
    url.pathname = root.pathname + pathname.slice(1);
    url.search = search;
    return url;
  };
  return [
    ['at the drop', visit.at],
    ['at the storage', storage],
  ];
}

/** Whether an answer lists batches and nothing else: then the question was understood as the one that anybody may ask. */
function hasBatchesOnly({ body }: DropAnswer): boolean {
  const xml = fromUtf8(body);
  const names = [...xml.matchAll(/<(?:Key|Prefix)>([^<]*)<\/(?:Key|Prefix)>/g)].map(([, name]) => name!);
  return xml.includes('<ListBucketResult') && names.length > 0 && names.every((name) => name.startsWith('ids/'));
}

/** Whether an answer is a page, as an onion front may have one at `/`, and no list. */
function isPage({ body }: DropAnswer): boolean {
  const html = fromUtf8(body);
  return html.startsWith('<!doctype html>') && !/<(?:Key|ListBucketResult)\b/.test(html);
}
