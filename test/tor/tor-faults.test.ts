import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CommandOptions } from '../command.ts';
import { startClient, type TorClient } from './network.ts';
import { type Desk, network, openDesk, openStage, passphrase, type Stage } from './stage.ts';
import { watchSystemCalls } from './system-calls.ts';

describe.skipIf(network === undefined)('when Tor fails', () => {
  let stage: Stage;
  let tor: TorClient;
  let desk: Desk;
  beforeAll(async () => {
    stage = await openStage();
    tor = await startClient(network!);
    desk = await openDesk(stage, stage.url, tor.socks);
    writeFileSync(join(desk.cwd, 'large'), randomBytes(12 * 2 ** 20));
  });
  afterAll(async () => {
    await tor.stop();
    await stage.close();
  });

  const send = (options: Partial<CommandOptions>) => desk.run(['send', '--to', 'jane.contact', 'large'], options);
  /** Resolves in the middle of PUTs: two and a half cells have reached the drop, and the rest is held there. */
  const inTheMiddle = () => stage.holdUploadAfter(2.5 * 2 ** 20);
  const restart = async () => {
    tor = await startClient(network!, { port: Number(tor.socks.split(':')[1]) });
  };

  const LINE = 'dead-drop: Tor is not running here: start Tor or Tor Browser, or name its SOCKS port with --socks\n';
  const LOST =
    'nothing was registered: the letter does not arrive, and nobody can read what was uploaded of it; send it anew\n';
  /** What is said besides: for whom the letter is, what of its files could not be looked into, and how it goes. */
  const ABOUT =
    /^(to the identity with the fingerprint [0-9A-Z ]{39}|compare it with .*|large: of a kind that .*|uploading: .*|waiting for .*|\d+ cells? \(.*\), sent at once: .*)\n/gm;

  test('killed in the middle of a PUT and gone: one line, nothing registered, nothing sent another way', async () => {
    const { under, addresses } = watchSystemCalls(stage.folder);
    const before = stage.drop.waiting();
    const uploads = stage.drop.objects('uploads/').length;
    const killed = inTheMiddle().then(() => tor.kill());
    const ended = await send({ under });
    await killed;
    // Four travel side by side: of what has come, two can be whole.
    expect(stage.drop.objects('uploads/').length - uploads).toBeLessThanOrEqual(2);
    expect(ended).toMatchObject({ status: 1, out: '' });
    expect(ended.words.replace(ABOUT, '')).toBe(LOST + LINE);
    expect(addresses()).toEqual(new Set([tor.socks]));
    expect(stage.drop.waiting()).toBe(before);
  });

  test('stopped before: one line at once, for whoever sends and whoever reads', async () => {
    const sent = await send({});
    expect([sent.status, sent.out, sent.words.replace(ABOUT, '')]).toEqual([1, '', LINE]);
    expect(await desk.run(['read'], { passphrase })).toMatchObject({ status: 1, out: '', words: LINE });
  });

  test('killed in the middle of a PUT and started again: the letter goes on and arrives', async () => {
    await restart();
    const back = inTheMiddle()
      .then(() => tor.kill())
      .then(restart);
    const sent = await send({});
    await back;
    expect(sent, sent.words).toMatchObject({ status: 0 });
    await stage.drop.tick();
    const read = await desk.run(['read'], { passphrase });
    expect(read).toMatchObject({ status: 0, out: expect.stringMatching(/^inbox\/letter-/) });
  });
});
