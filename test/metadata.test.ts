import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflateRawSync, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { letterFiles } from '../bin/letter-files.ts';
import { warnOfMetadata } from '../bin/metadata.ts';
import { findMetadata } from '../metadata/metadata.ts';
import * as sample from './metadata-samples.ts';

const folder = mkdtempSync(join(tmpdir(), 'dead-drop-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;

/** Every file gets the same kind of name, whatever is in it. */
function written(content: Uint8Array | string): string {
  const path = join(folder, `${++count}.txt`);
  writeFileSync(path, content);
  return path;
}

async function tellAll(contents: readonly (Uint8Array | string)[]) {
  return (await findMetadata(contents.map(written))).map(({ metadata, unread }) => ({
    metadata: metadata.map(({ what, value }) => `${what}: ${value}`),
    unread,
  }));
}

async function tell(content: Uint8Array | string) {
  return (await tellAll([content]))[0]!;
}

const photoWith = (...more: string[]) => [...sample.photo, ...more];

/** One of each kind, and what it tells. */
const telling: Readonly<Record<string, readonly [content: Buffer, metadata: readonly string[]]>> = {
  docx: [sample.docx(), sample.docxTells],
  xlsx: [sample.xlsx(), sample.xlsxTells],
  pptx: [sample.pptx(), sample.pptxTells],
  odt: [sample.odt(), sample.odtTells],
  pdf: [sample.pdf(), sample.pdfTells],
  jpeg: [
    sample.jpeg(sample.exifSegment(), sample.iptcSegment(), sample.xmpSegment()),
    photoWith('author: Ipp Tc', 'author: Xavier Xmp', 'serial number of the lens: 777'),
  ],
  png: [sample.png(['eXIf', sample.tiff()], ['tEXt', Buffer.from('Author\0Pia Png')]), photoWith('author: Pia Png')],
  tiff: [sample.tiff(), sample.photo],
  webp: [sample.webp(), sample.photo],
  heic: [sample.heic(), sample.photo],
  avif: [sample.heic('avif'), sample.photo],
  gif: [sample.gif('Gisa Gif'), ['author: Gisa Gif', 'serial number of the lens: 777']],
  doc: [sample.doc(), sample.docTells],
  xls: [sample.xls(), ['last saved by: Xaver Old', 'author of a comment: Nina Note']],
  ppt: [sample.ppt(), ['last saved by: Paul Old']],
  msg: [sample.msg(), ['sender: Sina Sender', 'sender: sina@acme.example']],
  rtf: [sample.rtf(), sample.rtfTells],
};

const toldOfAll = tellAll(Object.values(telling).map(([content]) => content));

test.each(Object.keys(telling))('a %s file tells what it carries, whatever its name', async (kind) => {
  const [, expected] = telling[kind]!;
  const { metadata, unread } = (await toldOfAll)[Object.keys(telling).indexOf(kind)]!;
  expect(unread).toBeUndefined();
  expect(metadata).toEqual(expect.arrayContaining([...expected]));
  // A picture within a PDF tells more than the list says; nothing else does.
  expect(metadata.filter((item) => !expected.includes(item) && !item.includes('inside'))).toEqual([]);
});

const clean: [kind: string, content: Buffer | string][] = [
  ['docx', sample.cleanDocx()],
  ['odt', sample.cleanOdt()],
  ['pdf', sample.cleanPdf()],
  ['pdf with what looks like a picture', sample.pdfLikePicture()],
  ['jpeg', sample.jpeg()],
  ['png', sample.png()],
  ['gif', sample.gif()],
  ['doc', sample.compound({ '\x05SummaryInformation': sample.summary('', '') })],
  ['rtf', '{\\rtf1 Hello}'],
  ['text', 'name,wage\nJürgen,1'],
  ['json', '{"author":"shown in the text"}'],
  ['text in UTF-16', Buffer.from('\ufeffHello', 'utf16le')],
  ['empty', ''],
];
const cleanTold = tellAll(clean.map(([, content]) => content));

test.each(clean.map(([kind], index) => [kind, index] as const))('a clean %s file tells nothing', async (_, index) => {
  expect((await cleanTold)[index]).toEqual({ metadata: [], unread: undefined });
});

const PICTURE_WITH_MORE = 'behind the picture';
const LONG = 'A'.repeat(200_000);
const WORD = { '[Content_Types].xml': '<Types/>', 'word/document.xml': '<w:document/>' };
const ODT = { mimetype: 'application/vnd.oasis.opendocument.text', 'content.xml': '<office:document-content/>' };
const wordWith = (parts: Record<string, string | Uint8Array>) => sample.zip({ ...WORD, ...parts });
const odtWith = (parts: Record<string, string | Uint8Array>) => sample.zip({ ...ODT, ...parts });
const inside = (what: string) => `file inside, not looked into: ${what}`;
const jpegComment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, 11]), Buffer.from('Jane Done')]);
const jpegApp = Buffer.concat([Buffer.from([0xff, 0xeb, 0, 10]), Buffer.from('C2PA by ')]);

