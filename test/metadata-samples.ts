import { createHash } from 'node:crypto';
import { constants, crc32, deflateRawSync, deflateSync } from 'node:zlib';
import CFB from 'cfb';
import { strToU8, zipSync } from 'fflate';

/** A zip file of texts and bytes. */
export function zip(parts: Readonly<Record<string, string | Uint8Array>>): Buffer {
  const entries = Object.entries(parts).map(([name, part]) => [name, typeof part === 'string' ? strToU8(part) : part]);
  return Buffer.from(zipSync(Object.fromEntries(entries), { level: 6 }));
}

/** A zip file that has one part, and names it so many times in its list (APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16). */
export function zipNaming(name: string, content: string, times: number): Buffer {
  const packed = deflateRawSync(content);
  const local = Buffer.alloc(30);
  local.write('PK\x03\x04');
  local.writeUInt16LE(8, 8);
  local.writeUInt16LE(name.length, 26);
  const part = Buffer.concat([local, Buffer.from(name), packed]);
  const row = Buffer.alloc(46 + name.length);
  row.write('PK\x01\x02');
  row.writeUInt16LE(8, 10);
  row.writeUInt32LE(packed.length, 20);
  row.writeUInt16LE(name.length, 28);
  row.write(name, 46);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(times, 10);
  end.writeUInt32LE(part.length, 16);
  return Buffer.concat([part, ...Array.from({ length: times }, () => row), end]);
}

/** As many bytes of zeros, deflated: whole blocks that do not refer to each other, then an empty last one. */
export function deflatedZeros(bytes: number): Buffer {
  const block = deflateRawSync(Buffer.alloc(2 ** 24), { finishFlush: constants.Z_FULL_FLUSH });
  return Buffer.concat([...Array.from({ length: bytes / 2 ** 24 }, () => block), Buffer.from([3, 0])]);
}

/** A docx file whose text is `deflated`, and has `says` bytes by what the file says. */
export function bombDocx(deflated: Buffer, says: number): Buffer {
  const parts = { ...TYPES, 'docProps/core.xml': strToU8(core('Ann Author', '')), 'word/document.xml': deflated };
  const entries = Object.entries(parts).map(([name, part]) => [name, typeof part === 'string' ? strToU8(part) : part]);
  const file = Buffer.from(zipSync(Object.fromEntries(entries), { level: 0 }));
  // Its row in the central directory (APPNOTE.TXT 4.3.12): the method at 10, the size at 24, the name at 46.
  const row = file.lastIndexOf('word/document.xml') - 46;
  file.writeUInt16LE(8, row + 10);
  file.writeUInt32LE(says, row + 24);
  return file;
}

// --- Pictures ---------------------------------------------------------------------------------------------------

const [ASCII, LONG, RATIONAL] = [2, 4, 5];
type Entry = readonly [tag: number, type: number, count: number, value: Buffer];

const ascii = (tag: number, text: string): Entry => [tag, ASCII, text.length + 1, Buffer.from(`${text}\0`)];
const long = (tag: number, value: number): Entry => [tag, LONG, 1, uint32(value)];
const degrees = (tag: number, ...parts: number[]): Entry => [
  tag,
  RATIONAL,
  3,
  Buffer.concat(parts.flatMap((part) => [uint32(part), uint32(1)])),
];

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A directory of TIFF: how many entries, 12 bytes each, where the next directory is; then what did not fit in. */
function directory(at: number, entries: readonly Entry[]): Buffer {
  let dataAt = at + 2 + 12 * entries.length + 4;
  const data: Buffer[] = [];
  const rows = entries.map(([tag, type, count, value]) => {
    const head = [uint16(tag), uint16(type), uint32(count)];
    if (value.length <= 4) return Buffer.concat([...head, value, Buffer.alloc(4 - value.length)]);
    const row = Buffer.concat([...head, uint32(dataAt)]);
    dataAt += value.length;
    data.push(value);
    return row;
  });
  return Buffer.concat([uint16(entries.length), ...rows, uint32(0), ...data]);
}

