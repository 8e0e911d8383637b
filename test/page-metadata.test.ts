import { expect, test } from 'vitest';
import { lookInto } from '../page/metadata/look.ts';
import {
  cleanDocx,
  docx,
  exifSegment,
  jpeg,
  odt,
  pdf,
  pdfOf,
  png,
  pptx,
  tiff,
  webp,
  xlsx,
  xmpSegment,
} from './metadata-samples.ts';

const look = (bytes: Uint8Array) => lookInto(new Blob([new Uint8Array(bytes)]));

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
  expect(isKnown).toBe(true);
  expect(metadata.map(({ what }) => what)).toEqual(expect.arrayContaining([expect.stringMatching(/author|editor/)]));
});

test('a PDF tells what stands in its strings, however they are written', async () => {
  const objects = ['<< /Type /Catalog >>', '<< /Author (Ann \\(the\\) \\101uthor) /Creator <FEFF004F00660066> >>'];
  expect(await told(pdfOf(objects))).toEqual(['author: Ann (the) Author', 'program: Off']);
});

test('what tells nothing is known to tell nothing, and nothing is known of the rest', async () => {
  expect(await look(cleanDocx())).toEqual({ metadata: [], isKnown: true });
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
