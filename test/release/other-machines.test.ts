import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, inject, test } from 'vitest';
import { fileOf } from './build.ts';

const release = inject('release');

/** The same in every executable, wherever it stands there. */
const programs = readFileSync(fileOf(release, /\.js$/));

test('there is an executable for each machine that is promised, with the same programs in it', () => {
  const names = readdirSync(release).filter((name) => /^dead-drop-[\d.]+-(linux|windows|macos)/.test(name));
  expect(names.sort()).toEqual([
    'dead-drop-0.1.0-linux-arm64',
    'dead-drop-0.1.0-linux-x64',
    'dead-drop-0.1.0-windows-x64.exe',
  ]);
  // Each program begins like this, and stands in one piece.
  const beginning = Buffer.from('const PLACE = process.execPath');
  const starts: number[] = [];
  for (let at = programs.indexOf(beginning); at >= 0; at = programs.indexOf(beginning, at + 1)) starts.push(at);
  expect(starts).toHaveLength(3);
  for (const name of names) {
    const executable = readFileSync(join(release, name));
    for (const [i, start] of starts.entries())
      expect(executable.includes(programs.subarray(start, starts[i + 1])), name).toBe(true);
  }
});

test('each is for its machine', () => {
  const arm = readFileSync(fileOf(release, /-linux-arm64$/));
  expect([arm.toString('latin1', 1, 4), arm.readUInt16LE(18)]).toEqual(['ELF', 183]); // EM_AARCH64
  const windows = readFileSync(fileOf(release, /-windows-x64\.exe$/));
  const header = windows.readUInt32LE(0x3c);
  expect([windows.toString('latin1', header, header + 2), windows.readUInt16LE(header + 4)]).toEqual(['PE', 0x8664]);
  // Node's signature would be wrong, and is not there any more.
  const certificates = header + 24 + 112 + 4 * 8;
  expect(windows.readBigUInt64LE(certificates)).toBe(0n);
});

test('what is in the executables names no folder of the machine that made them', () => {
  const places = [process.cwd(), execFileSync('sh', ['-c', 'echo ~'], { encoding: 'utf8' }).trim()];
  const texts = readdirSync(release).filter((name) => /\.(js|html|json|tgz)$/.test(name));
  expect(texts.length).toBe(4);
  for (const name of texts) {
    const packed = readFileSync(join(release, name));
    const content = name.endsWith('.tgz') ? gunzipSync(packed) : packed;
    for (const place of places.filter((each) => each.length > 5)) expect(content.includes(place)).toBe(false);
  }
});