/** A TIFF file of one directory, whose rows are given as numbers. What they point to begins at 14, and 12 for each row. */
export function tiffOf(
  rows: readonly (readonly [tag: number, type: number, count: number, at: number])[],
  content = Buffer.alloc(100_000),
): Buffer {
  const entries = rows.map(([tag, type, count, at]) => [uint16(tag), uint16(type), uint32(count), uint32(at)]);
  const start = [Buffer.from('MM\0*'), uint32(8), uint16(rows.length)];
  return Buffer.concat([...start, ...entries.flat(), uint32(0), content]);
}

/** A TIFF file, which is also what Exif is: whoever took a picture, with what, and where. */
export function tiff(artist = 'Iris Image'): Buffer {
  const gps = [ascii(1, 'N'), degrees(2, 52, 30, 0), ascii(3, 'E'), degrees(4, 13, 24, 0)];
  const camera = [ascii(0xa430, 'Otto Owner'), ascii(0xa431, '12345')];
  const main = (cameraAt: number, gpsAt: number) =>
    directory(8, [
      ascii(0x10f, 'Canon'),
      ascii(0x110, 'EOS 5D'),
      ascii(0x13b, artist),
      long(0x8769, cameraAt),
      long(0x8825, gpsAt),
    ]);
  const cameraAt = 8 + main(0, 0).length;
  const cameraPart = directory(cameraAt, camera);
  const gpsAt = cameraAt + cameraPart.length;
  return Buffer.concat([Buffer.from('MM\0*'), uint32(8), main(cameraAt, gpsAt), cameraPart, directory(gpsAt, gps)]);
}

export const photo: readonly string[] = [
  'place where it was taken: 52.50000, 13.40000',
  'make of the camera: Canon',
  'model of the camera: EOS 5D',
  'author: Iris Image',
  'owner of the camera: Otto Owner',
  'serial number of the camera: 12345',
];

const EXIF = Buffer.from('Exif\0\0');

function segment(marker: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0xff, marker]), uint16(content.length + 2), content]);
}

export function jpeg(...segments: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([0xff, 0xd8]), ...segments, Buffer.from([0xff, 0xd9])]);
}

export const exifSegment = (artist?: string) => segment(0xe1, Buffer.concat([EXIF, tiff(artist)]));

/** A field of IPTC, by its number in the record of the application. */
export const iptcField = (number: number, text: string | Buffer) =>
  Buffer.concat([
    Buffer.from([0x1c, 2, number]),
    uint16(Buffer.from(text as string).length),
    Buffer.from(text as string),
  ]);

/** IPTC in the place where Photoshop keeps it. Its fields are by default what IPTC calls By-line. */
export const iptcResource = (...fields: readonly Buffer[]) => {
  const content = Buffer.concat(fields.length === 0 ? [iptcField(80, 'Ipp Tc')] : fields);
  const head = Buffer.concat([Buffer.from('8BIM\x04\x04\0\0'), uint32(content.length)]);
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)]);
};

export const photoshopSegment = (content: Buffer) =>
  segment(0xed, Buffer.concat([Buffer.from('Photoshop 3.0\0'), content]));

export const iptcSegment = () => photoshopSegment(iptcResource());

export function xmp(creator: string): string {
  return (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
    '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:aux="a" aux:LensSerialNumber="777">' +
    `<dc:creator><rdf:Seq><rdf:li>${creator}</rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>`
  );
}

export const xmpSegment = () => segment(0xe1, Buffer.from(`http://ns.adobe.com/xap/1.0/\0${xmp('Xavier Xmp')}`));

export function png(...chunks: readonly (readonly [type: string, content: Buffer])[]): Buffer {
  const header = Buffer.concat([uint32(1), uint32(1), Buffer.from([8, 0, 0, 0, 0])]);
  const all = [['IHDR', header], ...chunks, ['IDAT', deflateSync(Buffer.alloc(2))], ['IEND', Buffer.alloc(0)]] as const;
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    ...all.flatMap(([type, content]) => {
      const body = Buffer.concat([Buffer.from(type), content]);
      return [uint32(content.length), body, uint32(crc32(body))];
    }),
  ]);
}