/** Where authors stand that are easily missed, and what is told of them. */
const hidden: [where: string, content: Buffer | string, metadata: string[], unread?: string][] = [
  ['core properties of any name', wordWith({ 'package/services/x.psmdcp': sample.core('Jane', '') }), ['author: Jane']],
  ['core properties without a name for markup', wordWith({ p: sample.core('Jane', '') }), ['author: Jane']],
  ['names of parts in capitals', wordWith({ 'DOCPROPS/CORE.XML': sample.core('Jane', '') }), ['author: Jane']],
  [
    'core properties in UTF-16 without a mark',
    wordWith({ p: Buffer.from(sample.core('Jane', ''), 'utf16le') }),
    ['author: Jane'],
  ],
  [
    'a document whose main part is anywhere',
    sample.zip({ '[Content_Types].xml': '<Types/>', 'a/b.xml': '<w:ins w:author="Jane"/>' }),
    ['author of a tracked change: Jane'],
  ],
  [
    'the glossary',
    wordWith({ 'word/glossary/document.xml': '<a><w:ins w:author="Jane"/></a>' }),
    ['author of a tracked change: Jane'],
  ],
  [
    'an SVG picture',
    wordWith({
      'word/media/image1.svg': `<svg inkscape:export-filename="/home/jane/a.png">${sample.xmp('Xena')}</svg>`,
    }),
    [
      'file on a machine or in a network: /home/jane/a.png',
      inside('image1.svg'),
      'author: Xena',
      'serial number of the lens: 777',
      'author: Xena',
    ].slice(0, 4),
  ],
  ['a film', wordWith({ 'word/media/film.mp4': Buffer.from('\0\0\0\x18ftypmp42') }), [inside('film.mp4')]],
  ['a font', wordWith({ 'word/fonts/font1.odttf': Buffer.from([9, 8, 0, 7]) }), [inside('font1.odttf')]],
  [
    'macros',
    wordWith({ 'word/vbaProject.bin': sample.compound({ VBA: Buffer.from('a') }) }),
    [inside('vbaProject.bin')],
  ],
  ['a page', wordWith({ 'word/afchunk1.html': '<html><meta name="author"/></html>' }), [inside('afchunk1.html')]],
  ['a zip file', wordWith({ 'word/a.zip': sample.zip({ b: 'c' }) }), [inside('a.zip')]],
  ['a thumbnail', wordWith({ 'docProps/t.jpeg': sample.jpeg(jpegComment) }), ['comment, inside t.jpeg: Jane Done']],
  [
    'the text for a picture',
    wordWith({ 'word/a.xml': '<p><wp:docPr descr="C:\\Users\\jane\\a.jpg"/></p>' }),
    ['file on a machine or in a network: C:\\Users\\jane\\a.jpg'],
  ],
  ['sessions', wordWith({ 'word/s.xml': '<w:rsidRoot w:val="00A1"/>' }), ['id that it shares with its original: 00A1']],
  ['a template', wordWith({ 'docProps/app.xml': '<a><Template>ACME.dotx</Template></a>' }), ['template: ACME.dotx']],
  [
    'a signature',
    wordWith({ '_xmlsignatures/sig1.xml': '<Signature><X509Certificate>TWlh</X509Certificate></Signature>' }),
    ['digital signature: names whoever signed'],
  ],
  [
    'a drawing of Windows',
    wordWith({
      'word/media/a.emf': Buffer.concat([
        Buffer.from([1, 0, 0, 0]),
        Buffer.alloc(36),
        Buffer.from(' EMF'),
        Buffer.alloc(16),
        Buffer.from([4, 0, 0, 0, 68, 0, 0, 0]),
        Buffer.from('Jane', 'utf16le'),
      ]),
    }),
    ['description of a drawing: Jane'],
  ],
  [
    'what stands behind a long attribute',
    wordWith({ 'word/a.xml': `<a><b x="${LONG}"/><w:ins w:author="Jane"/></a>` }),
    ['author of a tracked change: Jane'],
  ],
  [
    'what stands behind a long comment',
    wordWith({ 'word/a.xml': `<a><!--${LONG}--><?p ${LONG}?><w:ins w:author="Jane"/></a>` }),
    ['author of a tracked change: Jane'],
  ],
  [
    'a drawing within an attribute',
    wordWith({
      'word/a.xml': `<v:shape o:gfxdata="${sample
        .zip({ '[Content_Types].xml': '<Types/>', p: sample.core('Jane', '') })
        .toString('base64')}"/>`,
    }),
    ['author, inside drawing: Jane'],
  ],
  ['a part that is no markup', wordWith({ 'word/a.xml': 'no markup' }), [], 'damaged'],
  [
    'a part that no table can hold',
    Buffer.from(
      wordWith({ __prot0__: sample.core('Jane', '') })
        .toString('latin1')
        .replaceAll('__prot0__', '__proto__'),
      'latin1',
    ),
    [],
    'damaged',
  ],
  ['a part of a strange name', wordWith({ constructor: sample.core('Jane', '') }), ['author: Jane']],
  ['the comment of a zip file', withZipComment(wordWith({}), 'by Jane'), ['comment: by Jane']],
  [
    'elements and attributes of strange names',
    wordWith({
      'word/a.xml': '<a><constructor/><toString/><hasOwnProperty constructor="x"/><w:ins w:author="Jane"/></a>',
    }),
    ['author of a tracked change: Jane'],
  ],
  [
    'a description with an element of a strange name',
    odtWith({
      'meta.xml':
        '<office:meta><constructor>x</constructor><toString>x</toString><__proto__>x</__proto__><dc:creator>Olaf</dc:creator></office:meta>',
    }),
    ['last saved by: Olaf'],
  ],
  [
    'other parts of OpenDocument',
    odtWith({
      'Object 1/content.xml': '<a><office:annotation><dc:creator>Anno</dc:creator></office:annotation></a>',
      'Versions/Version1': odtWith({ 'meta.xml': '<office:meta><dc:creator>Olaf</dc:creator></office:meta>' }),
      'Fonts/a.ttf': Buffer.from([0, 1, 0, 0, 0]),
      'layout-cache': Buffer.from([0, 1, 0]),
      'ObjectReplacements/Object 1': Buffer.from('VCLMTF\x01\0'),
    }),
    ['author of a comment: Anno', 'last saved by, inside Version1: Olaf', inside('a.ttf')],
  ],
  [
    'a packet behind a stray beginning of one',
    sample.jpeg(segmentOf(`<rdf:RDF <rdf:RDF>${sample.xmp('Jane')}`)),
    ['author: Jane', 'serial number of the lens: 777'],
  ],
  [
    'a packet with a long attribute and a long comment',
    sample.gif(`Jane</rdf:li></rdf:Seq></dc:creator><x y="${LONG}"/><!--${LONG}--><dc:creator><rdf:Seq><rdf:li>Joe`),
    ['author: Jane', 'author: Joe', 'serial number of the lens: 777'],
  ],
  [
    'a packet in UTF-16',
    sample.jpeg(segmentOf(Buffer.from(sample.xmp('Jane'), 'utf16le'))),
    ['author: Jane', 'serial number of the lens: 777'],
  ],
  ['a packet that is damaged', sample.jpeg(segmentOf('<rdf:RDF><a></rdf:RDF>')), [], 'damaged'],
  ['a packet that has no end', sample.jpeg(segmentOf('<rdf:RDF><dc:creator>Jane')), [], 'damaged'],
  ['the comment of a JPEG', sample.jpeg(jpegComment), ['comment: Jane Done']],
  ['another segment of a JPEG', sample.jpeg(jpegApp), ['part of the picture, not looked into: APP11 C2PA by']],
  ['what is behind a JPEG', Buffer.concat([sample.jpeg(), sample.jpeg()]), [inside(PICTURE_WITH_MORE)]],
  ['what is behind a PNG', Buffer.concat([sample.png(), Buffer.from('PK')]), [inside(PICTURE_WITH_MORE)]],
  [
    'another text of a PNG',
    sample.png(['tEXt', Buffer.from('constructor\0Jane')]),
    ['field of its own: constructor: Jane'],
  ],
  ['another chunk of a PNG', sample.png(['caBX', Buffer.from('x')]), ['part of the picture, not looked into: caBX']],
  [
    'the comment of a GIF',
    Buffer.from('GIF89a\x01\0\x01\0\0\0\0!\xfe\x04Jane\0!\xff\x0bABCDEFGHIJK\x01a\0;', 'latin1'),
    ['comment: Jane', 'part of the picture, not looked into: ABCDEFGHIJK'],
  ],
  [
    'other streams of old Office',
    sample.compound({ '\x05SummaryInformation': sample.summary('', ''), Data: Buffer.from('picture') }),
    [inside('Data')],
  ],
  [
    'a file that came with a message',
    sample.compound({
      '__substg1.0_37010102': sample.tiff('Jane'),
      '__substg1.0_0C190102': Buffer.from([1]),
      '__substg1.0_1000001F': Buffer.from('a'),
    }),
    ['author, inside an attached file: Jane', 'fields of the message, not looked into: binary ones'],
  ],
];

