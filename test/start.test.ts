import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { swallowedByNpm } from '../scripts/swallowed.ts';
import { folder } from './people.ts';

const start = join(import.meta.dirname, '../scripts/start.ts');

test('options that npm kept for itself are told, with the line that hands them on', () => {
  const taken = { npm_lifecycle_event: 'start', npm_config_speed: '1000', npm_config_other: 'x' };
  expect(swallowedByNpm('start', ['port', 'speed'], taken)).toBe(
    'npm kept --speed for itself: write npm start -- --speed 1000',
  );
  const quick = { npm_lifecycle_event: 'bench', npm_config_quick: 'true', npm_config_only: 'ids' };
  expect(swallowedByNpm('bench', ['only', 'quick'], quick)).toBe(
    'npm kept --only, --quick for itself: write npm run bench -- --only ids --quick',
  );
  expect(swallowedByNpm('start', ['port', 'speed'], { npm_lifecycle_event: 'start' })).toBeUndefined();
  expect(swallowedByNpm('start', ['speed'], { npm_config_speed: '7' })).toBeUndefined(); // not by npm
});

test('a folder that cannot be written is named as the reason, before anything is synthesized', () => {
  const file = join(folder(), 'file');
  writeFileSync(file, '');
  const run = (args: string[], env = {}) =>
    spawnSync(process.execPath, [start, ...args], { encoding: 'utf8', env: { ...process.env, ...env } });
  const data = run(['--data', join(file, 'data')], { npm_lifecycle_event: 'start', npm_config_speed: '1000' });
  expect(data.status).toBe(1);
  expect(data.stderr).toMatch(
    /^npm kept --speed for itself: .*\nthe folder of --data cannot be made: the system says: .*\n$/,
  );
  const temporary = run([], { TMPDIR: file });
  expect(temporary.status).toBe(1);
  expect(temporary.stderr).toMatch(/^the folder for temporary files .* cannot be written: the system says: .*\n$/);
});