function riffChunk(type: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(content.length);
  return Buffer.concat([Buffer.from(type), length, content, Buffer.alloc(content.length % 2)]);
}

export function webp(): Buffer {
  const flags = Buffer.alloc(10);
  flags[0] = 0x08; // has Exif
  return riffChunk('RIFF', Buffer.concat([Buffer.from('WEBP'), riffChunk('VP8X', flags), riffChunk('EXIF', tiff())]));
}

export function gif(creator?: string): Buffer {
  const packet =
    creator === undefined ? [] : [Buffer.from('!\xff\x0bXMP DataXMP', 'latin1'), Buffer.from(xmp(creator))];
  return Buffer.concat([Buffer.from('GIF89a\x01\0\x01\0\0\0\0', 'latin1'), ...packet, Buffer.from('\0;')]);
}

function box(type: string, ...content: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(content.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
  return Buffer.concat([uint32(body.length + 8), Buffer.from(type), body]);
}

/** A file of a phone: its one item is Exif, which begins after four bytes that say so. */
export function heic(brand = 'heic'): Buffer {
  const exif = Buffer.concat([uint32(6), EXIF, tiff()]);
  const start = box('ftyp', brand, uint32(0), 'mif1', brand);
  const meta = (at: number) =>
    box(
      'meta',
      uint32(0),
      box('iinf', uint32(0), uint16(1), box('infe', uint32(0x02000000), uint16(1), uint16(0), 'Exif', '\0')),
      box(
        'iloc',
        uint32(0),
        uint16(0x4400),
        uint16(1),
        uint16(1),
        uint16(0),
        uint16(1),
        uint32(at),
        uint32(exif.length),
      ),
    );
  const at = start.length + meta(0).length + 8;
  return Buffer.concat([start, meta(at), box('mdat', exif)]);
}

// --- Office -----------------------------------------------------------------------------------------------------

const TYPES = { '[Content_Types].xml': '<Types/>' };

export function core(author: string, last: string): string {
  return `<cp:coreProperties xmlns:cp="c" xmlns:dc="d"><dc:creator>${author}</dc:creator><cp:lastModifiedBy>${last}</cp:lastModifiedBy></cp:coreProperties>`;
}

export const cleanDocx = () => zip({ ...TYPES, 'word/document.xml': '<w:document><w:t>Hello</w:t></w:document>' });

export const xlsx = () =>
  zip({
    ...TYPES,
    'docProps/core.xml': core('Xena', ''),
    'xl/workbook.xml':
      '<workbook><fileSharing userName="Reserver"/><x15ac:absPath url="C:\\Users\\jane\\"/></workbook>',
    'xl/comments1.xml': '<comments><authors><author>Carl Comment</author></authors></comments>',
    'xl/persons/person.xml': '<personList><person displayName="Thea Thread" userId="thea@acme.example"/></personList>',
    'xl/revisions/userNames.xml': '<users><userInfo name="Sharer"/></users>',
    'xl/revisions/revisionHeaders.xml': '<headers><header userName="Reviser"/></headers>',
    'xl/printerSettings/printerSettings1.bin': Buffer.from('\\\\PRINT\\3rd floor'.padEnd(40, '\0'), 'utf16le'),
  });

export const xlsxTells: readonly string[] = [
  'author: Xena',
  'someone who reserved the workbook: Reserver',
  'folder on a machine: C:\\Users\\jane\\',
  'author of a comment: Carl Comment',
  'author of a comment: Thea Thread',
  'account of the author of a comment: thea@acme.example',
  'someone who shared the workbook: Sharer',
  'author of a tracked change: Reviser',
  'printer: \\\\PRINT\\3rd floor',
];

export const docx = () =>
  zip({
    ...TYPES,
    'docProps/core.xml': core('Ann Author', 'Bob &amp; Co'),
    'docProps/app.xml': '<Properties><Company>ACME</Company><Manager>Max Manager</Manager></Properties>',
    'docProps/custom.xml': '<Properties><property name="Client"><vt:lpwstr>Carol</vt:lpwstr></property></Properties>',
    'docMetadata/LabelInfo.xml': '<clbl:labelList><clbl:label siteId="{tenant-1}"/></clbl:labelList>',
    'word/document.xml':
      '<w:document><w:ins w:author="Ines"/><w:del w:author="Del"/><w:rPr><w:rPrChange w:author="Rolf"/></w:rPr></w:document>',
    'word/footnotes.xml': '<w:footnotes><w:moveFrom w:author="Mo"/></w:footnotes>',
    'word/comments.xml': '<w:comments><w:comment w:author="Kim Comment" w:initials="KC"/></w:comments>',
    'word/people.xml':
      '<w15:people><w15:person w15:author="Pia"><w15:presenceInfo w15:userId="S::pia@acme.example"/></w15:person></w15:people>',
    'word/_rels/settings.xml.rels':
      '<Relationships><Relationship Target="file:///C:\\Users\\jane\\a.dotx" TargetMode="External"/><Relationship Target="https://example.org" TargetMode="External"/></Relationships>',
    'word/media/image1.jpeg': jpeg(exifSegment('Photo Person')),
    'word/media/image2.emf': Buffer.from([1, 0, 0, 0]),
    'word/embeddings/sheet.xlsx': zip({
      ...TYPES,
      'docProps/core.xml': core('Embed Er', ''),
      'xl/workbook.xml': '<a/>',
    }),
    'word/embeddings/oleObject1.bin': Buffer.from([1, 2, 0, 3]),
  });

export const docxTells: readonly string[] = [
  'author: Ann Author',
  'last saved by: Bob & Co',
  'company: ACME',
  'manager: Max Manager',
  'field of its own: Client: Carol',
  'id of the organisation: {tenant-1}',
  'author of a tracked change: Ines',
  'author of a tracked change: Del',
  'author of a tracked change: Rolf',
  'author of a tracked change: Mo',
  'author of a comment: Kim Comment',
  'someone who commented or changed it: Pia',
  'account of someone who commented or changed it: S::pia@acme.example',
  'file on a machine or in a network: file:///C:\\Users\\jane\\a.dotx',
  ...photo.map((item) => item.replace('Iris Image', 'Photo Person').replace(':', ', inside image1.jpeg:')),
  'author, inside sheet.xlsx: Embed Er',
  'file inside, not looked into: oleObject1.bin',
];

export const pptx = () =>
  zip({
    ...TYPES,
    'docProps/core.xml': core('Paul Point', 'Pam'),
    'ppt/presentation.xml': '<p:presentation/>',
    'ppt/commentAuthors.xml': '<p:cmAuthorLst><p:cmAuthor name="Old Commenter" initials="OC"/></p:cmAuthorLst>',
    'ppt/authors.xml': '<p188:authorLst><p188:author name="New Commenter" userId="nc@acme.example"/></p188:authorLst>',
  });

export const pptxTells: readonly string[] = [
  'author: Paul Point',
  'last saved by: Pam',
  'author of a comment: Old Commenter',
  'author of a comment: New Commenter',
  'account of the author of a comment: nc@acme.example',
];

const ODT = { mimetype: 'application/vnd.oasis.opendocument.text' };

export const cleanOdt = () =>
  zip({ ...ODT, 'meta.xml': '<office:document-meta/>', 'content.xml': '<office:document-content/>' });

export const odt = () =>
  zip({
    ...ODT,
    'meta.xml':
      '<office:meta><meta:initial-creator>Inge</meta:initial-creator><dc:creator>Olaf</dc:creator><meta:printed-by>Prisca</meta:printed-by><meta:user-defined meta:name="Case">4711</meta:user-defined></office:meta>',
    'content.xml':
      '<office:text><text:tracked-changes><text:insertion><office:change-info><dc:creator>Chang Er</dc:creator></office:change-info></text:insertion></text:tracked-changes><office:annotation><dc:creator>Anno Tator</dc:creator></office:annotation><text:sender-lastname>Sender</text:sender-lastname></office:text>',
    'settings.xml': '<config:config-item config:name="PrinterName">HP of Jane</config:config-item>',
    'Pictures/a.png': png(['tEXt', Buffer.from('Author\0Pic Ture')]),
  });

export const odtTells: readonly string[] = [
  'author: Inge',
  'last saved by: Olaf',
  'printed by: Prisca',
  'field of its own: Case: 4711',
  'author of a tracked change: Chang Er',
  'author of a comment: Anno Tator',
  'field in its text that names a person: Sender',
  'printer: HP of Jane',
  'author, inside a.png: Pic Ture',
];

export const lockedOdt = () =>
  zip({
    ...ODT,
    'META-INF/manifest.xml': '<m:manifest><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>',
  });

// --- PDF --------------------------------------------------------------------------------------------------------

/** A PDF of these objects, the first of which is the catalog; `trailer` is what else its trailer says. */
export function pdfOf(objects: readonly (string | Buffer)[], trailer = ''): Buffer {
  const parts: Buffer[] = [Buffer.from('%PDF-1.7\n')];
  const length = () => parts.reduce((sum, part) => sum + part.length, 0);
  const offsets = objects.map((object, index) => {
    const at = length();
    parts.push(Buffer.from(`${index + 1} 0 obj\n`), Buffer.from(object as string, 'latin1'), Buffer.from('\nendobj\n'));
    return at;
  });
  const rows = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const end = `xref\n0 ${size}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${size} /Root 1 0 R ${trailer} >>\nstartxref\n${length()}\n%%EOF\n`;
  return Buffer.concat([...parts, Buffer.from(end)]);
}

export function stream(dictionary: string, content: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`<< ${dictionary} /Length ${content.length} >>\nstream\n`),
    content,
    Buffer.from('\nendstream'),
  ]);
}