/** A segment of a JPEG for XMP. */
function segmentOf(packet: string | Buffer): Buffer {
  const content = Buffer.concat([Buffer.from('http://ns.adobe.com/xap/1.0/\0'), Buffer.from(packet as string)]);
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, content]);
}

function withZipComment(file: Buffer, comment: string): Buffer {
  const with_ = Buffer.concat([file, Buffer.from(comment)]);
  with_.writeUInt16LE(comment.length, file.length - 2);
  return with_;
}

// After the others, so that fewer processes start at a time.
const hiddenTold = cleanTold.then(() => tellAll(hidden.map(([, content]) => content)));

test.each(hidden.map(([where], index) => [where, index] as const))('%s: is told', async (_, index) => {
  const [, , expected, unread] = hidden[index]!;
  const { metadata, unread: not } = (await hiddenTold)[index]!;
  expect(not).toBe(unread);
  expect(metadata).toEqual(expect.arrayContaining(expected));
  if (!expected.some((item) => item.includes('attached'))) expect(metadata.sort()).toEqual([...expected].sort());
});

const unknown: [kind: string, content: Buffer | string][] = [
  ['zip', sample.zip({ 'a.txt': 'hello' })],
  ['book', sample.zip({ mimetype: 'application/epub+zip' })],
  ['sound', Buffer.from('ID3\x03\0\0')],
  ['film', Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom')],
  ['program', Buffer.from('\x7fELF\x02\x01\x01\0')],
  ['drawing', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
  ['page', '\ufeff <!DOCTYPE html><meta name="author" content="Jane">'],
  ['PostScript', '%!PS-Adobe-3.0\n%%For: jane'],
  ['text of one byte to a character', Buffer.from('J\xfcrgen', 'latin1')],
  ['folder of streams', sample.compound({ Something: Buffer.from('else') })],
  ['binary workbook', sample.zip({ '[Content_Types].xml': '<Types/>', 'xl/workbook.bin': 'x' })],
];
const unknownTold = tellAll(unknown.map(([, content]) => content));

test.each(unknown.map(([kind], index) => [kind, index] as const))(
  'a %s file is said not to have been looked into',
  async (_, index) => {
    expect((await unknownTold)[index]).toEqual({ metadata: [], unread: 'kind' });
  },
);

const lockedZip = sample.docx();
lockedZip[6]! |= 1;

const locked: [kind: string, content: Buffer | string][] = [
  ['docx', sample.compound({ EncryptedPackage: Buffer.alloc(64), EncryptionInfo: Buffer.alloc(64) })],
  ['zip', lockedZip],
  ['odt', sample.lockedOdt()],
  ['pdf', sample.lockedPdf('secret', 'Jane')],
  ['xls', sample.lockedXls()],
];
const lockedTold = tellAll(locked.map(([, content]) => content));

test.each(locked.map(([kind], index) => [kind, index] as const))(
  'a %s file with a password is said to be encrypted',
  async (_, index) => {
    expect((await lockedTold)[index]).toEqual({ metadata: [], unread: 'encrypted' });
  },
);

test('a file that is damaged, or looked into in part, is asked about; a kind that never is, is not', async () => {
  const partly = written(wordWith({ 'word/a.xml': '<a><b></a>' }));
  const never = written(Buffer.from('ID3\x03\0\0'));
  await expect(warnOfMetadata(await letterFiles([partly]), undefined)).rejects.toThrow('nothing was sent');
  await warnOfMetadata(await letterFiles([never]), undefined);
});

test('a doc file with a password still tells what stands outside of it', async () => {
  const { metadata, unread } = await tell(sample.doc(0x0300));
  expect(unread).toBe('encrypted');
  expect(metadata).toContain('author: Jörg Old');
  expect(metadata).not.toContain('saved by: jane');
});

test('a PDF that opens without a password tells its author', async () => {
  expect(await tell(sample.lockedPdf('', 'Jane'))).toEqual({ metadata: ['author: Jane'], unread: undefined });
});

test('whatever a value has in it, it is one short line without anything for a terminal', async () => {
  const hostile = `\x1b[31mred\x1b]8;;http://x\x07 \u202egnp.exe\u200b \n\u2028${'long '.repeat(100)}`;
  const document = { '[Content_Types].xml': '', 'word/a.xml': '<a/>', 'docProps/core.xml': sample.core(hostile, 'b') };
  const property = `<P><property name="${hostile}"><v>${hostile}</v></property></P>`;
  const { metadata } = await tell(sample.zip({ ...document, 'docProps/custom.xml': property }));
  const photo = await tell(sample.jpeg(sample.exifSegment('\x1b[31mred\x07')));
  expect(metadata).toHaveLength(3);
  expect(metadata[0]).toMatch(/^author: \[31mred \]8;;http:\/\/x gnp\.exe long long .*…$/);
  expect(photo.metadata).toContain('author: [31mred');
  for (const item of [...metadata, ...photo.metadata]) {
    expect(item).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(item.length).toBeLessThanOrEqual(80 + ': '.length + 80);
  }
});

test('a file says the same thing once, and no more than a hundred things', async () => {
  const changes = (author: (index: number) => string) => {
    const marks = Array.from({ length: 5000 }, (_, index) => `<w:ins w:author="${author(index)}"/>`);
    return sample.zip({ '[Content_Types].xml': '', 'word/document.xml': `<w:body>${marks.join('')}</w:body>` });
  };
  expect((await tell(changes(() => 'Ines'))).metadata).toEqual(['author of a tracked change: Ines']);
  expect((await tell(changes(String))).metadata).toHaveLength(100);
});

// --- Hostile files ----------------------------------------------------------------------------------------------

function docxWith(parts: Record<string, string | Uint8Array>): Buffer {
  return sample.zip({ '[Content_Types].xml': '<Types/>', 'word/document.xml': '<a/>', ...parts });
}

function nested(depth: number): Buffer {
  const document = docxWith({ 'docProps/core.xml': sample.core(`Author at ${depth}`, '') });
  return depth === 0 ? document : docxWith({ 'word/embeddings/inner.docx': nested(depth - 1) });
}

const LAUGHS = `<!DOCTYPE l [<!ENTITY a "ha">${'bcdefghij'
  .split('')
  .map((name, index) => `<!ENTITY ${name} "${`&${'abcdefghi'[index]};`.repeat(10)}">`)
  .join('')}]>`;

test('a part of 1 GiB of zeros is left out, and what else is there is told', async () => {
  const zeros = sample.deflatedZeros(2 ** 30);
  expect(zeros.length).toBeLessThan(2 * 2 ** 20);
  expect(await tell(sample.bombDocx(zeros, 2 ** 30))).toEqual({ metadata: ['author: Ann Author'], unread: 'size' });
  // A part gets no more room than it says that it needs.
  expect(await tell(sample.bombDocx(zeros, 10))).toMatchObject({ unread: 'damaged' });
});

test('entities of a document are not expanded', async () => {
  const core = `${LAUGHS}<c><creator>&j;</creator></c>`;
  expect(await tell(docxWith({ 'docProps/core.xml': core }))).toEqual({ metadata: [], unread: 'damaged' });
  const external = '<!DOCTYPE c [<!ENTITY x SYSTEM "file:///etc/hostname">]><c><creator>&x;</creator></c>';
  expect(await tell(docxWith({ 'docProps/core.xml': external }))).toEqual({ metadata: [], unread: 'damaged' });
});

test('elements a million deep are a damaged file', async () => {
  const core = `${'<a>'.repeat(1e6)}${'</a>'.repeat(1e6)}`;
  expect(await tell(docxWith({ 'docProps/core.xml': core }))).toEqual({ metadata: [], unread: 'damaged' });
});

test('files within files are looked into three deep', async () => {
  expect(await tell(nested(3))).toEqual({ metadata: ['author, inside inner.docx: Author at 0'], unread: undefined });
  expect(await tell(nested(4))).toEqual({ metadata: ['file inside, not looked into: inner.docx'], unread: undefined });
});

test('a PDF that unpacks into 8 GiB is given up, and the next file is told', async () => {
  const zlib = Buffer.concat([Buffer.from([0x78, 0x9c]), sample.deflatedZeros(2 ** 33), Buffer.alloc(4)]);
  const filters = '/Filter [/FlateDecode /FlateDecode]';
  const pages = '<< /Type /Pages /Kids [] /Count 0 >>';
  const metadata = sample.stream(`/Type /Metadata /Subtype /XML ${filters}`, deflateSync(zlib));
  const bomb = sample.pdfOf(['<< /Type /Catalog /Pages 2 0 R /Metadata 3 0 R >>', pages, metadata]);
  expect(bomb.length).toBeLessThan(64 * 1024);
  const found = await findMetadata([written(bomb), written(sample.ppt())], undefined, 120);
  expect(found).toMatchObject([{ unread: 'size' }, { metadata: [{ value: 'Paul Old' }] }]);
});

test('a PDF that fills the heap ends its reader, and the next file is told', async () => {
  const many = '<<>>'.repeat(2 ** 23);
  const pages = '<< /Type /Pages /Kids [] /Count 0 >>';
  const bomb = sample.pdfOf([`<< /Type /Catalog /Pages 2 0 R /Many [${many}] >>`, pages]);
  const found = await findMetadata([written(bomb), written(sample.ppt())], undefined, 120);
  expect(found).toMatchObject([{ unread: 'size' }, { metadata: [{ value: 'Paul Old' }] }]);
});

test('a file above 256 MiB is not looked into', async () => {
  const large = (content: Buffer | string) => {
    const path = written(content);
    truncateSync(path, 2 ** 28 + 1);
    return path;
  };
  const found = await findMetadata([large(sample.docx()), large('%PDF-1.7'), large('RIFF----WAVE'), large('')]);
  expect(found.map(({ metadata, unread }) => [metadata, unread])).toEqual([
    [[], 'size'],
    [[], 'size'],
    [[], 'kind'],
    [[], 'kind'],
  ]);
});

test('a file that takes too long is given up, with what was found until then', async () => {
  const long = `<a>${'<b/>'.repeat(16e6)}</a>`;
  const slow = sample.bombDocx(deflateRawSync(long, { level: 1 }), long.length);
  const found = await findMetadata([written(slow), written(sample.ppt())], undefined, 6);
  expect(found).toMatchObject([
    { unread: 'time', metadata: [{ value: 'Ann Author' }] },
    { metadata: [{ value: 'Paul Old' }] },
  ]);
});

test('an abort ends it, with its reason', async () => {
  const paths = Array.from({ length: 500 }, () => written(sample.docx()));
  await expect(findMetadata(paths, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
  const control = new AbortController();
  const finding = findMetadata(paths, control.signal);
  setTimeout(() => control.abort(new Error('meanwhile')), 100);
  await expect(finding).rejects.toThrow('meanwhile');
});

test('refuses what is no file, or cannot be read', async () => {
  await expect(findMetadata([folder])).rejects.toThrow('only files can be looked into');
  await expect(findMetadata([join(folder, 'none')])).rejects.toThrow('ENOENT');
});

test('nothing is printed, and the process ends', async () => {
  const all = [...Object.values(telling).map(([content]) => content), sample.jpeg().subarray(0, 3)].map(written);
  const from = JSON.stringify(new URL('../metadata/metadata.ts', import.meta.url).href);
  const code = `const { findMetadata } = await import(${from}); await findMetadata(${JSON.stringify(all)});`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
  expect(stdout + stderr).toBe('');
});

/** How often each sample is changed at random: `npm run soak` takes longer. */
const MUTATIONS = process.env.SOAK === undefined ? 200 : 1000;

// AVIF and HEIC differ in a name only.
const { avif: _, ...changing } = telling;

test.each(Object.entries(changing))(
  'no %s file that is cut off or changed keeps it long or ends it',
  async (_, [content]) => {
    const cut = Array.from({ length: 100 }, (_, index) =>
      content.subarray(0, Math.floor((content.length * index) / 100)),
    );
    const change = fc.record({ at: fc.nat(content.length - 1), byte: fc.nat(255) });
    const changed = fc
      .sample(fc.array(change, { minLength: 1, maxLength: 8 }), { numRuns: MUTATIONS })
      .map((changes) => {
        const copy = Buffer.from(content);
        for (const { at, byte } of changes) copy[at] = byte;
        return copy;
      });
    const found = await findMetadata([...cut, ...changed].map(written));
    expect(found).toHaveLength(MUTATIONS + 100);
    expect(found.filter(({ unread }) => unread === 'time')).toEqual([]);
  },
);
