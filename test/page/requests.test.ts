import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { CELL_BYTES, SEALED_ID_BYTES } from '../../wire/sizes.ts';
import { type Level, openBrowser, type TestBrowser, type Visit } from './browser.ts';
import { ask, lookAround, NOTICE, probePage, type Question } from './probe.ts';
import { ONION, openStandIn, type StandIn } from './stand-in.ts';

/** What this Firefox does with requests of a page like ours, and what comes of them: the page rests on it. */
describe.skipIf(!inject('hasBrowsers'))('a sandboxed page in Firefox', () => {
  const page = probePage(ONION);
  const folder = mkdtempSync(join(tmpdir(), 'dead-drop-probe-'));
  const file = join(folder, 'probe.html');
  let standIn: StandIn;
  beforeAll(async () => {
    writeFileSync(file, page);
    standIn = await openStandIn(async () => Buffer.from(page));
  });
  afterAll(async () => {
    await standIn?.close();
    rmSync(folder, { recursive: true });
  });

  const PLACES = { 'a file': `file://${file}`, 'an onion site': `${ONION}/` } as const;

  describe.each<Level>(['standard', 'safer'])('at %s', (level) => {
    let browser: TestBrowser;
    beforeAll(async () => {
      browser = await openBrowser({ socksPort: standIn.socks.port.port, level });
    });
    afterAll(() => browser?.close());

    describe.each(Object.entries(PLACES))('from %s', (_, url) => {
      let visit: Visit;
      beforeAll(async () => {
        visit = await browser.open(url);
        standIn.arrived();
        standIn.asked();
      });
      afterAll(() => visit?.close());

      test('sends a cell and an id, and reads, without asking first or saying who it is', async () => {
        const frame = await visit.inner();
        const get = (path: string, headers = {}): Question => ({ method: 'GET', url: ONION + path, headers });
        const upload = await ask(frame, get('/upload-url'));
        expect(upload).toMatchObject({ status: 200, headers: { 'content-type': expect.stringContaining('json') } });
        const { url: presigned } = JSON.parse((upload as { text: string }).text) as { url: string };
        const { pathname, search } = new URL(presigned);
        const sent = await ask(frame, { method: 'POST', url: ONION + pathname + search, bytes: CELL_BYTES });
        expect(sent).toMatchObject({ status: 200, headers: { etag: expect.any(String) } });
        const registered = await ask(frame, { method: 'POST', url: `${ONION}/register-id`, bytes: SEALED_ID_BYTES });
        expect(registered).toMatchObject({ status: 204 });
        await standIn.drop.tick();
        const [slot] = [...standIn.drop.batches().keys()].slice(-1);
        expect(await ask(frame, get('/?list-type=2&prefix=ids%2F'))).toMatchObject({
          status: 200,
          text: expect.stringContaining(`ids/${slot}`),
        });
        expect(await ask(frame, get(`/ids/${slot}`, { range: 'bytes=0-9' }))).toMatchObject({ status: 206, bytes: 10 });
        const path = `/uploads/${pathname.slice(pathname.lastIndexOf('/') + 1)}`;
        expect(await ask(frame, get(path))).toMatchObject({ status: 200, bytes: CELL_BYTES });

        const came = standIn.arrived();
        expect(came.map(({ method, status, bytes }) => [method, status, bytes])).toEqual([
          ['GET', 200, 0],
          ['POST', 200, CELL_BYTES],
          ['POST', 204, SEALED_ID_BYTES],
          ['GET', 200, 0],
          ['GET', 206, 0],
          ['GET', 200, 0],
        ]);
        for (const { headers } of came) {
          expect(headers).toMatchObject({ origin: 'null', host: new URL(ONION).host });
          expect(Object.keys(headers).filter((name) => !KNOWN_HEADERS.includes(name))).toEqual([]);
        }
        const passed = standIn.asked();
        expect(passed.map(({ method, path: asked }) => `${method} ${asked.replace(/\?.*/, '')}`)).toEqual([
          'GET /upload-url',
          `PUT ${pathname}`,
          'PUT /register-id',
          'GET /',
          `GET /ids/${slot}`,
          `GET ${path}`,
        ]);
        expect(standIn.drop.object(path.slice(1))?.equals(Buffer.alloc(CELL_BYTES, 7))).toBe(true);
        expect(visit.faults).toEqual([]);
      });

      test('would ask first for a PUT, and would not get it', async () => {
        const put = { method: 'PUT', url: `${ONION}/register-id`, bytes: SEALED_ID_BYTES } as unknown as Question;
        expect(await ask(await visit.inner(), put)).toEqual({ error: 'TypeError' });
        expect(standIn.arrived().map(({ method, status }) => [method, status])).toEqual([['OPTIONS', 204]]);
        expect(standIn.asked()).toEqual([]);
      });

      test('has no origin, a context that counts as secure, and nowhere to keep anything', async () => {
        expect(await lookAround(await visit.inner())).toEqual({
          origin: 'null',
          isSecure: true,
          referrer: '',
          hasWebAssembly: level === 'standard',
          kept: {
            localStorage: 'SecurityError',
            sessionStorage: 'SecurityError',
            cookie: 'SecurityError',
            indexedDB: 'SecurityError',
          },
        });
      });

      test('reaches nothing but its onion service: the policy forbids it', async () => {
        const elsewhere = [`http://${'b'.repeat(55)}d.onion/`, 'https://example.org/', 'http://127.0.0.1:1/'];
        const frame = await visit.inner();
        const asked = standIn.socks.requests.length;
        for (const url of elsewhere) expect(await ask(frame, { method: 'GET', url })).toEqual({ error: 'TypeError' });
        await expect.poll(() => visit.faults.filter((fault) => fault.includes('connect-src')).length).toBe(3);
        expect(standIn.socks.requests.length).toBe(asked);
      });
    });

    test('nothing went anywhere else, and nothing of it is in the profile', () => {
      const hosts = new Set(standIn.socks.requests.map(({ host, port }) => `${host}:${port}`));
      expect(hosts).toEqual(new Set([`${new URL(ONION).host}:80`]));
      const host = new URL(ONION).hostname.slice(0, 30);
      const files = readdirSync(browser.profile, { recursive: true, encoding: 'utf8' });
      expect(files.length).toBeGreaterThan(10);
      const holding = files.filter((name) => {
        const path = join(browser.profile, name);
        return statSync(path, { throwIfNoEntry: false })?.isFile() && readFileSync(path, 'latin1').includes(host);
      });
      expect(holding).toEqual([]);
    });
  });

  test('at Safest, shows the notice, and runs nothing', async () => {
    const browser = await openBrowser({ socksPort: standIn.socks.port.port, level: 'safest' });
    try {
      for (const url of Object.values(PLACES)) {
        const { page, close } = await browser.open(url);
        expect(await page.evaluate('document.body.innerText')).toContain(NOTICE);
        expect(await page.frames()[1]!.evaluate('document.body.innerText')).not.toContain('ready');
        await close();
      }
    } finally {
      await browser.close();
    }
  });
});

/** What a browser of everybody's says. */
const KNOWN_HEADERS = [
  'host',
  'user-agent',
  'accept',
  'accept-language',
  'accept-encoding',
  'content-type',
  'content-length',
  'origin',
  'connection',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-gpc',
  'dnt', // of Firefox up to 140
  'priority',
  'pragma',
  'cache-control',
  'range',
];