const PAGES = '<< /Type /Pages /Kids [3 0 R] /Count 1 >>';
const PAGE = '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>';

export const cleanPdf = () => pdfOf(['<< /Type /Catalog /Pages 2 0 R >>', PAGES, PAGE]);

/** Compressed bytes may happen to look like the start of a JPEG. */
export const pdfLikePicture = () =>
  pdfOf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    PAGES,
    PAGE,
    stream('', Buffer.from('ffd8ffe1fffffeffd8ff00e1000a457869660000', 'hex')),
  ]);

export const pdf = () =>
  pdfOf(
    [
      '<< /Type /Catalog /Pages 2 0 R /Metadata 6 0 R /Names << /EmbeddedFiles << /Names [(b) 8 0 R] >> >> >>',
      PAGES,
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Annots [5 0 R] /Resources << /XObject << /I 10 0 R >> >> >>',
      '<< /Author (Petra \\(P.\\) M\\374ller) /Creator (Writer) /Company (ACME) >>',
      '<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /T (Nora Note) /Contents (a) >>',
      stream('/Type /Metadata /Subtype /XML /Filter /FlateDecode', deflateSync(xmp('Xavier Xmp'))),
      stream('/Type /EmbeddedFile /Filter /FlateDecode', deflateSync(tiff('Attached Artist'))),
      '<< /Type /Filespec /F (scan.tif) /EF << /F 7 0 R >> >>',
      '<< /Author <feff004500610072006c> >>',
      stream('/Type /XObject /Subtype /Image /Width 1 /Height 1 /Filter /DCTDecode', jpeg(exifSegment('Photo Person'))),
      '<< /Author (An Earlier Author) >>',
    ],
    '/Info 4 0 R',
  );

