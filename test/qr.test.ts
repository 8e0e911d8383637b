import { randomBytes } from 'node:crypto';
import { crc32, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import jsqr from 'jsqr';
import { describe, expect, test, vi } from 'vitest';
import { tellQr } from '../bin/keys.ts';
import { pngQr, svgQr, terminalQr, terminalSize } from '../bin/qr.ts';
import { formatArmor } from '../wire/armor.ts';
import { CONTACT_BYTES } from '../wire/contact.ts';

// The package is CommonJS, and its types say otherwise than Node does.
const decoder = ((jsqr as unknown as { default?: typeof jsqr.default }).default ?? jsqr) as typeof jsqr.default;

/** A picture as rows, true for black. */
type Picture = boolean[][];

/** What an independent decoder reads in a picture. */
function read(picture: Picture, scale = 1): { text: string; version: number } {
  const size = picture.length * scale;
  const pixels = new Uint8ClampedArray(size * size * 4).fill(255);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const at = (y * size + x) * 4;
      if (picture[Math.floor(y / scale)]![Math.floor(x / scale)]) pixels.fill(0, at, at + 3);
    }
  }
  const found = decoder(pixels, size, size, { inversionAttempts: 'dontInvert' });
  if (found === null) throw new Error('no code found');
  return { text: Buffer.from(found.binaryData).toString(), version: found.version };
}

/** What a terminal shows that writes in light on dark. */
function terminalPicture(text: string): Picture {
  const lines = text.split('\n').slice(0, -1);
  const isBlack = { '█': [false, false], '▀': [false, true], '▄': [true, false], ' ': [true, true] };
  const rows = lines.flatMap((line) => {
    const halves = [...line].map((character) => isBlack[character as keyof typeof isBlack]);
    return [halves.map(([upper]) => upper!), halves.map(([, lower]) => lower!)];
  });
  return rows.slice(0, lines[0]!.length); // the lower half of the last line is white, and no part of the square
}

/** The picture that an SVG file of this kind draws: a white square, and black rectangles of one path. */
function svgPicture(svg: string): Picture {
  const [, size] = /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 (\d+) \1" [^>]*>\n/.exec(svg)!;
  expect(svg).toContain(`<rect width="${size}" height="${size}" fill="#fff"/>`);
  const picture = Array.from({ length: Number(size) }, () => Array<boolean>(Number(size)).fill(false));
  const [, path] = /<path fill="#000" d="([^"]+)"\/>\n<\/svg>\n$/.exec(svg)!;
  const drawn = path!.replace(/M(\d+) (\d+)h(\d+)v1h-\3z/g, (_, x, y, width) => {
    picture[Number(y)]!.fill(true, Number(x), Number(x) + Number(width));
    return '';
  });
  expect(drawn).toBe('');
  return picture;
}

/** The picture of a PNG file of this kind, with one bit for each pixel. */
function pngPicture(png: Uint8Array): Picture {
  const bytes = Buffer.from(png);
  expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < bytes.length; ) {
    const end = at + 8 + bytes.readUInt32BE(at);
    expect(bytes.readUInt32BE(end)).toBe(crc32(bytes.subarray(at + 4, end)));
    chunks.set(bytes.toString('latin1', at + 4, at + 8), bytes.subarray(at + 8, end));
    at = end + 4;
  }
  expect([...chunks.keys()]).toEqual(['IHDR', 'IDAT', 'IEND']);
  const header = chunks.get('IHDR')!;
  const size = header.readUInt32BE(0);
  expect([header.readUInt32BE(4), ...header.subarray(8)]).toEqual([size, 1, 0, 0, 0, 0]);
  const rows = inflateSync(chunks.get('IDAT')!);
  const stride = 1 + Math.ceil(size / 8);
  expect(rows.length).toBe(size * stride);
  return Array.from({ length: size }, (_, y) => {
    const row = rows.subarray(y * stride, (y + 1) * stride);
    expect(row[0]).toBe(0);
    return Array.from({ length: size }, (_, x) => ((row[1 + (x >> 3)]! >> (7 - (x & 7))) & 1) === 0);
  });
}

const columns = (picture: Picture): Picture => picture.map((_, x) => picture.map((row) => row[x]!));

/** A text as long as a contact's. */
const contact = formatArmor('DEAD DROP CONTACT', randomBytes(CONTACT_BYTES));
const longest = 'x'.repeat(2953);

