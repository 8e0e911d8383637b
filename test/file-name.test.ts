import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeFileName, spelledOut, untaken } from '../core/inbox/file-name.ts';

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
  ['invoice.pdf \u00a0\t\u3000   .exe', 'invoice.pdf _ .exe'],
  ['Desktop.ini', '_Desktop.ini'],
  ['ｄesktop.ini', '_ｄesktop.ini'],
  ['ＣＯＮ.txt', '_ＣＯＮ.txt'],
  ['com¹', '_com¹'],
  ['ehthumbs.db', '_ehthumbs.db'],
  ['AutoRun.inf', '_AutoRun.inf'],
  ['autorun.sh', '_autorun.sh'],
])('the name %j becomes %j', (name, safe) => {
  expect(safeFileName(name)).toBe(safe);
});

/** One of each family that a system resolves when a folder is shown, or that is there to lead elsewhere. */
const ACTING = [
  ...['library-ms', 'searchConnector-ms', 'search-ms', 'url', 'lnk', 'scf', 'pif', 'website', 'appref-ms', 'contact'],
  ...[
    'theme',
    'themepack',
    'settingcontent-ms',
    'cpl',
    'shs',
    'rdp',
    'application',
    'jnlp',
    'hta',
    'chm',
    'udl',
    'iqy',
  ],
  ...['dotm', 'xltx', 'potx', 'xll', 'asx', 'wax', 'm3u', 'm3u8', 'pls', 'xspf', 'wpl', 'torrent', 'xfdf'],
  ...['webloc', 'inetloc', 'fileloc', 'terminal', 'command', 'mobileconfig', 'webarchive'],
  ...['desktop', 'directory', 'flatpakref'],
];

test.each(ACTING)('a name in .%s is written as that of a text, however it is spelled', (ending) => {
  const wide = [...ending].map((letter) =>
    /[!-~]/.test(letter) ? String.fromCodePoint(letter.codePointAt(0)! + 0xfee0) : letter,
  );
  for (const name of [ending, ending.toUpperCase(), wide.join('')].map((each) => `Plan.${each}`)) {
    expect(safeFileName(name)).toBe(`${name}.txt`);
  }
  expect(safeFileName(`plan\uff0e${ending}`)).toBe(`plan\uff0e${ending}.txt`);
  // A cut may not bring it to light.
  expect(safeFileName(`${'a'.repeat(119 - ending.length)}.${ending}${'b'.repeat(50)}`)).toMatch(/^a{50,}.*\.txt$/);
  expect(safeFileName(`${'a'.repeat(200)}.${ending}`)).toHaveLength(120);
  // Windows takes dots and blanks at the end for nothing, and a stream for a part of the same file.
  for (const end of ['.', ' ', ' . .', '\u200b', ':$DATA', '::$DATA']) {
    expect(safeFileName(`plan.${ending}${end}`)).toMatch(/_(DATA)?$/);
  }
  expect(safeFileName(`plan.${ending}.pdf`)).toBe(`plan.${ending}.pdf`);
});

test('a name that ends in the class of a Windows object is written as that of a text', () => {
  const ending = '{ED7BA470-8E54-465E-825C-99712043E01C}';
  expect(safeFileName(`Plan.${ending}`)).toBe(`Plan.${ending}.txt`);
  expect(safeFileName(`Plan\uff0e\uff5b${ending.slice(1)}`)).toMatch(/\}\.txt$/);
});

test.each([
  'a.docx',
  'a.xlsx',
  'a.pdf',
  'a.jpg',
  'a.mp3',
  'a.eml',
  'a.html',
  'a.tar.gz',
  'a.exe',
  'url',
  'lnk list',
  'a',
])('the name %s stays', (name) => expect(safeFileName(name)).toBe(name));

test.each([
  ['plan.url', '"plan.url"'],
  ['a\u202egpj.exe', '"a\\u{202e}gpj.exe"'],
  ['a\n"b"\\', '"a\\u{a}\\u{22}b\\u{22}\\u{5c}"'],
  ['a\u00a0b  c', '"a\\u{a0}b  c"'],
  ['a\uff0eurl', '"a\\u{ff0e}url"'],
  ['u\u0308ber.txt', '"u\\u{308}ber.txt"'],
  ['Öl 報告書', '"Öl 報告書"'],
  ['\ud800', '"\\u{d800}"'],
])('the name %j is told as %s', (name, told) => {
  expect(spelledOut(name)).toBe(told);
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
        expect(spelledOut(name)).toMatch(/^"[^\p{C}\p{Zl}\p{Zp}]*"$/u);
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