export const pdfTells: readonly string[] = [
  'author: Petra (P.) Müller',
  'author: An Earlier Author',
  'author: Earl',
  'field of its own: Company: ACME',
  'author: Xavier Xmp',
  'serial number of the lens: 777',
  'attached file: scan.tif',
  'author, inside scan.tif: Attached Artist',
  'author, inside a picture: Photo Person',
  'author of a comment: Nora Note',
];

const PAD = Buffer.from('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a', 'hex');

/** RC4, which OpenSSL has no more: it is what the first version of encryption in PDF is made of. */
function rc4(key: Buffer, input: Buffer): Buffer {
  const state = Array.from({ length: 256 }, (_, i) => i);
  const swap = (a: number, b: number) => ([state[a], state[b]] = [state[b]!, state[a]!]);
  for (let i = 0, j = 0; i < 256; i += 1) {
    j = (j + state[i]! + key[i % key.length]!) & 255;
    swap(i, j);
  }
  let [i, j] = [0, 0];
  return input.map((byte) => {
    i = (i + 1) & 255;
    j = (j + state[i]!) & 255;
    swap(i, j);
    return byte ^ state[(state[i]! + state[j]!) & 255]!;
  }) as Buffer;
}

/** An encrypted PDF (ISO 32000-1, 7.6.3, revision 2) that opens with this password of up to 32 characters. */
export function lockedPdf(password: string, author: string): Buffer {
  const md5 = (...parts: Buffer[]) => createHash('md5').update(Buffer.concat(parts)).digest();
  const owner = Buffer.alloc(32, 7);
  const padded = Buffer.concat([Buffer.from(password), PAD]).subarray(0, 32);
  const id = Buffer.alloc(16, 1);
  const key = md5(padded, owner, Buffer.from([0xfc, 0xff, 0xff, 0xff]), id).subarray(0, 5);
  const keyOf4 = md5(key, Buffer.from([4, 0, 0, 0, 0])).subarray(0, 10);
  const hex = (bytes: Buffer) => `<${bytes.toString('hex')}>`;
  return pdfOf(
    [
      '<< /Type /Catalog /Pages 2 0 R >>',
      PAGES,
      PAGE,
      `<< /Author ${hex(rc4(keyOf4, Buffer.from(author)))} >>`,
      `<< /Filter /Standard /V 1 /R 2 /P -4 /O ${hex(owner)} /U ${hex(rc4(key, PAD))} >>`,
    ],
    `/Info 4 0 R /Encrypt 5 0 R /ID [${hex(id)} ${hex(id)}]`,
  );
}

