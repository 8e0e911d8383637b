import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject } from 'vitest';
import { type CommandOptions, command, type Ended } from '../command.ts';
import { openDrop, type Planted, type TestDrop } from '../drop.ts';
import { makeCertificate, openTlsFront } from './tls-front.ts';

/** The network that all these tests share, or undefined where tor is not installed and they are skipped. */
export const network = inject('tor');

/** A drop that is reached by names which only Tor's exits know, over TLS. */
export interface Stage {
  readonly drop: TestDrop;
  /** Base URL of the drop, `https://drop.test:...`. */
  readonly url: string;
  /** Origin of upload URLs, `https://<bucket>.uploads.test:...`. */
  readonly uploads: string;
  /** Stops an upload when so many more bytes have come to that origin: see TlsFront. */
  holdUploadAfter(bytes: number): Promise<void>;
  /** PEM file of the authority that vouches for both. */
  readonly authorities: string;
  readonly folder: string;
  close(): Promise<void>;
}

/** @param planted - what is in the drop from the beginning */
export async function openStage(planted?: Planted): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'dead-drop-stage-'));
  const certificate = makeCertificate(folder);
  let drop: TestDrop | undefined;
  const front = await openTlsFront('drop.test', certificate, () => drop!.url);
  const storage = await openTlsFront('uploads.test', certificate, () => drop!.storage);
  drop = await openDrop({ uploads: storage.url, ...(planted && { planted }) });
  const close = async () => {
    await drop.close();
    front.close();
    storage.close();
    rmSync(folder, { recursive: true });
  };
  const uploads = await originOfUploads(drop.url);
  return {
    drop,
    url: front.url,
    uploads,
    holdUploadAfter: storage.holdAfter,
    authorities: certificate.file,
    folder,
    close,
  };
}

/** The origin of the upload URLs that a drop gives. */
async function originOfUploads(url: string): Promise<string> {
  const answer = (await (await fetch(`${url}/upload-url`)).json()) as { url: string };
  return new URL(answer.url).origin;
}

export const passphrase = 'correct horse battery staple\n';

/** A folder with a journalist's identity and contact in it, where commands run that use a SOCKS port. */
export interface Desk {
  readonly cwd: string;
  /** Runs a command; those that need a network are told of the SOCKS port. */
  run(args: readonly string[], options?: Partial<CommandOptions>): Promise<Ended>;
}

/** Makes a desk for a drop. @param socks - what `--socks` gets @param program - see CommandOptions */
export async function openDesk(
  stage: Pick<Stage, 'folder'> & Partial<Pick<Stage, 'authorities'>>,
  url: string,
  socks: string,
  program?: readonly string[],
): Promise<Desk> {
  const cwd = mkdtempSync(join(stage.folder, 'desk-'));
  const env = {
    ...(stage.authorities !== undefined && { NODE_EXTRA_CA_CERTS: stage.authorities }),
    NODE_NO_WARNINGS: '1',
  };
  const run = (args: readonly string[], options: Partial<CommandOptions> = {}) => {
    const [name] = args as [string];
    const transport = ['keygen', 'contact', 'inbox'].includes(name) ? [] : ['--socks', socks];
    return command([...args, ...transport], {
      cwd,
      ...(program && { program }),
      ...options,
      env: { ...env, ...options.env },
    });
  };
  expect(await run(['keygen', '--drop', url], { passphrase })).toMatchObject({ status: 0 });
  const contact = await run(['contact'], { passphrase });
  writeFileSync(join(cwd, 'jane.contact'), contact.out);
  return { cwd, run };
}

/** What the demo's source writes. */
export const TEXT =
  'They knew since March. The recording is from the meeting on the 4th; the figures are in the table.\n';
const TABLE = 'month,tonnes reported,tonnes dumped\nJanuary,12,340\nFebruary,9,411\nMarch,0,498\n';

/**
 * The demo's journey with the commands that people type: a text, a recording of three cells, a table.
 *
 * @param under - see CommandOptions
 */
export async function journey({ cwd, run }: Desk, drop: TestDrop, under: readonly string[] = []): Promise<void> {
  const recording = randomBytes(2_500_000);
  mkdirSync(join(cwd, 'files'), { recursive: true });
  writeFileSync(join(cwd, 'files/recording.wav'), recording);
  writeFileSync(join(cwd, 'files/table.csv'), TABLE);
  const letter = ['send', '--to', 'jane.contact', '--text-file', '-', 'files/recording.wav', 'files/table.csv'];
  const sent = await run(letter, { input: TEXT, under });
  expect(sent, sent.words).toMatchObject({ status: 0, out: '' });
  await drop.tick();
  const read = await run(['read', '--inbox', 'inbox'], { passphrase, under });
  expect(read, read.words).toMatchObject({ status: 0 });
  const folder = join(cwd, read.out.trim());
  expect(readFileSync(join(folder, 'letter.txt'), 'utf8')).toBe(TEXT);
  expect(readFileSync(join(folder, 'recording.wav')).equals(recording)).toBe(true);
  expect(readFileSync(join(folder, 'table.csv'), 'utf8')).toBe(TABLE);
}
