import { deflateSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { type Budget, budgetOf } from '../page/metadata/budget.ts';
import { lookInto } from '../page/metadata/look.ts';
import {
  bombDocx,
  cleanDocx,
  deflatedZeros,
  docx,
  exifSegment,
  iptcField,
  iptcResource,
  jpeg,
  odt,
  pdf,
  pdfOf,
  photoshopSegment,
  png,
  pptx,
  tiff,
  tiffOf,
  webp,
  xlsx,
  xmpSegment,
  zip,
  zipNaming,
} from './metadata-samples.ts';

const look = (bytes: Uint8Array, budget?: Budget) => lookInto(new Blob([new Uint8Array(bytes)]), budget);

const told = async (bytes: Uint8Array) => (await look(bytes)).metadata.map(({ what, value }) => `${what}: ${value}`);

test('a photo tells its author, its camera, where and when', async () => {
  const found = await told(jpeg(exifSegment('Iris Image'), xmpSegment()));
  expect(found).toEqual(await told(jpeg(exifSegment('Iris Image'), xmpSegment())));
  expect(found).toContain('author: Iris Image');
  expect(found.some((line) => line.startsWith('place: '))).toBe(true);
  expect(found).toContain('author: Xavier Xmp');
  expect(found.join()).toMatch(/camera|serial/);
});

test.each<[string, () => Uint8Array, string]>([
  ['TIFF', () => tiff(), 'author: Iris Image'],
  ['PNG', () => png(['tEXt', Buffer.from('Author\0Pia Png')]), 'author: Pia Png'],
])('%s tells its author', async (_, made, expected) => {
  expect(await told(made())).toContain(expected);
  expect((await look(made())).isKnown).toBe(true);
});

test.each<[string, () => Uint8Array]>([
  ['docx', docx],
  ['xlsx', xlsx],
  ['pptx', pptx],
  ['odt', odt],
  ['PDF', pdf],
  ['WebP', webp],
])('%s tells who made it', async (_, made) => {
  const { metadata, isKnown } = await look(made());
  // A picture within the two documents is not looked into.
  expect(isKnown).toBe(made !== docx && made !== odt);
  expect(metadata.map(({ what }) => what)).toEqual(expect.arrayContaining([expect.stringMatching(/author|editor/)]));
});

test.each([
  ['(Ann \\(the\\) \\101uthor)', 'Ann (the) Author'],
  ['(Jane (Smith) Doe)', 'Jane (Smith) Doe'],
  [' \n(a (b (c) (d)) e)', 'a (b (c) (d)) e'],
  ['(a \\) b (c \\( d) e)', 'a ) b (c ( d) e'],
  ['(one\\\r\nline, a\\\\b \\q \\51\\0501)', 'oneline, a\\b q )(1'],
  ['(M\\374ller, \xd6)', 'Müller, Ö'],
  ['(\\376\\377\\000J\\000\\(\\000\\))', 'J()'],
  ['(\\357\\273\\277J\\303\\266rg)', 'Jörg'],
  ['<FEFF004F0066\n0066>', 'Off'],
  ['<4a6 f7>', 'Jop'],
  [`(${'long '.repeat(2000)})`, `${'long '.repeat(15)}long…`],
])('a PDF tells what stands in its strings, however they are written: %j', async (string, expected) => {
  expect(await told(pdfOf([`<< /Author ${string}/Creator (Writer) >>`]))).toEqual([
    `author: ${expected}`,
    'program: Writer',
  ]);
});

test('a PDF tells its author however many chapters have a title, and nothing of what is no string', async () => {
  const chapters = Array.from({ length: 100 }, (_, at) => `<< /Title (Chapter ${at}) >>`);
  expect((await told(pdfOf([...chapters, '<< /Author (Ann) >>'])))[0]).toBe('author: Ann');
  expect(await told(pdfOf(['<< /Author << /Name (Ann) >> /Creator <xyz> /Producer 4 0 R /Authors (Bob) >>']))).toEqual(
    [],
  );
});

test('what tells nothing is known to tell nothing, and nothing is known of the rest', async () => {
  expect(await look(cleanDocx())).toEqual({ metadata: [], isKnown: true });
  // A picture within is not looked into.
  for (const within of ['word/media/image1.jpeg', 'xl/embeddings/a.bin', 'Pictures/1.png', 'Object 1/content.xml']) {
    const document = zip({ '[Content_Types].xml': '<Types/>', [within]: 'x' });
    expect(await look(document), within).toEqual({ metadata: [], isKnown: false });
  }
  for (const bytes of [Buffer.from('plain text'), Buffer.alloc(0), Buffer.from('\0\x01\x02')])
    expect(await look(bytes)).toEqual({ metadata: [], isKnown: false });
});

test('damage is no fault: what was found until then counts, and not all is known', async () => {
  const whole = docx();
  for (let length = 0; length < whole.length; length += 97) {
    const { isKnown } = await look(whole.subarray(0, length));
    expect(isKnown).toBe(false);
  }
  const photo = jpeg(exifSegment('Iris Image'));
  for (let length = 0; length < photo.length; length += 5) await look(photo.subarray(0, length));
  const bad = new Uint8Array(photo);
  bad.fill(0xff, 20, 60);
  await look(bad);
});

test('a value is one line without anything hidden, and so many of them as a person reads', async () => {
  const chunks = Array.from({ length: 100 }, (_, at) => ['tEXt', Buffer.from(`x\0comment ${at}`)] as const);
  expect((await look(png(...chunks))).metadata).toHaveLength(40);
  expect(await told(png(['tEXt', Buffer.from('Author\0one\ntwo\x1b[2J')]))).toEqual(['author: one two [2J']);
});

const PRESS: readonly (readonly [field: number, text: string | Buffer, shown: string])[] = [
  [80, 'Erika Mustermann', 'author: Erika Mustermann'],
  [85, 'Staff', 'author: Staff'],
  [90, Buffer.from('K\xf6ln', 'latin1'), 'place: Köln'],
  [92, 'Straße 1', 'place: Straße 1'],
  [101, 'Germany', 'place: Germany'],
  [110, 'Agency', 'author: Agency'],
  [116, '© Erika', 'author: © Erika'],
  [120, 'A man', 'comment: A man'],
  [122, 'Max', 'editor: Max'],
];
const FIELDS = PRESS.map(([field, text]) => iptcField(field, text));
const SHOWN = PRESS.map(([, , shown]) => shown);
const OTHER_RESOURCE = Buffer.from('8BIM\x04\x25\x03abc\0\0\0\x03xyz\0', 'latin1');

test('a press photo tells what IPTC says, also where segments share it', async () => {
  const resources = Buffer.concat([OTHER_RESOURCE, iptcResource(iptcField(0, 'x'), ...FIELDS)]);
  const whole = jpeg(photoshopSegment(resources));
  expect(await told(whole)).toEqual(SHOWN);
  expect((await look(whole)).isKnown).toBe(true);
  const shared = [resources.subarray(0, 70), resources.subarray(70)].map(photoshopSegment);
  expect(await told(jpeg(...shared))).toEqual(SHOWN);
});

test.each([
  ['IPTC', 0x83bb, Buffer.concat(FIELDS)],
  ['what Photoshop puts there', 0x8649, iptcResource(...FIELDS)],
])('a TIFF tells %s', async (_, tag, content) => {
  expect(await told(tiffOf([[tag, 7, content.length, 26]], content))).toEqual(SHOWN);
});

test('IPTC that breaks off tells what is there, and not all is known', async () => {
  const resources = iptcResource(...FIELDS);
  let most = 0;
  // Its last byte may be one that only fills up.
  for (let length = 1; length < resources.length - 1; length += 1) {
    const { metadata, isKnown } = await look(jpeg(photoshopSegment(resources.subarray(0, length))));
    expect(isKnown).toBe(false);
    expect(metadata.map(({ what, value }) => `${what}: ${value}`)).toEqual(SHOWN.slice(0, metadata.length));
    most = Math.max(most, metadata.length);
  }
  expect(most).toBe(SHOWN.length - 1);
});

test('a keyword or an escape may be a word that means something elsewhere', async () => {
  expect(await told(png(['tEXt', Buffer.from('constructor\0one')]))).toEqual(['comment: one']);
  const core = '<dc:title>a &constructor; &amp; b</dc:title>';
  expect(await told(zip({ 'meta.xml': core }))).toEqual(['title: a &constructor; & b']);
});

/** A budget, with what it was asked for, how often it let the page go on, and the most that was spent in between. */
function counted() {
  const count = { spent: 0, rests: 0, most: 0 };
  let awake = 0;
  const inner = budgetOf(undefined, async () => {
    count.rests += 1;
    awake = 0;
  });
  const note = (bytes: number) => {
    count.spent += bytes;
    awake += bytes;
    count.most = Math.max(count.most, awake);
  };
  const budget: Budget = {
    spend(bytes) {
      note(bytes);
      inner.spend(bytes);
    },
    step(bytes = 64) {
      note(bytes);
      return inner.step(bytes);
    },
  };
  return { budget, count };
}

const MIB = 2 ** 20;
const endless = (part: string, bytes = 2 * MIB) => part.repeat(bytes / part.length);

const WITHOUT_END: readonly string[] = [
  '<dc:title>',
  '<dc:title ',
  '<dc:title x="',
  ' dc:title="',
  " w:author='",
  '<userInfo ',
  '<p:cmAuthor name="',
  '<author>',
  '<',
];

test.each(WITHOUT_END)('a document of %s without an end is gone through once', async (part) => {
  const searched = vi.spyOn(Object.getPrototypeOf(Uint8Array.prototype), 'indexOf');
  const { budget, count } = counted();
  await look(zip({ '[Content_Types].xml': '', 'word/document.xml': endless(part) }), budget);
  // For each of a tag's end and two quotes: how far it was looked for.
  const passed = searched.mock.calls.map((args, call) => {
    const [{ value }, { length }] = [searched.mock.results[call]!, searched.mock.contexts[call] as Uint8Array];
    return (value === -1 ? length : value) - ((args[1] as number | undefined) ?? 0);
  });
  searched.mockRestore();
  expect(passed.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(3 * 2 * MIB);
  expect(count.spent).toBeGreaterThan(2 * MIB);
  expect(count.spent).toBeLessThan(130 * MIB);
});

test.each([
  ['XMP', endless('<rdf:RDF>')],
  ['XMP of fields', `<rdf:RDF>${endless('<dc:title>')}</rdf:RDF>`],
  ['keys', endless('/Author (')],
  ['titles', endless('/Title <')],
])('a PDF of %s without an end is looked into within its budget', async (_, content) => {
  const { budget, count } = counted();
  await look(Buffer.from(`%PDF-1.4\n${content}`), budget);
  expect(count.spent).toBeGreaterThan(2 * MIB);
  expect(count.spent).toBeLessThan(130 * MIB);
});

test('an attribute tells what is in its quotes, of either kind, and nothing where it has no end', async () => {
  const content = `<a w:author="Ann" w15:author='Bob'><p:cmAuthor id="1" name="Carl"/><b userName="Dora`;
  expect(await told(zip({ 'content.xml': content }))).toEqual(['editor: Ann', 'editor: Bob', 'editor: Carl']);
});

test('XMP that has no end is not known', async () => {
  const file = Buffer.from('%PDF-1.4\n<rdf:RDF> <dc:creator>Ann</dc:creator>');
  expect(await look(file)).toEqual({ metadata: [], isKnown: false });
});

test('a part of a document is read once, however often it is named', async () => {
  const { budget, count } = counted();
  const file = zipNaming('word/document.xml', '<w:ins w:author="Ann"/>'.padEnd(MIB), 65_535);
  const { metadata } = await look(file, budget);
  expect(metadata).toEqual([{ what: 'editor', value: 'Ann' }]);
  expect(count.spent).toBeLessThan(65_535 * 100 + 3 * MIB);
});

test('what is past the budget is not looked at, and what was found until then counts', async () => {
  const { budget, count } = counted();
  const found = await look(bombDocx(deflatedZeros(2 ** 28), 100), budget);
  expect(found).toEqual({ metadata: [{ what: 'author', value: 'Ann Author' }], isKnown: false });
  expect(count.spent).toBeLessThan(130 * MIB);

  const whole = await look(docx());
  const { count: all, ...counting } = counted();
  await look(docx(), counting.budget);
  let parts = 0;
  for (let bytes = 0; bytes < all.spent; bytes += 499) {
    const { metadata, isKnown } = await look(docx(), budgetOf(bytes));
    expect(isKnown).toBe(false);
    expect(metadata).toEqual(whole.metadata.slice(0, metadata.length));
    if (metadata.length > 0 && metadata.length < whole.metadata.length) parts += 1;
  }
  expect(parts).toBeGreaterThan(0);
  expect(await look(docx(), budgetOf(all.spent))).toEqual(whole);
});

test('of a packed text in a picture only the start is unpacked, and of XMP as much as the budget has', async () => {
  const zeros = deflateSync(Buffer.alloc(16 * MIB));
  const texts = Array.from({ length: 100 }, () => ['zTXt', Buffer.concat([Buffer.from('x\0\0'), zeros])] as const);
  const { budget, count } = counted();
  expect(await look(png(...texts), budget)).toEqual({ metadata: [], isKnown: true });
  expect(count.spent).toBeLessThan((100 * MIB) / 4);

  const start = Buffer.from('XML:com.adobe.xmp\0\x01\0\0\0');
  const packets = Array.from({ length: 20 }, () => ['iTXt', Buffer.concat([start, zeros])] as const);
  const author = ['tEXt', Buffer.from('Author\0Pia Png')] as const;
  const found = await look(png(author, ...packets));
  expect(found).toEqual({ metadata: [{ what: 'author', value: 'Pia Png' }], isKnown: false });
});

test('a TIFF may have entries as long as itself, and directories that name each other', async () => {
  const ARTIST = 0x13b;
  const long = Array.from({ length: 60_000 }, (_, at) => [ARTIST, 2, 800_000 - at, 60_000 + at] as const);
  const { budget, count } = counted();
  expect((await look(tiffOf(long), budget)).isKnown).toBe(false);
  expect(count.spent).toBeLessThan(130 * MIB);
  const EXIF = 0x8769;
  const circle = Array.from({ length: 60_000 }, () => [EXIF, 4, 1, 8] as const);
  expect(await look(tiffOf(circle))).toEqual({ metadata: [], isKnown: true });
});

test.each<[string, () => Uint8Array]>([
  ['a document', () => zip({ 'meta.xml': endless('<a b="c">text</a>', 8 * MIB) })],
  ['a packed document', () => zipNaming('word/document.xml', endless('<a>', 3 * 2 ** 21), 60_000)],
  ['a PDF', () => Buffer.from(`%PDF-1.4\n${endless('<rdf:RDF/>')}${endless('/Author (a) ')}`)],
  ['a picture of many parts', () => png(...Array.from({ length: 90_000 }, () => ['abcd', Buffer.alloc(1)] as const))],
  ['a TIFF of many entries', () => tiffOf(Array.from({ length: 60_000 }, () => [0x8769, 4, 1, 8] as const))],
])('while it looks into %s, the page goes on from time to time', async (_, made) => {
  const { budget, count } = counted();
  await look(made(), budget);
  expect(count.spent).toBeGreaterThan(3 * MIB);
  expect(count.most).toBeLessThan(MIB);
  expect(count.rests).toBeGreaterThanOrEqual(Math.floor(count.spent / MIB));
});

test('a picture of millions of fields of IPTC is looked into within its budget', async () => {
  const resources = iptcResource(Buffer.alloc(5 * 2_500_000, iptcField(80, '')));
  const segments = Array.from({ length: Math.ceil(resources.length / 65_000) }, (_, at) =>
    photoshopSegment(resources.subarray(65_000 * at, 65_000 * (at + 1))),
  );
  const { budget, count } = counted();
  expect(await look(jpeg(...segments), budget)).toEqual({ metadata: [], isKnown: false });
  expect(count.spent).toBeGreaterThan(120 * MIB);
  expect(count.spent).toBeLessThan(130 * MIB);
});