// --- Old Office -------------------------------------------------------------------------------------------------

export function compound(streams: Readonly<Record<string, Buffer>>): Buffer {
  const file = CFB.utils.cfb_new();
  for (const [name, content] of Object.entries(streams)) CFB.utils.cfb_add(file, `/${name}`, content);
  CFB.utils.cfb_del(file, '/\u0001Sh33tJ5');
  return CFB.write(file, { type: 'buffer' }) as Buffer;
}

const le16 = (...values: number[]) => Buffer.concat(values.map((value) => Buffer.from([value & 255, value >> 8])));
const le32 = (...values: number[]) => Buffer.concat(values.map((value) => uint32(value).reverse()));

/** One set of properties, each an id and its content. */
function propertySet(properties: readonly (readonly [id: number, content: Buffer])[]): Buffer {
  let at = 8 + 8 * properties.length;
  const rows = properties.map(([id, content]) => {
    at += content.length;
    return le32(id, at - content.length);
  });
  const contents = properties.map(([, content]) => content);
  return Buffer.concat([le32(at), le32(properties.length), ...rows, ...contents]);
}

function propertyStream(...sets: readonly Buffer[]): Buffer {
  let at = 28 + 20 * sets.length;
  const heads = sets.map((set) => {
    at += set.length;
    return Buffer.concat([Buffer.alloc(16), le32(at - set.length)]);
  });
  return Buffer.concat([le16(0xfffe, 0), le32(0), Buffer.alloc(16), le32(sets.length), ...heads, ...sets]);
}

