import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { en } from '../../page/languages/en.ts';
import type { Ended } from '../command.ts';
import { type Desk, openDesk, passphrase } from '../tor/stage.ts';
import type { TestBrowser, Visit } from './browser.ts';
import { type Source, sourceAt } from './source.ts';
import { ONION, openStandIn, type StandIn } from './stand-in.ts';

export const NAME = 'Jane Doe';

/** A journalist with a page, and a drop behind an onion front that serves it too, without Tor. */
export interface Newsroom {
  readonly standIn: StandIn;
  readonly desk: Desk;
  readonly folder: string;
  /** Where the page is to be had. */
  readonly places: Readonly<Record<'file' | 'onion', string>>;
  /** Runs the journalist's command. */
  jane(args: readonly string[], input?: string): Promise<Ended>;
  /** Has the drop publish, and the journalist read the one letter that came. @returns its folder */
  received(): Promise<string>;
  close(): Promise<void>;
}

export async function openNewsroom(): Promise<Newsroom> {
  const folder = mkdtempSync(join(tmpdir(), 'dead-drop-newsroom-'));
  let desk!: Desk;
  const standIn = await openStandIn(async (socks) => {
    desk = await openDesk({ folder }, ONION, socks);
    const made = await desk.run(['page', '--contact', 'jane.contact', '--name', NAME, '--out', 'jane.html']);
    expect(made, made.words).toMatchObject({ status: 0 });
    return readFileSync(join(desk.cwd, 'jane.html'));
  });
  const jane = async (args: readonly string[], input?: string) => {
    const ended = await desk.run(args, { passphrase, ...(input !== undefined && { input }) });
    expect(ended, ended.words).toMatchObject({ status: 0 });
    return ended;
  };
  return {
    standIn,
    desk,
    folder,
    places: { file: `file://${join(desk.cwd, 'jane.html')}`, onion: `${ONION}/` },
    jane,
    async received() {
      await standIn.drop.tick();
      const { out } = await jane(['read', '--inbox', 'inbox']);
      expect(out).toMatch(/^inbox\/letter-\w+\n$/);
      return join(desk.cwd, out.trim());
    },
    async close() {
      await standIn.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Opens a page anew, as on another day, with somebody before it. */
export async function arrive(browser: TestBrowser, url: string): Promise<{ visit: Visit; source: Source }> {
  const visit = await browser.open(url);
  const source = await sourceAt(visit);
  await source.sees(en.person.title(NAME));
  return { visit, source };
}
