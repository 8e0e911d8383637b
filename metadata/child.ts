import { readFile } from 'node:fs/promises';
import { isMainThread, workerData } from 'node:worker_threads';
import { startThread } from '#program';
import { DONE, type Finding } from './finding.ts';

/** More than these are told of no file. */
const METADATA_MAX = 100;

/** What the parsers may take beyond what they start with: the file, its parts unpacked, and as much again. */
const MEMORY_MAX_BYTES = 2 ** 30;
const LOOKED_AFTER_MS = 25;

if (isMainThread) await read();
else if (workerData?.parent !== undefined) lookAfter(workerData.parent);

/** Tells of one file after another, as the parent sends their paths. */
async function read(): Promise<void> {
  startThread('metadata/child', { parent: process.ppid });
  const { inspect } = await import('./inspect.ts');
  // A damaged file may leave promises behind that no one waits for.
  process.on('unhandledRejection', () => {});
  process.on('disconnect', () => process.exit());
  process.on('message', async (path: string) => {
    const told = new Set<string>();
    try {
      for await (const finding of inspect(await readFile(path))) {
        const key = JSON.stringify(finding);
        if (told.has(key) || (told.size >= METADATA_MAX && typeof finding !== 'string')) continue;
        told.add(key);
        tell(finding);
      }
    } catch {
      tell('damaged');
    }
    tell(DONE);
  });
}

function tell(finding: Finding | typeof DONE): void {
  process.send!(finding);
}

/** While a parser is busy, only another thread can see that memory runs out, or that the parent is gone. */
function lookAfter(parent: number): void {
  const before = process.memoryUsage.rss();
  setInterval(() => {
    if (process.memoryUsage.rss() - before > MEMORY_MAX_BYTES || process.ppid !== parent) {
      process.kill(process.pid, 'SIGKILL');
    }
  }, LOOKED_AFTER_MS);
}
