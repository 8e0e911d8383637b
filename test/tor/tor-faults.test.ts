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
  /** Calls back when the first cells are through, in the middle of the next. */
  const inTheMiddle = (act: () => Promise<void>) => ({
    meanwhile: (child: Parameters<NonNullable<CommandOptions['meanwhile']>>[0]) =>
      child.stderr!.once('data', () => void act()),
  });
  const restart = async () => {
    tor = await startClient(network!, { port: Number(tor.socks.split(':')[1]) });
  };

  test('killed in the middle of a PUT and gone: one line, nothing registered, nothing sent another way', async () => {
    const { under, addresses } = watchSystemCalls(stage.folder);
    const before = stage.drop.waiting();
    const ended = await send({ under, ...inTheMiddle(() => tor.kill()) });
    expect(ended).toMatchObject({ status: 1, out: '' });
    expect(ended.words.replace(/^(uploading: .*\n)*/, '')).toBe(
      'dead-drop: Tor is not running here: start Tor or Tor Browser, or name its SOCKS port with --socks\n',
    );
    expect(addresses()).toEqual(new Set([tor.socks]));
    expect(stage.drop.waiting()).toBe(before);
  });

  test('stopped before: one line at once, for whoever sends and whoever reads', async () => {
    const line = 'dead-drop: Tor is not running here: start Tor or Tor Browser, or name its SOCKS port with --socks\n';
    expect(await send({})).toMatchObject({ status: 1, out: '', words: line });
    expect(await desk.run(['read'], { passphrase })).toMatchObject({ status: 1, out: '', words: line });
  });

  test('killed in the middle of a PUT and started again: the letter goes on and arrives', async () => {
    await restart();
    let back: Promise<void> | undefined;
    const sent = await send(
      inTheMiddle(async () => {
        back = tor.kill().then(restart);
      }),
    );
    await back;
    expect(sent, sent.words).toMatchObject({ status: 0 });
    await stage.drop.tick();
    const read = await desk.run(['read'], { passphrase });
    expect(read).toMatchObject({ status: 0, out: expect.stringMatching(/^inbox\/letter-/) });
  });
});
