import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { getAsset, getRawAsset } from 'node:sea';
import { Worker } from 'node:worker_threads';
import type { Built, Part } from '../program.ts';

/* The program as one file that needs no Node: what is a file elsewhere is an asset in it. */

/**
 * Its programs, in the order in which their hash is taken. The first is what people type. Argon2id is not among them: the
 * Node that is in it has that.
 */
export const PROGRAMS = ['bin/dead-drop', 'metadata/child', 'node/open-boxes'] as const;

export const form = 'executable';

export function startThread(part: Part, workerData: object): Worker {
  return new Worker(getAsset(part, 'utf8'), { eval: true, workerData });
}

/** It starts itself, and `main.ts` in it takes the part. Node's options reach an executable by the environment only. */
export function startProcess(part: Part, nodeOptions: readonly string[], options: ForkOptions): ChildProcess {
  const env = { ...options.env, NODE_OPTIONS: nodeOptions.join(' ') };
  return fork(part, { ...options, env, execPath: process.execPath, execArgv: [] });
}

export function readBuilt(name: Built): string {
  return getAsset(name, 'utf8');
}

/** SHA-256 of the programs, one after another. */
export function programsHash(): string {
  const digest = createHash('sha256');
  for (const name of PROGRAMS) digest.update(new Uint8Array(getRawAsset(name) as ArrayBuffer));
  return digest.digest('hex');
}
