import { crc32, deflateSync } from 'node:zlib';
import encodeQR from 'qr';

/** White around a code, in modules, as ISO/IEC 18004 asks for: without it readers do not find the code. */
const QUIET_ZONE = 4;

/** What the largest code holds, of 177 x 177 modules, with the least error correction. */
const TEXT_MAX_BYTES = 2953;

/** Pixels along a module: 660 along the code of a contact, in 5 KB. */
const PNG_SCALE = 4;

/** The rows of a code, quiet zone included: true is black. */
type Modules = readonly (readonly boolean[])[];

/**
 * Draws a text as a QR code for a terminal, two rows of modules to a line.
 *
 * Without colours it takes for granted that the terminal writes in light on dark: what is white is written, and what is
 * black is left out. A terminal that writes in dark on light shows it inverted, which many readers do not read.
 *
 * @param colour - says black and white itself, so that it is right on every terminal
 * @throws Error when the text is longer than 2,953 bytes
 */
export function terminalQr(text: string, { colour = false } = {}): string {
  const modules = modulesOf(text);
  const lines: string[] = [];
  for (let y = 0; y < modules.length; y += 2) {
    const line = modules[y]!.map((isBlack, x) => half(isBlack, modules[y + 1]?.[x] ?? false)).join('');
    lines.push(colour ? `${WHITE_ON_BLACK}${line}${RESET}\n` : `${line}\n`);
  }
  return lines.join('');
}

/** How many columns and lines `terminalQr` takes. @throws Error when the text is longer than 2,953 bytes */
export function terminalSize(text: string): { readonly columns: number; readonly lines: number } {
  const { length } = modulesOf(text);
  return { columns: length, lines: Math.ceil(length / 2) };
}

/** Draws a text as a QR code in an SVG file. @throws Error when the text is longer than 2,953 bytes */
export function svgQr(text: string): string {
  const modules = modulesOf(text);
  const size = modules.length;
  const path = modules.map((row, y) => runs(row).map(({ x, length }) => `M${x} ${y}h${length}v1h-${length}z`));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">`,
    `<rect width="${size}" height="${size}" fill="#fff"/>`,
    `<path fill="#000" d="${path.flat().join('')}"/>`,
    '</svg>\n',
  ].join('\n');
}

/** Draws a text as a QR code in a PNG file, 4 pixels to a module. @throws Error when the text is longer than 2,953 bytes */
export function pngQr(text: string): Uint8Array {
  const modules = modulesOf(text);
  const size = modules.length * PNG_SCALE;
  const rows = modules.map((row) => {
    const bytes = Buffer.alloc(1 + Math.ceil(size / 8)); // the filter of the row, 0: none
    for (let x = 0; x < size; x += 1) {
      if (!row[Math.floor(x / PNG_SCALE)]) bytes[1 + (x >> 3)]! |= 0x80 >> (x & 7);
    }
    return bytes;
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header[8] = 1; // bit for each pixel; what follows is 0: grey, deflated, filtered by row, not interlaced
  const pixels = deflateSync(Buffer.concat(rows.flatMap((row) => Array<Buffer>(PNG_SCALE).fill(row))));
  return Buffer.concat([PNG_SIGNATURE, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND')]);
}

/** Error correction is the least there is: a code on a screen or on paper is whole, and smaller ones are easier read. */
function modulesOf(text: string): Modules {
  const { length } = Buffer.from(text);
  if (length > TEXT_MAX_BYTES)
    throw new Error(`a text of ${length} bytes does not fit into a QR code, which holds ${TEXT_MAX_BYTES}`);
  return encodeQR(text, 'raw', { ecc: 'low', encoding: 'byte', border: QUIET_ZONE });
}

/** Colours of the fixed part of the 256, which no theme changes. */
const [WHITE_ON_BLACK, RESET] = ['\x1b[38;5;231;48;5;16m', '\x1b[0m'];

/** One character for two modules, whose ink is what is white. */
function half(isUpperBlack: boolean, isLowerBlack: boolean): string {
  if (isUpperBlack) return isLowerBlack ? ' ' : '▄';
  return isLowerBlack ? '▀' : '█';
}

/** Where black begins in a row, and how far it goes. */
function runs(row: readonly boolean[]): { x: number; length: number }[] {
  const found: { x: number; length: number }[] = [];
  for (const [x, isBlack] of row.entries()) {
    if (isBlack && row[x - 1]) found.at(-1)!.length += 1;
    else if (isBlack) found.push({ x, length: 1 });
  }
  return found;
}

const PNG_SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** A chunk of a PNG file: length, type, content, checksum of type and content. */
function chunk(type: string, content: Uint8Array = Buffer.of()): Uint8Array {
  const bytes = Buffer.alloc(4 + 4 + content.length + 4);
  bytes.writeUInt32BE(content.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(content, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), bytes.length - 4);
  return bytes;
}