const codePage = (number: number) => [1, Buffer.concat([le32(2), le32(number)])] as const;
const ansi = (id: number, text: string) => {
  const bytes = Buffer.from(`${text}\0`, 'latin1');
  return [id, Buffer.concat([le32(0x1e, bytes.length), bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])] as const;
};

export const summary = (author: string, last: string) =>
  propertyStream(propertySet([codePage(1252), ansi(4, author), ansi(8, last)]));

const documentSummary = () =>
  propertyStream(
    propertySet([codePage(1252), ansi(14, 'Max Manager'), ansi(15, 'ACME')]),
    propertySet([[0, Buffer.concat([le32(1, 2, 5), Buffer.from('Case\0')])], codePage(1252), ansi(2, '4711')]),
  );

const text16 = (text: string) => Buffer.concat([le16(text.length), Buffer.from(text, 'utf16le')]);
const table16 = (...texts: string[]) => Buffer.concat([le16(0xffff, texts.length, 0), ...texts.map(text16)]);

export function doc(flags = 0x0200): Buffer {
  const tables = [
    [154 + 8 * 36, text16('Old Commenter')],
    [154 + 8 * 51, table16('Unknown', 'Old Reviser')],
    [154 + 8 * 71, table16('jane', 'C:\\Users\\jane\\a.doc')],
  ] as const;
  const document = Buffer.alloc(1024);
  document.writeUInt16LE(flags, 10);
  let at = 0;
  for (const [where, table] of tables) {
    document.writeUInt32LE(at, where);
    document.writeUInt32LE(table.length, where + 4);
    at += table.length;
  }
  return compound({
    WordDocument: document,
    '1Table': Buffer.concat(tables.map(([, table]) => table)),
    '\x05SummaryInformation': summary('J\xf6rg Old', 'Lena Last'),
    '\x05DocumentSummaryInformation': documentSummary(),
  });
}

export const docTells: readonly string[] = [
  'author of a comment: Old Commenter',
  'author of a tracked change: Old Reviser',
  'saved by: jane',
  'saved as: C:\\Users\\jane\\a.doc',
  'author: Jörg Old',
  'last saved by: Lena Last',
  'manager: Max Manager',
  'company: ACME',
  'field of its own: Case: 4711',
];

const record = (type: number, content: Buffer) => Buffer.concat([le16(type, content.length), content]);
const wide = (text: string) => Buffer.concat([le16(text.length), Buffer.from([1]), Buffer.from(text, 'utf16le')]);

export const xls = () =>
  compound({
    Workbook: Buffer.concat([
      record(0x809, Buffer.alloc(16)),
      record(0x5c, Buffer.concat([wide('Xaver Old'), Buffer.alloc(40, 0x20)])),
      record(0x1c, Buffer.concat([Buffer.alloc(8), wide('Nina Note')])),
      record(0x0a, Buffer.alloc(0)),
    ]),
  });

export const lockedXls = () => compound({ Workbook: record(0x2f, Buffer.alloc(6)) });

export const ppt = () =>
  compound({ 'Current User': Buffer.concat([Buffer.alloc(20), le16(8), Buffer.alloc(6), Buffer.from('Paul Old')]) });

export const msg = () =>
  compound({
    '__substg1.0_0C1A001F': Buffer.from('Sina Sender', 'utf16le'),
    '__substg1.0_0C1F001E': Buffer.from('sina@acme.example'),
    '__substg1.0_1000001F': Buffer.from('The text itself', 'utf16le'),
  });

// --- Rich text --------------------------------------------------------------------------------------------------

export const rtf = () =>
  Buffer.from(
    "{\\rtf1\\ansi{\\info{\\author Ren\\'e9e}{\\operator \\u321?ukasz}{\\*\\company ACME}}{\\*\\revtbl {Unknown;}{Rita Reviser;}}{\\*\\atnauthor Ada}Hello}",
  );

export const rtfTells: readonly string[] = [
  'author: Renée',
  'last saved by: Łukasz',
  'company: ACME',
  'author of a comment: Ada',
  'author of a tracked change: Rita Reviser',
];
