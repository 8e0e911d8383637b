import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundlePage } from '../bin/bundle-page.ts';
import { dayOf } from '../core/keys/day.ts';
import { fingerprintOf, formatFingerprint } from '../core/keys/fingerprint.ts';
import { contactOf, type Identity, issue, minuteOf, newIdentity, signingKeyOf } from '../core/keys/identity.ts';
import { openMailbox } from '../core/keys/mailbox.ts';
import { readPublished, revoke } from '../core/keys/revocation.ts';
import { newWords } from '../core/keys/words.ts';
import { contactsOf, formatPage } from '../page/page-file.ts';
import { formatContact } from '../wire/contact.ts';
import { formatRevocation } from '../wire/revocation.ts';
import { command } from './command.ts';
import { ONE_LINE } from './office.ts';
import { folder } from './people.ts';
import { seeded } from './statistics.ts';

const DAY = 86_400;
const now = minuteOf(Date.now() / 1000);
const onion = (letter: string) => `http://${letter.repeat(55)}d.onion`;
const ONION = onion('a');

const jane = newIdentity(ONION, now - DAY);
const john = newIdentity(onion('b'), now - DAY);
const textOf = (identity: Identity) => formatContact(contactOf(identity));
const print = ({ signing }: Identity) => formatFingerprint(fingerprintOf(signing.publicKey));
const sha256 = (text: string | Buffer, encoding: 'hex' | 'base64' = 'hex') =>
  createHash('sha256').update(text).digest(encoding);