/** Every picture of a text, each of as many pixels to a module as said. */
const pictures = (text: string): [Picture, number][] => [
  [terminalPicture(terminalQr(text)), 1],
  [svgPicture(svgQr(text)), 1],
  [pngPicture(pngQr(text)), 4],
];

describe('the code of a contact', () => {
  test('is read by another decoder as that very text, from the terminal, the SVG and the PNG file', () => {
    for (const [picture, scale] of pictures(contact)) {
      expect(read(picture, scale === 1 ? 4 : 1)).toEqual({ text: contact, version: 35 });
    }
  });

  test('takes 165 columns and 83 lines: version 35 has 157 modules, and the quiet zone 4 on each side', () => {
    expect(Buffer.byteLength(contact)).toBe(2301);
    expect(terminalSize(contact)).toEqual({ columns: 165, lines: 83 });
    expect(terminalQr(contact).split('\n').length - 1).toBe(83);
    const lines = terminalQr(contact).split('\n').slice(0, -1);
    expect(lines).toHaveLength(83);
    expect(new Set(lines.map((line) => [...line].length))).toEqual(new Set([165]));
  });

  test('is the same picture everywhere', () => {
    const [terminal, svg, png] = pictures(contact).map(([picture, scale]) =>
      picture.filter((_, y) => y % scale === 0).map((row) => row.filter((_, x) => x % scale === 0)),
    );
    expect(svg).toEqual(terminal);
    expect(png).toEqual(terminal);
  });
});

test('every text that fits is read as it was', () => {
  const text = fc.oneof(fc.string({ minLength: 1, maxLength: 300 }), fc.string({ minLength: 1, unit: 'grapheme' }));
  fc.assert(
    fc.property(text, (any) => {
      for (const [picture, scale] of pictures(any)) expect(read(picture, scale === 1 ? 4 : 1).text).toBe(any);
    }),
    { numRuns: 50 },
  );
  expect(read(svgPicture(svgQr(longest)), 4)).toEqual({ text: longest, version: 40 });
});

test('four modules on each side are white, and not a fifth', () => {
  for (const [picture, scale] of pictures(contact)) {
    const edge = 4 * scale;
    const sides = [picture, picture.toReversed(), columns(picture), columns(picture).toReversed()];
    for (const rows of sides) expect(rows.findIndex((row) => row.includes(true))).toBe(edge);
  }
});

test('with colours each line is white on black by itself, and nothing else differs', () => {
  const lines = terminalQr(contact, { colour: true }).split('\n').slice(0, -1);
  const [start, end] = ['\x1b[38;5;231;48;5;16m', '\x1b[0m'];
  const plain = lines.map((line) => {
    expect(line.startsWith(start) && line.endsWith(end)).toBe(true);
    return `${line.slice(start.length, -end.length)}\n`;
  });
  expect(plain.join('')).toBe(terminalQr(contact));
});

test('without colours no line has an escape sequence', () => {
  expect(terminalQr(contact)).toMatch(/^[ ▀▄█\n]+$/);
});

test('refuses a text that does not fit, in one line', () => {
  const message = 'a text of 2954 bytes does not fit into a QR code, which holds 2953';
  for (const draw of [terminalQr, terminalSize, svgQr, pngQr]) {
    draw(longest);
    expect(() => draw(`${longest}x`)).toThrow(new Error(message));
    expect(() => draw(`${longest.slice(1)}é`)).toThrow(new Error(message)); // bytes count
  }
});

test('a code that a terminal is too small for is not drawn, neither too wide nor too high', () => {
  const contact = formatArmor('CONTACT', randomBytes(CONTACT_BYTES));
  const draw = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const on = (columns: number, rows: number) => () => tellQr(contact, { isTTY: true, columns, rows } as never);
  for (const [columns, rows] of [
    [80, 24],
    [164, 200],
    [40, 10],
    [400, 83],
  ] as const) {
    expect(on(columns, rows)).toThrow(
      `the code needs 165 columns and 84 lines, and this terminal has ${columns} and ${rows}: make its letters smaller, or use --svg or --png`,
    );
  }
  expect(draw).not.toHaveBeenCalled();
  on(165, 84)();
  tellQr(contact, { isTTY: false } as never);
  expect(draw).toHaveBeenCalledTimes(2);
  draw.mockRestore();
});
