import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fetchContact } from '../core/drop/fetch-contact.ts';
import { Unreachable } from '../core/drop/retry.ts';
import type { Transport } from '../core/drop/transport.ts';
import { RefusedAddress } from '../core/drop/transport-fault.ts';
import { overTor } from '../node/transport/tor.ts';
import { formatContact, parseContact } from '../wire/contact.ts';
import { HASTY } from './people.ts';
import { socksServer } from './socks-server.ts';

/** A contact of no one: what is read here is not checked. */
const parts = {
  kind: 'identity' as const,
  identity: new Uint8Array(32).fill(1),
  idKey: new Uint8Array(32).fill(2),
  cellKey: new Uint8Array(1216).fill(3),
  letterKey: new Uint8Array(32).fill(4),
  validFrom: 1_790_000_040,
  validUntil: 1_800_000_000,
  drop: 'https://drop.example',
  signature: new Uint8Array(64).fill(5),
};
const text = formatContact(parts);

type Answer = (request: IncomingMessage, answer: ServerResponse) => void;

/** A web server, until the test ends. @returns its port, what it was asked, and its connections so far */
async function website(answer: Answer) {
  const asked: IncomingMessage[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return { port, url: `http://127.0.0.1:${port}`, asked, connections: () => connections };
}

const serving = (body: string | Uint8Array) => website((_, answer) => answer.end(body));
const hasty = { patience: HASTY };
const at = (url: string, options = {}) => fetchContact(url, { ...hasty, ...options });
/** Fails where anything would leave. */
const nowhere: Transport = async () => {
  throw new Error('something left');
};

describe('a contact on this machine', () => {
  test('is fetched by one GET on a connection of its own, whose head says nothing of who asks', async () => {
    const { url, port, asked, connections } = await serving(text);
    for (let i = 1; i <= 3; i += 1) {
      expect(formatContact(await at(`${url}/people/jane.txt?of=2026`))).toBe(text);
      expect(connections()).toBe(i);
    }
    for (const { method, url, rawHeaders } of asked) {
      expect([method, url]).toEqual(['GET', '/people/jane.txt?of=2026']);
      expect(rawHeaders).toEqual(['host', `127.0.0.1:${port}`, 'connection', 'close']);
    }
    expect(asked).toHaveLength(3);
  });

  test('is read with the line ends and blank lines of whatever it went through', async () => {
    const changed = [`\r\n\r\n${text.replaceAll('\n', '\r\n')}\r\n`, `\n\n  ${text.trimEnd()}`, `\ufeff${text}`];
    for (const body of changed) {
      expect(formatContact(parseContact(body))).toBe(text);
      const { url } = await serving(body);
      expect(formatContact(await at(`${url}/jane.txt`))).toBe(text);
    }
  });

  test('is asked for again while the server is busy, has a fault or hangs up', async () => {
    const fates = [429, 503, 0];
    const { url, asked } = await website((_, answer) => {
      const fate = fates.shift();
      if (fate === undefined) answer.end(text);
      else if (fate === 0) answer.destroy();
      else answer.writeHead(fate).end();
    });
    expect(formatContact(await at(`${url}/jane.txt`))).toBe(text);
    expect(asked).toHaveLength(4);
  });
});

test('a contact elsewhere is asked of Tor, by the name of its host, with credentials of its own each time', async () => {
  const { port, asked } = await serving(text);
  const socks = await socksServer(port);
  const host = `${'a'.repeat(55)}d.onion`;
  for (let i = 0; i < 2; i += 1) {
    expect(formatContact(await at(`http://${host}:8080/jane.txt`, { transport: overTor([socks.port]) }))).toBe(text);
  }
  expect(socks.requests.map(({ host, port }) => [host, port])).toEqual([
    [host, 8080],
    [host, 8080],
  ]);
  expect(new Set(socks.requests.flatMap(({ user, password }) => [user, password])).size).toBe(4);
  expect(asked.map(({ rawHeaders }) => rawHeaders)).toEqual([
    ['host', `${host}:8080`, 'connection', 'close'],
    ['host', `${host}:8080`, 'connection', 'close'],
  ]);
});

test('the name of a host on the web is resolved by nobody but Tor', async () => {
  const socks = await socksServer(1, { reply: 4 });
  const asked = at('https://news.example/jane.txt', { transport: overTor([socks.port]) });
  await expect(asked).rejects.toThrow(
    new Unreachable("Tor does not find the drop's host: see whether the address is right, and try again later"),
  );
  expect(socks.requests.map(({ host, port }) => [host, port])).toEqual(Array(HASTY.tries).fill(['news.example', 443]));
});

describe('something larger than 16 KiB, which no contact is, is said to be none', () => {
  test.each<[string, Answer]>([
    ['of a stated length', (_, answer) => answer.end(Buffer.alloc(16 * 1024 + 1, 'x'))],
    ['a contact with more behind it', (_, answer) => answer.end(text + '\n'.repeat(16 * 1024))],
    ['of 20 MB', (_, answer) => answer.end(Buffer.alloc(20_000_000, 'x'))],
    [
      'without an end',
      (_, answer) => {
        const write = () => {
          while (answer.write(Buffer.alloc(65_536, 'x')));
        };
        answer.on('drain', write);
        write();
      },
    ],
  ])('%s', async (_, answer) => {
    const { url, asked } = await website(answer);
    await expect(at(`${url}/jane.txt`)).rejects.toThrow('what lies at that address is no contact');
    expect(asked).toHaveLength(1);
  });
});

describe('an address that would be read along on its way', () => {
  test.each([
    'http://news.example/jane.txt',
    'http://10.0.0.1/jane.txt',
    'http://localhost:8787/jane.txt',
    'https://127.0.0.1/jane.txt',
    'https://[::1]/jane.txt',
    'https://news.example./jane.txt',
    'http://short.onion/jane.txt',
    `http://${'a'.repeat(55)}d.onion./jane.txt`,
  ])('refuses %s, and contacts nobody', async (url) => {
    await expect(at(url, { transport: nowhere })).rejects.toBeInstanceOf(RefusedAddress);
    const socks = await socksServer(1);
    await expect(at(url, { transport: overTor([socks.port]) })).rejects.toBeInstanceOf(RefusedAddress);
    expect(socks.requests).toEqual([]);
  });
});

test.each([
  '',
  'news.example/jane.txt',
  'ftp://news.example/jane.txt',
  'file:///etc/passwd',
  'data:text/plain,jane',
  'https://',
  'https://jane@news.example/jane.txt',
  'https://jane:secret@news.example/jane.txt',
  'https://:secret@news.example/jane.txt',
  'https://news.example/jane.txt#contact',
  'https://news.example/jane.txt#',
])('refuses %o, which is no address of a contact', async (url) => {
  const message = 'a contact is fetched from its address, like https://news.example/contact.txt';
  await expect(at(url, { transport: nowhere })).rejects.toThrow(new Error(message));
});

describe('what is no contact', () => {
  test.each([301, 302, 303, 307, 308])('refuses to follow a redirect: %i', async (status) => {
    const { url, asked } = await website((_, answer) => answer.writeHead(status, { location: '/jane.txt' }).end(text));
    const message = 'the address of the contact leads elsewhere: give the one that it leads to';
    await expect(at(`${url}/old.txt`)).rejects.toThrow(new Error(message));
    expect(asked).toHaveLength(1);
  });

  test.each([204, 206, 304, 400, 401, 403, 404, 410])('refuses an answer of status %i', async (status) => {
    const { url, asked } = await website((_, answer) => answer.writeHead(status).end(text));
    const message = `there is no contact at that address (status ${status})`;
    await expect(at(`${url}/jane.txt`)).rejects.toThrow(new Error(message));
    expect(asked).toHaveLength(1);
  });

  test.each<[string, string | Uint8Array]>([
    ['nothing', ''],
    ['a page', '<!doctype html><title>Jane</title>'],
    ['a page that holds a contact', `<pre>${text}</pre>`],
    ['half a contact', text.slice(0, 1200)],
    ['two contacts', text + text],
    ['a changed contact', text.replace('A', '*')],
    ['bytes that are no text', Uint8Array.from({ length: 2300 }, (_, i) => i)],
    ['a contact and more than 16 KiB of blanks', text + ' '.repeat(16 * 1024)],
  ])('refuses %s', async (_, body) => {
    const { url } = await serving(body);
    const message = 'what lies at that address is no contact';
    await expect(at(`${url}/jane.txt`)).rejects.toThrow(new Error(message));
  });

  test('refuses a contact of a newer version, and says that it is one', async () => {
    const [begin, first, ...rest] = text.split('\n');
    const { url } = await serving([begin, first!.replace(/^AQ/, 'Ag'), ...rest].join('\n'));
    await expect(at(`${url}/jane.txt`)).rejects.toThrow('this contact needs a newer version of dead-drop');
  });

  test('refuses an answer without an end after 16 KiB', async () => {
    const { url } = await website((_, answer) => {
      const more = () => {
        if (!answer.destroyed) answer.write(' '.repeat(4096), () => setImmediate(more));
      };
      more();
    });
    await expect(at(`${url}/jane.txt`)).rejects.toThrow('what lies at that address is no contact');
  });
});

test('a server that is not there is unreachable, in one line', async () => {
  const { url, port } = await serving(text);
  await expect(at(`http://127.0.0.1:9/jane.txt`)).rejects.toThrow(Unreachable);
  const socks = await socksServer(port, { reply: 3 });
  await expect(at('https://news.example/jane.txt', { transport: overTor([socks.port]) })).rejects.toThrow(Unreachable);
  await expect(at(`${url}/jane.txt`)).resolves.toBeDefined();
});

test('an abort ends it at once', async () => {
  const { url, asked } = await website(() => {});
  const stop = new AbortController();
  const fetching = at(`${url}/jane.txt`, { signal: stop.signal });
  const fault = fetching.catch((error: unknown) => error);
  await expect.poll(() => asked.length).toBe(1);
  stop.abort(new Error('enough'));
  expect(await fault).toMatchObject({ message: 'enough' });
  expect(asked).toHaveLength(1);
});
