import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeFileName, untaken } from '../client/inbox/file-name.ts';

test.each([
  ['report.pdf', 'report.pdf'],
  ['Bericht über Öl.docx', 'Bericht über Öl.docx'],
  ['報告書.txt', '報告書.txt'],
  ['../../etc/passwd', '__.._etc_passwd'],
  ['C:\\Windows\\a.exe', 'C__Windows_a.exe'],
  ['/absolute', '_absolute'],
  ['..', 'file'],
  ['.', 'file'],
  ['', 'file'],
  ['   ', 'file'],
  ['.bashrc', '_bashrc'],
  ['-rf', '_rf'],
  ['~root', '_root'],
  ['CON', '_CON'],
  ['con.txt', '_con.txt'],
  ['LPT9.tar.gz', '_LPT9.tar.gz'],
  ['console.txt', 'console.txt'],
  ['trailing. . ', 'trailing_'],
  ['line\nbreak', 'line_break'],
  ['nul\0byte', 'nul_byte'],
  ['\u001b[31mred', '_[31mred'],
  ['invoice\u202Efdp.exe', 'invoice_fdp.exe'],
  ['zero\u200Bwidth', 'zero_width'],
  ['$(rm) `x`', '_(rm) _x_'],
  ['a\u0301', '\u00e1'],
  ['lone\ud800', 'lone_'],
  ['wide\u3000space', 'wide space'],
])('the name %j becomes %j', (name, safe) => {
  expect(safeFileName(name)).toBe(safe);
});

test('a long name is cut to 120 bytes by whole characters, and keeps its extension', () => {
  const safe = safeFileName(`${'ü'.repeat(300)}.pdf`);
  expect(safe).toBe(`${'ü'.repeat(58)}.pdf`);
  expect(Buffer.byteLength(safeFileName(`a.${'x'.repeat(300)}`))).toBe(120);
});

test('whatever a name is, it becomes one visible file in its folder, and stays what it became', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dead-drop-test-'));
  try {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string()), (name) => {
        const safe = safeFileName(name);
        expect(dirname(join(folder, safe))).toBe(folder);
        expect(safe).toMatch(/^[^.\s~-]/u);
        expect(safe).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}/\\:*?"<>|]|[. ]$/u);
        expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(120);
        expect(safeFileName(safe)).toBe(safe);
        writeFileSync(join(folder, safe), '', { flag: 'w' });
      }),
      { numRuns: 2000 },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('names that a file system may take for the same get numbers', () => {
  const taken = new Set<string>();
  const names = ['a.txt', 'A.TXT', 'a.txt', 'ﬁle', 'FILE', 'a (2).txt'].map((name) => untaken(name, taken));
  expect(names).toEqual(['a.txt', 'A (2).TXT', 'a (3).txt', 'ﬁle', 'FILE (2)', 'a (2) (2).txt']);
});
