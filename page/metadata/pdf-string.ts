/** The string that bytes begin with, or its first part where they end within it (ISO 32000-1, 7.3.4). */
export function stringIn(bytes: Uint8Array): string | undefined {
  const start = bytes.findIndex((byte) => !WHITE.has(byte));
  const content = bytes.subarray(start + 1);
  if (bytes[start] === code('(')) return decoded(literalIn(content));
  const end = bytes[start] === code('<') ? content.indexOf(code('>')) : -1;
  return end === -1 ? undefined : decoded(fromHex(content.subarray(0, end)));
}

const code = (character: string) => character.charCodeAt(0);

/** White space of PDF (7.2.2). */
const WHITE = new Set([0, 9, 10, 12, 13, 32]);
const [BACKSLASH, OPEN, CLOSE, CR, LF] = [code('\\'), code('('), code(')'), 13, 10];

const ESCAPES: ReadonlyMap<number, number> = new Map([
  [code('n'), 10],
  [code('r'), 13],
  [code('t'), 9],
  [code('b'), 8],
  [code('f'), 12],
]);

/** Up to the parenthesis that ends it: those in it go by pairs, or have a backslash. */
function literalIn(bytes: Uint8Array): Uint8Array {
  const found: number[] = [];
  let open = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    let byte = bytes[at]!;
    if (byte === CLOSE && open === 0) break;
    if (byte === OPEN) open += 1;
    else if (byte === CLOSE) open -= 1;
    else if (byte === BACKSLASH) {
      at += 1;
      byte = bytes[at] ?? BACKSLASH;
      const digits = octalAt(bytes, at);
      if (digits > 0) {
        byte = Number.parseInt(String.fromCharCode(...bytes.subarray(at, at + digits)), 8) & 0xff;
        at += digits - 1;
      } else if (byte === CR || byte === LF) {
        // a line goes on in the next one
        if (byte === CR && bytes[at + 1] === LF) at += 1;
        continue;
      } else byte = ESCAPES.get(byte) ?? byte;
    }
    found.push(byte);
  }
  return Uint8Array.from(found);
}

/** How many octal digits there are, of three at most. */
function octalAt(bytes: Uint8Array, at: number): number {
  let digits = 0;
  while (digits < 3 && bytes[at + digits]! >= code('0') && bytes[at + digits]! <= code('7')) digits += 1;
  return digits;
}

/** Empty when it is none, as where a dictionary begins in its place. */
function fromHex(bytes: Uint8Array): Uint8Array {
  const digits = new TextDecoder().decode(bytes).replace(/\s/g, '');
  if (!/^[0-9a-f]*$/i.test(digits)) return new Uint8Array();
  // The last digit may be left out where it is a zero.
  return Uint8Array.from(digits.match(/..?/g) ?? [], (pair) => Number.parseInt(pair.padEnd(2, '0'), 16));
}

/** UTF-16 or UTF-8 where it says so, a character a byte otherwise. */
function decoded(bytes: Uint8Array): string {
  const isUtf8 = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const encoding = isUtf8 ? 'utf-8' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'windows-1252';
  return new TextDecoder(encoding).decode(bytes);
}
