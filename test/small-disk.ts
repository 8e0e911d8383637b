import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { folder } from './people.ts';

/** A small disk, which is gone when the test ends. @returns its folder, or undefined where none can be made */
export function smallDisk(mebibytes: number): string | undefined {
  const at = folder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', at], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', at]));
  return at;
}

/** Fills a disk. @returns the file that fills it */
export function fill(disk: string): string {
  const others = join(disk, 'others');
  for (let step = 2 ** 20; step >= 4096; step /= 16) {
    try {
      for (;;) writeFileSync(others, new Uint8Array(step), { flag: 'a' });
    } catch {}
  }
  return others;
}
