import { anonymous, type Case, type Difference, newKey, planted, read } from './case.ts';
import { type Site, send } from './site.ts';

/** Reads ten digits, with headers. */
const digits = (method: string, headers: Record<string, string>) => async (site: Site) => {
  const key = await planted(site, newKey(), '0123456789');
  const { outcome, headers: got, body } = await anonymous(site, method, key, { headers });
  if (!outcome.startsWith('2')) return outcome;
  return [outcome, `${got['content-length']} bytes`, `range ${got['content-range']}`, body];
};

const range = (value: string, expected: Case['expected'], radosgw?: Difference): Case => ({
  title: `a range of ${value} of ten bytes`,
  ask: digits('GET', { range: value }),
  expected,
  ...(radosgw && { radosgw }),
});

const WHOLE = ['200', '10 bytes', 'range undefined', '0123456789'];

const NAMED = ['200', '10 bytes', 'range bytes 0-9/10', '0123456789'];

export const readingCases: readonly Case[] = [
  {
    title: 'anybody may read an upload that they can name',
    ask: async (site) => read(site, await planted(site)),
    expected: '200 cell',
  },
  {
    title: 'nobody may read or list without what the front says',
    ask: async (site) => {
      const key = await planted(site);
      const outcomes: string[] = [];
      for (const what of [key, await planted(site, newKey('ids/0-')), '?list-type=2&prefix=ids/'])
        for (const referer of ['', `${site.mark}x`, 'https://drop.example/'])
          outcomes.push((await anonymous(site, 'GET', what, { headers: { referer } })).outcome);
      return [...new Set(outcomes)];
    },
    expected: ['403 AccessDenied'],
  },
  {
    title: 'anybody may read a summary',
    ask: async (site) => read(site, await planted(site, newKey('summaries/'))),
    expected: '200 cell',
  },
  {
    title: 'a summary that is not there is 403',
    ask: (site) => read(site, newKey('summaries/')),
    expected: '403 AccessDenied',
  },
  {
    title: 'anybody may read a batch',
    ask: async (site) => read(site, await planted(site, newKey('ids/0-'))),
    expected: '200 cell',
  },
  ...['other/', 'upload/', 'ids', 'summaries', 'Uploads/', 'uploads-', ''].map(
    (prefix): Case => ({
      title: `nobody may read a key that begins with "${prefix}" alone`,
      ask: async (site) => read(site, await planted(site, newKey(prefix))),
      expected: '403 AccessDenied',
    }),
  ),
  {
    title: 'what is not there is 403 to those who may not list',
    ask: (site) => read(site, newKey()),
    expected: '403 AccessDenied',
  },
  {
    title: 'a batch that is not there is 403',
    ask: (site) => read(site, newKey('ids/0-')),
    expected: '403 AccessDenied',
  },
  {
    title: 'HEAD of what is not there is 403',
    ask: async (site) => (await anonymous(site, 'HEAD', newKey())).outcome,
    expected: '403',
  },
  {
    title: 'HEAD tells the length and sends nothing',
    ask: digits('HEAD', {}),
    expected: ['200', '10 bytes', 'range undefined', ''],
  },
  {
    title: 'HEAD of the bucket is for those who may list',
    ask: async (site) => (await anonymous(site, 'HEAD', '')).outcome,
    expected: '403',
  },
  range('bytes=0-3', ['206', '4 bytes', 'range bytes 0-3/10', '0123']),
  range('bytes=9-9', ['206', '1 bytes', 'range bytes 9-9/10', '9']),
  range('bytes=8-', ['206', '2 bytes', 'range bytes 8-9/10', '89']),
  range('bytes=-3', ['206', '3 bytes', 'range bytes 7-9/10', '789']),
  range('bytes=-99', ['206', '10 bytes', 'range bytes 0-9/10', '0123456789']),
  range('bytes=5-99', ['206', '5 bytes', 'range bytes 5-9/10', '56789']),
  range('bytes=10-', '416 InvalidRange'),
  range('bytes=99-100', '416 InvalidRange'),
  range('bytes=3-1', WHOLE, { outcome: '416 InvalidRange', differs: 'RFC 9110 wants a reversed range ignored' }),
  range('lines=1-2', WHOLE, { outcome: NAMED, differs: 'it ignores the unit, but names the range' }),
  range('bytes=0-1,3-4', WHOLE, {
    outcome: ['206', '2 bytes', 'range bytes 0-1/10', '01'],
    differs: 'of several ranges it gives the first, where AWS gives everything',
  }),
  {
    title: 'a read on the condition of its own tag is 304',
    async ask(site) {
      const key = await planted(site);
      const { headers } = await anonymous(site, 'HEAD', key);
      const tag = { 'if-none-match': String(headers.etag) };
      const other = { 'if-match': '"00000000000000000000000000000000"' };
      return [
        String((await anonymous(site, 'GET', key, { headers: tag })).status),
        (await anonymous(site, 'GET', key, { headers: other })).outcome,
      ];
    },
    expected: ['304', '412 PreconditionFailed'],
  },
  {
    title: 'a bucket that is not there is 404',
    ask: async (site) => (await send(site, 'GET', `/${site.bucket}-other/uploads/x`)).outcome,
    expected: '404 NoSuchBucket',
  },
];
