import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/*
 * The program as it is installed: files in a folder, of a checkout or of the package. `executable/program.ts` is the same
 * for the one file that needs no Node: the condition `executable` of package.json chooses it.
 */

/** What of the program runs beside the command, by its file without an ending. */
export type Part = 'node/argon2' | 'node/open-boxes' | 'metadata/child';

/** What a release puts beside the program, which a checkout makes of its sources. */
export type Built = 'page/template.html' | 'release.json';

/** How the program came to be where it is. */
export const form: 'executable' | 'package' | 'checkout' = extname(import.meta.url) === '.ts' ? 'checkout' : 'package';

/** Runs a part in a thread of this process. */
export function startThread(part: Part, workerData: object): Worker {
  return new Worker(placeOf(part), { workerData });
}

/** Runs a part in a process of its own, under a Node with other options: each one word. */
export function startProcess(part: Part, nodeOptions: readonly string[], options: ForkOptions): ChildProcess {
  return fork(placeOf(part), { ...options, execArgv: [...nodeOptions] });
}

/** What was built. @returns undefined in a checkout */
export function readBuilt(name: Built): string | undefined {
  const place = new URL(`../${name}`, import.meta.url);
  return existsSync(place) ? readFileSync(place, 'utf8') : undefined;
}

/** What an executable says of the programs in it. @returns undefined where they are files */
export function programsHash(): string | undefined {
  return undefined;
}

/** A part's file, which is a .js file once it is published. */
function placeOf(part: Part): URL {
  return new URL(`../${part}${extname(import.meta.url)}`, import.meta.url);
}
