import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { sealDecoy } from '../lambdas/seal-decoy.ts';
import { readAssembly } from '../local/assembly.ts';
import { openDatabase } from '../local/database.ts';
import { type LocalDrop, startDrop } from '../local/drop.ts';
import type { Intercept } from '../local/gateway.ts';
import { openMessages } from '../local/messages.ts';
import { openObjects } from '../local/objects.ts';
import { readStack } from '../local/stack.ts';
import { linesOf } from '../wire/batch.ts';
import { formatSealedId } from '../wire/sealed-id.ts';
import { SLOT_SECONDS } from '../wire/sizes.ts';
import { slotBefore } from '../wire/slot.ts';
import { synthesize } from './synthesize.ts';

/** What is already there when a drop starts, as only a fault or its operator could have put it there. */
export interface Planted {
  /** Bodies of messages in the queue. */
  readonly messages?: readonly string[];
  /** Objects by their key. */
  readonly objects?: Readonly<Record<string, Uint8Array>>;
}

export interface TestDropOptions {
  /** Props other than the defaults; synthesizing them takes some seconds. */
  readonly props?: Record<string, number | string>;
  /** In place of props: a folder with a drop that was changed by hand. It stays. */
  readonly outdir?: string;
  readonly planted?: Planted;
  readonly intercept?: Intercept;
  /** The origin under which clients know its storage. @default - its own */
  readonly uploads?: string;
  /** Its first time, in milliseconds since 1970. @default - that of FIRST_SLOT */
  readonly start?: number;
}

/** A drop whose time stands still until it is told to pass, and whose schedules do not fire. */
export interface TestDrop extends LocalDrop {
  /** Lets seconds of the drop's time pass. */
  pass(seconds: number): void;
  /** Lets the time of a slot pass, then publishes. @throws Error when the publisher fails */
  tick(): Promise<void>;
  /** The lines of each batch, by its slot. */
  batches(): Map<string, string[]>;
  /** What the functions printed, which should be nothing. */
  readonly printed: readonly string[];
}

/** The folder of a drop as anybody would deploy it, for reading only. */
export const sharedOutdir = (): string => inject('outdir');

/** The first time of every test's drop. */
const START = '2026-11-22T11:25:00Z';

/** The slot of its first tick. */
export const FIRST_SLOT = slotBefore(START, -1);

/** Genuine sealed ids, as lines, that nobody can open. */
export const sealedIds = (count: number): string[] => Array.from({ length: count }, () => formatSealedId(sealDecoy()));

/** Runs a drop until the test ends. Tests that run at the same time each hand over their own `onTestFinished`. */
export async function withDrop(options: TestDropOptions = {}, atEnd = onTestFinished): Promise<TestDrop> {
  const drop = await openDrop(options);
  atEnd(drop.close);
  return drop;
}

/** Runs a drop until its `close` is called, once. */
export async function openDrop(options: TestDropOptions = {}): Promise<TestDrop> {
  const { props, planted, intercept, uploads, start = Date.parse(START) } = options;
  const outdir = props === undefined ? (options.outdir ?? sharedOutdir()) : await synthesize(props);
  const data = mkdtempSync(join(tmpdir(), 'dead-drop-'));
  const remove = () => {
    for (const folder of props === undefined ? [data] : [data, outdir]) rmSync(folder, { recursive: true });
  };
  let now = start;
  const clock = { now: () => now };
  const pass = (seconds: number) => {
    now += seconds * 1000;
  };
  const printed: string[] = [];
  const log = (line: string) => void printed.push(line);
  if (planted !== undefined) plant(outdir, data, planted);
  const drop = await startDrop({ outdir, data, schedules: false, clock, intercept, uploads, log });
  return {
    ...drop,
    printed,
    pass,
    async tick() {
      pass(SLOT_SECONDS);
      await drop.invoke('publish-ids', { time: new Date(now).toISOString() });
    },
    batches() {
      const found = drop.objects('ids/').map(({ key }) => [key.slice('ids/'.length), drop.object(key)!] as const);
      return new Map(found.map(([slot, body]) => [slot, [...linesOf(body)]]));
    },
    async close() {
      await drop.close();
      remove();
    },
  };
}

function plant(outdir: string, data: string, planted: Planted): void {
  const ends = { api: 'http://127.0.0.1:1', storage: 'http://127.0.0.1:2' };
  const { buckets, queues } = readStack(readAssembly(outdir), ends);
  const database = openDatabase(data);
  const clock = { now: () => Date.parse(START) };
  const messages = openMessages(database, clock, 1);
  for (const body of planted.messages ?? []) messages.send(queues[0]!.name, body, 'planted');
  const objects = openObjects(database, clock);
  for (const [key, body] of Object.entries(planted.objects ?? {})) {
    objects.put(buckets[0]!.name, key, body, 'binary/octet-stream', true);
  }
  database.sql.close();
}
