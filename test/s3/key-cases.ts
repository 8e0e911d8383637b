import { PutObjectCommand } from '@aws-sdk/client-s3';
import { anonymous, type Case, newKey, ONCE, type Outcome, planted } from './case.ts';
import { presign, type Site, send } from './site.ts';

const encoded = (key: string) => key.split('/').map(encodeURIComponent).join('/');

/** Signs a key, puts a cell there, and reads it again. */
const roundTrip = (odd: string) => async (site: Site) => {
  const key = newKey() + odd;
  const command = new PutObjectCommand({ Bucket: site.bucket, Key: key, ContentLength: 4, IfNoneMatch: '*' });
  const { outcome } = await send(site, 'PUT', await presign(site, command), { headers: ONCE, body: 'cell' });
  const { status, body, outcome: got } = await anonymous(site, 'GET', encoded(key));
  return [outcome, status === 200 ? body : got];
};

const odd = (characters: string): Case => ({
  title: `a key with ${JSON.stringify(characters)} is written and read`,
  ask: roundTrip(characters),
  expected: ['200', 'cell'],
});

/** Asks for a path as it is, while there is a secret that must not come. */
const path = (raw: string, expected: Case['expected'] = '403 AccessDenied', differs?: Partial<Case>): Case => ({
  title: `nothing else is reached by ${raw}`,
  async ask(site) {
    await planted(site, 'other/secret', 'the secret');
    const answer = await send(site, 'GET', raw.replace('BUCKET', site.bucket));
    return answer.body.includes('the secret') ? 'the secret' : answer.outcome;
  },
  expected,
  ...differs,
});

const bytes = (count: number, tail = 'k') => tail.repeat(count).slice(0, count - newKey().length);

const radosgwSays = (outcome: Outcome, differs: string) => ({ radosgw: { outcome, differs } });

export const keyCases: readonly Case[] = [
  ...[
    ' ',
    '+',
    '%',
    '%2F',
    '&',
    '=',
    ';',
    ',',
    ':',
    '@',
    '$',
    '!',
    "'",
    '(',
    ')',
    '*',
    '~',
    '"',
    '<',
    '>',
    '|',
    '^',
    '`',
    '[',
    '{',
    '\\',
    '?',
    '#',
  ].map((one) => odd(one)),
  odd('é'),
  odd('e\u0301'),
  odd('\u{1f4a7}'),
  odd('\uffee'),
  odd('\t'),
  odd('\u0001'),
  odd('\n'),
  odd('\r\u2028'),
  odd('/'),
  odd('/a'),
  odd('//a'),
  odd('/./a'),
  odd('/../a'),
  odd('/..'),
  odd(bytes(1024)),
  {
    title: 'a key of 1024 bytes in characters of two is written and read',
    ask: roundTrip('é'.repeat((1024 - newKey().length - 1) / 2)),
    expected: ['200', 'cell'],
  },
  {
    title: 'a key of 1025 bytes is refused',
    ask: roundTrip(bytes(1025)),
    expected: ['400 KeyTooLongError', '400 KeyTooLongError'],
    ...radosgwSays(['400 InvalidObjectName', '400 InvalidObjectName'], 'it has another code for that'),
  },
  {
    title: 'a key that differs in case alone is another',
    async ask(site) {
      const key = await planted(site, newKey('uploads/a'));
      return [
        (await anonymous(site, 'GET', key)).outcome,
        (await anonymous(site, 'GET', key.replace('/a', '/A'))).outcome,
      ];
    },
    expected: ['200', '403 AccessDenied'],
  },
  path('/BUCKET/other/secret'),
  path('/BUCKET/uploads/../other/secret'),
  path('/BUCKET/ids/../other/secret'),
  path('/BUCKET/uploads/%2e%2e/other/secret'),
  path('/BUCKET/uploads/..%2fother%2fsecret'),
  path('/BUCKET/uploads/..%252fother%252fsecret'),
  path('/BUCKET/uploads/..%5cother%5csecret'),
  path('/BUCKET/uploads//../../other/secret'),
  path('/BUCKET/./other/secret'),
  path('/BUCKET//other/secret'),
  path('/BUCKET/%6fther/secret'),
  path(
    '/BUCKET/uploads/%00/../../other/secret',
    '403 AccessDenied',
    radosgwSays('400', 'it takes no byte 0 in a path'),
  ),
  path('/BUCKET/uploads/x?/../../other/secret'),
  path('/BUCKET/../BUCKET/other/secret'),
  path('/BUCKET/../../../../../../etc/passwd'),
  path('/../BUCKET/other/secret', '404 NoSuchBucket'),
  path('//BUCKET/other/secret', '403 AccessDenied', radosgwSays('404 NoSuchBucket', 'to it, two slashes are one')),
  path('/BUCKET/%zz', '400 InvalidURI', radosgwSays('200', 'to it, what it cannot decode is empty, and lists nothing')),
];
