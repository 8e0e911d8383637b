import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

// Debian's Python, which has Debian's python3-nacl and python3-argon2: another one may stand before it in the path.
const PYTHON = '/usr/bin/python3';
const make = fileURLToPath(new URL('second/make.py', import.meta.url));
const hasLibraries = spawnSync(PYTHON, ['-c', 'import nacl, argon2']).status === 0;

test.skipIf(!hasLibraries && !process.env.CI)(
  'a second implementation makes these test vectors, byte for byte and no others, and reads each as it says',
  async () => {
    expect(hasLibraries, 'python3-nacl and python3-argon2 are installed').toBe(true);
    const { stdout, stderr } = await promisify(execFile)(PYTHON, [make, '--check']).catch((error) => error);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^[1-9]\d* vectors, 0 wrong\n$/);
  },
  600_000,
);