let template: string;
let cwd: string;
beforeAll(async () => {
  template = await bundlePage();
  cwd = mkdtempSync(join(tmpdir(), 'dead-drop-test-'));
  writeFileSync(join(cwd, 'jane.contact'), textOf(jane));
  writeFileSync(join(cwd, 'john.contact'), textOf(john));
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const page = (args: string[], options = {}) => command(['page', ...args], { cwd, ...options });

/** The inner document of a page, as a browser reads it. */
function innerOf(html: string): string {
  const [, srcdoc = ''] = /srcdoc="([^"]*)"/.exec(html) ?? [];
  return srcdoc.replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

describe('a page', () => {
  test('is the same file wherever it is made, and says whom it writes to, and its hashes', async () => {
    const made = await page(['--contact', 'jane.contact', '--name', 'Jane Doe']);
    expect(made).toMatchObject({ status: 0 });
    expect(made.words).toContain(`writes to the fingerprint ${print(jane)}\n`);
    expect(made.words).toContain(sha256(made.out));
    expect(made.words).toContain(sha256(template));
    const elsewhere = folder();
    mkdirSync(join(elsewhere, 'a b'));
    writeFileSync(join(elsewhere, 'a b/x'), textOf(jane).replaceAll('\n', '\r\n'));
    const env = { HOME: elsewhere, TZ: 'Pacific/Kiritimati', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' };
    const again = await page(['--contact', 'a b/x', '--name', ' Jane Doe ', '--out', 'p.html'], {
      cwd: elsewhere,
      env,
    });
    expect(again).toMatchObject({ status: 0, out: 'p.html\n' });
    expect(readFileSync(join(elsewhere, 'p.html'), 'utf8')).toBe(made.out);
    const check = await page(['--check', 'p.html'], { cwd: elsewhere });
    expect(check).toMatchObject({ status: 0, out: `${sha256(made.out)}\n` });
    expect(check.words).toContain(`"Jane Doe" writes to the fingerprint ${print(jane)}`);
  });

  test('is for several, at their own drops, each with a name', async () => {
    const names = ['--name', 'Jane', '--name', 'Jöhn "J" <b> & Cię'];
    const made = await page(['--contact', 'jane.contact', '--contact', 'john.contact', ...names, '--json']);
    const { html, fingerprints } = JSON.parse(made.out);
    expect(fingerprints).toEqual([print(jane), print(john)]);
    expect(html).toContain(`connect-src ${ONION} ${onion('b')};`);
    expect(contactsOf(html)).toEqual([
      { name: 'Jane', contact: textOf(jane) },
      { name: 'Jöhn "J" <b> & Cię', contact: textOf(john) },
    ]);
    const unnamed = await page(['--contact', 'jane.contact', '--contact', 'john.contact']);
    expect(unnamed).toMatchObject({ status: 2, out: '' });
    expect((await page(['--contact', 'jane.contact', '--name', 'a', '--name', 'b'])).status).toBe(2);
  });

  test('is for a name below an onion address, too, and speaks to that', async () => {
    const below = ONION.replace('//', '//drop.www.');
    writeFileSync(join(cwd, 'below.contact'), textOf(newIdentity(below, now - DAY)));
    const made = await page(['--contact', 'below.contact']);
    expect(made, made.words).toMatchObject({ status: 0 });
    expect(made.out).toContain(`connect-src ${below};`);
  });

  test('has one script and two styles that the policy lets in by their hashes, and nothing else that acts', () => {
    const html = formatPage(template, [{ name: 'Jane', contact: textOf(jane) }], [ONION]);
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!;
    const inner = innerOf(html);
    const [script, ...more] = [...inner.matchAll(/<script>(.*?)<\/script>/gs)].map(([, text]) => text!);
    const styles = [html, inner].map((text) => /<style>(.*?)<\/style>/s.exec(text)![1]!);
    expect(more).toEqual([]);
    expect(policy).toBe(
      [
        "default-src 'none'",
        `script-src 'sha256-${sha256(script!, 'base64')}'`,
        `style-src ${styles.map((style) => `'sha256-${sha256(style, 'base64')}'`).join(' ')}`,
        `connect-src ${ONION}`,
        'frame-src blob:',
        "base-uri 'none'",
        "form-action 'none'",
      ].join('; '),
    );
    expect(html).toContain('<iframe title="Dead Drop" sandbox="allow-scripts allow-downloads" srcdoc="');
    const markup = html.replace(/srcdoc="[^"]*"/, '') + inner.replace(script!, '');
    expect(markup).not.toMatch(/\s(on\w+|style|src|href)=|<(img|link|object|embed|form|base|svg)\b/i);
  });

  test('has no style for anything that it never shows', () => {
    const inner = innerOf(formatPage(template, [{ name: 'Jane', contact: textOf(jane) }], [ONION]));
    const [style, script] = ['style', 'script'].map(
      (tag) => new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(inner)![1]!,
    );
    const classes = new Set([...style!.matchAll(/\.([a-z][\w-]*)(?=[^{}]*\{)/g)].map(([, name]) => name!));
    expect(classes.size).toBeGreaterThan(20);
    const isShown = (name: string) => new RegExp(`["'\` ]${name}["'\` ]`).test(script!);
    expect([...classes].filter((name) => !isShown(name))).toEqual([]);
  });

  test('tells apart every contact and name, whatever is in them: none is markup, or ends what it stands in', () => {
    const odd = [
      '</script><script>alert(1)</script>',
      '"><iframe srcdoc=x>',
      '&quot;&amp;',
      ']</script>',
      '\u2028',
      '\\u003c',
    ];
    const pages = odd.map((name) => {
      const html = formatPage(template, [{ name, contact: textOf(jane) }], [ONION]);
      expect(contactsOf(html)).toEqual([{ name, contact: textOf(jane) }]);
      const inner = innerOf(html);
      expect([...inner.matchAll(/<script\b/g)]).toHaveLength(2);
      const [, json] = /id="contacts">(.*?)<\/script>/s.exec(inner)!;
      expect(JSON.parse(json!)[0].name).toBe(name);
      return html;
    });
    expect(new Set(pages).size).toBe(odd.length);
  });
});

describe('page --check', () => {
  test('refuses a page with any byte changed, that still has its contacts', async () => {
    const html = Buffer.from(formatPage(template, [{ name: 'Jane', contact: textOf(jane) }], [ONION]));
    const { below } = seeded('page');
    const contacts = [html.indexOf('[{&quot;'), html.indexOf('}]') + 2] as const;
    for (let tried = 0; tried < 4; ) {
      const at = below(html.length);
      if (at >= contacts[0] && at < contacts[1]) continue;
      const changed = Buffer.from(html);
      changed[at]! ^= 1 << below(7);
      writeFileSync(join(cwd, 'changed.html'), changed);
      const ended = await page(['--check', 'changed.html']);
      expect(ended).toMatchObject({ status: 1, out: '' });
      expect(ended.words).toMatch(/not what this version makes|no page of ours/);
      tried += 1;
    }
  });

  test.each([
    ['an empty file', ''],
    ['a contact', textOf(jane)],
    ['a page without contacts', () => template],
    ['a list that is none', () => formatPage(template, [], [ONION]).replace('[]</script>', '{}</script>')],
  ])('refuses %s', async (_, content) => {
    writeFileSync(join(cwd, 'other.html'), typeof content === 'string' ? content : content());
    const ended = await page(['--check', 'other.html']);
    expect(ended).toMatchObject({
      status: 1,
      out: '',
      words: 'dead-drop: that file is no page of ours: there are no contacts in it\n',
    });
  });

  const misleading: [string, { name: string; contact: string }[], string][] = [
    [
      'of a drop that is no onion service',
      [{ name: '', contact: textOf(newIdentity('https://drop.example')) }],
      'no onion',
    ],
    ['with a name that is invisible', [{ name: '\u200b', contact: textOf(jane) }], 'nothing invisible'],
    ['with a name that turns the direction', [{ name: 'a\u202eb', contact: textOf(jane) }], 'nothing invisible'],
    ['with a name of two lines', [{ name: 'Jane\nCompared for you.', contact: textOf(jane) }], 'text in one line'],
    ['with a name in blanks', [{ name: ' Jane ', contact: textOf(jane) }], 'text in one line'],
    ['with a long name', [{ name: 'x'.repeat(81), contact: textOf(jane) }], 'at most 80 characters'],
    ['with a contact in blanks', [{ name: '', contact: `\n${textOf(jane)}\n` }], 'not what this version makes'],
    [
      'with CRLF in a contact',
      [{ name: '', contact: textOf(jane).replaceAll('\n', '\r\n') }],
      'not what this version makes',
    ],
    ['for one person twice', ['a', 'b'].map((name) => ({ name, contact: textOf(jane) })), 'there twice'],
    ['for two without names', [jane, john].map((each) => ({ name: '', contact: textOf(each) })), 'by their names'],
  ];
  test.each(misleading)('refuses one that no command makes: %s', async (_, list, reason) => {
    const origins = list.map(({ contact }) => new URL(readPublished(contact).drop).origin);
    writeFileSync(join(cwd, 'misleading.html'), formatPage(template, list, origins));
    const ended = await page(['--check', 'misleading.html']);
    expect(ended).toMatchObject({ status: 1, out: '' });
    expect(ended.words).toContain(reason);
  });

  test('says of a contact that is over that the page writes to nobody', async () => {
    const over = formatContact(contactOf(jane, issue(jane, jane.epochs[0]!, now - 3 * DAY, now - DAY)));
    writeFileSync(join(cwd, 'over.html'), formatPage(template, [{ name: '', contact: over }], [ONION]));
    const ended = await page(['--check', 'over.html']);
    expect(ended).toMatchObject({ status: 0, words: expect.stringContaining('is over: a page writes to nobody then') });
  });

  test('refuses a page whose contact was replaced by one that nobody signed', async () => {
    const forged = { ...contactOf(jane), validUntil: contactOf(jane).validUntil + 60 };
    writeFileSync(
      join(cwd, 'forged.html'),
      formatPage(template, [{ name: '', contact: formatContact(forged) }], [ONION]),
    );
    const ended = await page(['--check', 'forged.html']);
    expect(ended.status).toBe(1);
    expect(ended.words).toContain('not signed by its identity');
  });
});

describe('an identity that is revoked', () => {
  const revocation = formatRevocation(revoke(signingKeyOf(jane), now));
  const said = `the owner of ${print(jane)} revoked this identity on ${dayOf(now)}`;

  test('gets no page, and it is said what is to become of the one before', async () => {
    writeFileSync(join(cwd, 'revoked.contact'), revocation);
    const ended = await page(['--contact', 'revoked.contact']);
    expect(ended).toMatchObject({ status: 1, out: '' });
    expect(ended.words).toContain('take its page away wherever it is published');
    expect(ended.words).toContain(said);
  });

  test('is told where its revocation stands in a page', async () => {
    writeFileSync(join(cwd, 'revoked.html'), formatPage(template, [{ name: '', contact: revocation }], [ONION]));
    const ended = await page(['--check', 'revoked.html']);
    expect(ended).toMatchObject({ status: 1, out: '' });
    expect(ended.words).toContain(said);
  });
});

describe('no page is made', () => {
  const refused: [string, () => Promise<string> | string, string][] = [
    [
      'for a drop that is no onion service',
      () => textOf(newIdentity('https://drop.example', now - DAY)),
      'no onion address',
    ],
    [
      'for an onion address of which a letter is missing',
      () => textOf(newIdentity(ONION.replace('aa', 'a'), now - DAY)),
      'see whether it is whole',
    ],
    [
      'for a file that is no contact',
      () => 'jane@example.org\n',
      'one is the text from its BEGIN line to its END line',
    ],
    ['for half a contact', () => textOf(jane).slice(0, 1200), 'get it anew where you found it'],
    [
      'for a contact that is over',
      () => formatContact(contactOf(jane, issue(jane, jane.epochs[0]!, now - 3 * DAY, now - DAY))),
      'no longer valid',
    ],
    [
      'for a return contact',
      async () => formatContact(contactOf(await openMailbox(Buffer.from(newWords()), ONION))),
      'return contact of a mailbox',
    ],
  ];
  test.each(refused)('%s', async (_, contact, reason) => {
    writeFileSync(join(cwd, 'secret-name'), await contact());
    const ended = await page(['--contact', 'secret-name']);
    expect(ended).toMatchObject({ status: 1, out: '' });
    expect(ended.words).toMatch(ONE_LINE);
    expect(ended.words).toContain(reason);
    expect(ended.words).not.toContain('secret-name');
  });

  test.each(['a\nb', 'a\u202eb', '\u200b', 'x'.repeat(81)])(
    'with a name that shows as something else: %j',
    async (name) => {
      expect(await page(['--contact', 'jane.contact', '--name', name])).toMatchObject({ status: 2, out: '' });
    },
  );

  test('over another file, or into a folder that cannot be written to', async () => {
    writeFileSync(join(cwd, 'taken.html'), 'mine');
    const ended = await page(['--contact', 'jane.contact', '--out', 'taken.html']);
    expect(ended.status).toBe(1);
    expect(readFileSync(join(cwd, 'taken.html'), 'utf8')).toBe('mine');
    const shut = folder();
    chmodSync(shut, 0o500);
    expect((await page(['--contact', 'jane.contact', '--out', join(shut, 'no/p.html')])).status).toBe(1);
  });

  test('when it is not said which of three things is meant', async () => {
    expect((await page([])).status).toBe(2);
    expect((await page(['--hash', '--check', 'x'])).status).toBe(2);
  });
});

test('page --hash is that of the page without contacts, which is in every page of this version', async () => {
  expect(await page(['--hash'])).toMatchObject({ status: 0, out: `${sha256(template)}\n` });
  expect(await bundlePage()).toBe(template);
});
