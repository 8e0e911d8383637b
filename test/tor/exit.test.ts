import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Transport } from '../../core/drop/transport.ts';
import { overSocks, overTor, parseSocksPort } from '../../node/transport/tor.ts';
import { journey, network, openDesk, openStage, passphrase, type Stage } from './stage.ts';
import { type Stream, streamsDuring } from './streams.ts';

describe.skipIf(network === undefined)('through exits', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage.close());

  const duringTor = (act: () => Promise<unknown>) => streamsDuring(network!.control, act);

  test('the journey of the demo, byte for byte, each request on a circuit of its own', async () => {
    const desk = await openDesk(stage, stage.url, network!.socks);
    const streams = await duringTor(() => journey(desk, stage.drop));
    const [drop, uploads] = [stage.url, stage.uploads].map((url) => new URL(url).host);
    // Three times an upload URL and a cell, then the registration; a list, a batch, three cells. Tor may fail a request,
    // which is then tried again.
    const count = (host: string) => streams.filter(({ target }) => target === host).length;
    expect(count(uploads!)).toBeGreaterThanOrEqual(3);
    expect(count(drop!)).toBeGreaterThanOrEqual(9);
    expect(count(uploads!) + count(drop!)).toBe(streams.length);
    expectApart(streams);
  });

  test('a letter of one cell takes its steps on different circuits', async () => {
    const desk = await openDesk(stage, stage.url, network!.socks);
    const streams = await duringTor(async () => {
      const uploaded = await desk.run(['upload', '--to', 'jane.contact'], { input: 'short' });
      expect(uploaded, uploaded.words).toMatchObject({ status: 0 });
      const registered = await desk.run(['register', uploaded.out.trim(), '--to', 'jane.contact']);
      expect(registered, registered.words).toMatchObject({ status: 0 });
      const opened = await desk.run(['open', uploaded.out.trim()], { passphrase });
      expect(opened, opened.words).toMatchObject({ status: 0 });
    });
    expect(streams.length).toBeGreaterThanOrEqual(4); // an upload URL, the cell, the registration; the cell again
    expectApart(streams);
  });

  test('circuits would be seen to be shared, where credentials are', async () => {
    const onion = [parseSocksPort(network!.socks)];
    const fixed = { user: Buffer.from('same'), password: Buffer.from('same') };
    const get = async (transport: Transport) => {
      // The certificate is not trusted here: the connection is made, and that is all that is looked at.
      const url = new URL(`${stage.url}/upload-url`);
      const asked = transport({ method: 'GET', url, headers: {}, answerMaxBytes: 100 });
      await expect(asked).rejects.toThrow("the drop's certificate is not valid");
    };
    const thrice = async (transport: Transport) => {
      for (let i = 0; i < 3; i += 1) await get(transport);
    };
    const shared = await duringTor(() => thrice(overSocks(onion, () => fixed)));
    expect(new Set(shared.map(({ circuit }) => circuit)).size).toBe(1);
    expect(() => expectApart(shared)).toThrow();
    expectApart(await duringTor(() => thrice(overTor(onion))));
  });
});

function expectApart(streams: readonly Stream[]): void {
  expect(streams.length).toBeGreaterThan(2);
  expect(new Set(streams.map(({ circuit }) => circuit)).size).toBe(streams.length);
  expect(new Set(streams.map(({ user }) => user)).size).toBe(streams.length);
}
