import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatArmor, parseArmor } from '../wire/armor.ts';
import { formatBatch, isRung, linesOf, rungFor } from '../wire/batch.ts';
import { CONTACT_BYTES, formatContact, formatContactBytes, parseContact, parseContactBytes } from '../wire/contact.ts';
import { reader } from '../wire/cursor.ts';
import { checkDropUrl, spellDropUrl } from '../wire/drop-url.ts';
import { formatHead, furtherCells, type LetterHead, parseHead } from '../wire/letter.ts';
import { formatSealedId, parseSealedId, readSealedId } from '../wire/sealed-id.ts';
import { CELL_CONTENT_BYTES, LINE_BYTES, SEALED_ID_BYTES, SUMMARY_LINES_MAX } from '../wire/sizes.ts';
import { batchKey, parseSlot, slotAt, slotBefore } from '../wire/slot.ts';
import { batchOf, dayOf, formatSummary, hourOf, idsOf, parseSummary, slotsOf, summaryKey } from '../wire/summary.ts';
import { formatUploadId, parseUploadId, uploadKey } from '../wire/upload-id.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= \n\u00e9';

describe.each([
  { what: 'upload id', size: 32, characters: 43, format: formatUploadId, parse: parseUploadId },
  { what: 'sealed id', size: 80, characters: 108, format: formatSealedId, parse: parseSealedId },
])('$what', ({ what, size, characters, format, parse }) => {
  test('survives writing and reading', () => {
    fc.assert(
      fc.property(bytes(size), (id) => {
        expect(format(id)).toHaveLength(characters);
        expect(parse(format(id))).toEqual(id);
      }),
    );
  });

  test('has one spelling: whatever else reads at all reads as other bytes', () => {
    fc.assert(
      fc.property(bytes(size), fc.nat(characters - 1), fc.constantFrom(...ALPHABET), (id, at, character) => {
        const text = format(id);
        const other = text.slice(0, at) + character + text.slice(at + 1);
        if (other === text) return;
        let read: Uint8Array | undefined;
        try {
          read = parse(other);
        } catch (error) {
          expect((error as Error).message).toBe(`invalid ${what}`);
        }
        if (read !== undefined) {
          expect(read).not.toEqual(id);
          expect(format(read)).toBe(other);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['nothing', ''],
    ['one character less', 'A'.repeat(characters - 1)],
    ['one character more', 'A'.repeat(characters + 1)],
    ['the standard alphabet', `${'+'.repeat(characters)}`],
    ['a newline behind it', `${format(new Uint8Array(size))}\n`],
    ['bits that do not fit', `${'A'.repeat(characters - 2)}${characters === 43 ? 'AB' : 'B='}`],
  ])('refuses %s', (_, text) => {
    expect(() => parse(text)).toThrow(`invalid ${what}`);
  });

  test('refuses bytes of another size', () => {
    for (const length of [0, size - 1, size + 1])
      expect(() => format(new Uint8Array(length))).toThrow(`invalid ${what}`);
  });
});

describe('a sealed id as people copy it', () => {
  const wide = (text: string) => text.replace(/[!-~]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0));

  test.each<[string, (text: string) => string]>([
    ['with CR', (text) => `${text}\r\n`],
    ['on many lines', (text) => text.replace(/.{20}/g, '$&\r\n  ')],
    ['in quotes', (text) => `"${text}"`],
    ['in quotes of a word processor', (text) => `\u201c${text}\u201d.`],
    ['without its =', (text) => text.slice(0, -1)],
    ['with an encoded =', (text) => text.replace('=', '%3D')],
    ['with dashes for hyphens', (text) => text.replaceAll('-', '\u2011')],
    ['in wide characters', wide],
    ['with blanks of no width and a byte order mark', (text) => `\ufeff${text.replace(/.{9}/g, '$&\u200b')}`],
    ['with blanks that do not break', (text) => `\u00a0${text}\u00a0`],
  ])('is read %s', (_, change) => {
    fc.assert(
      fc.property(bytes(80), (id) => {
        expect(readSealedId(change(formatSealedId(id)))).toEqual(id);
      }),
    );
  });

  test('refuses others, and says in what they differ and none of what was given', () => {
    const text = formatSealedId(new Uint8Array(80));
    const length = (count: number) => `a sealed id has 107 characters before its =, and these are ${count}`;
    expect(() => readSealedId('')).toThrow(length(0));
    expect(() => readSealedId(text.slice(1))).toThrow(length(106));
    expect(() => readSealedId(`A${text}`)).toThrow(length(108));
    expect(() => readSealedId(`${'A'.repeat(6)}+${text.slice(7)}`)).toThrow(/^character 7 is none of a sealed id's/);
    expect(() => readSealedId(`${'A'.repeat(6)}\u{1f511}${text.slice(7)}`)).toThrow(/^character 7 /);
    expect(() => readSealedId(`${'A'.repeat(106)}B=`)).toThrow(/^the end is none of a sealed id's/);
  });
});

test('an upload lies under uploads/ and its id', () => {
  expect(uploadKey(new Uint8Array(32))).toBe(`uploads/${'A'.repeat(43)}`);
});

describe('slot', () => {
  const moments = fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true });

  test('is the start of the five minutes that a moment falls into', () => {
    expect(slotAt(new Date('2026-11-22T11:29:59.999Z'))).toBe('2026-11-22T11:25:00Z');
    fc.assert(
      fc.property(moments, (moment) => {
        const age = moment.getTime() - parseSlot(slotAt(moment)).getTime();
        expect(age).toBeGreaterThanOrEqual(0);
        expect(age).toBeLessThan(300_000);
      }),
    );
  });

  test('sorts as text the way it sorts in time', () => {
    fc.assert(
      fc.property(moments, moments, (a, b) => {
        const [one, other] = [slotAt(a), slotAt(b)];
        expect(one < other).toBe(parseSlot(one) < parseSlot(other));
      }),
    );
  });

  test('counts back over midnight and new year', () => {
    expect(slotBefore('2027-01-01T00:05:00Z', 3)).toBe('2026-12-31T23:50:00Z');
    expect(batchKey('2027-01-01T00:05:00Z')).toBe('ids/2027-01-01T00:05:00Z');
  });

  test.each([
    '2026-11-22T11:26:00Z',
    '2026-11-22T11:25:01Z',
    '2026-11-22T11:25:00.000Z',
    '2026-11-22T11:25:00+00:00',
    '2026-02-30T11:25:00Z',
    '2026-11-22T24:00:00Z',
    '2026-11-22 11:25:00Z',
    '',
  ])('refuses %s', (text) => {
    expect(() => parseSlot(text)).toThrow('invalid slot');
  });

  test('refuses a moment that is none', () => {
    expect(() => slotAt(new Date(Number.NaN))).toThrow();
    expect(() => slotAt(new Date('+010000-01-01T00:00:00Z'))).toThrow('invalid slot');
  });
});

describe('batch', () => {
  const rungs = Array.from({ length: 15 }, (_, k) => 8 * 2 ** k);

  test('has a rung of lines and nothing else', () => {
    for (const rung of rungs)
      for (const [lines, is] of [
        [rung, true],
        [rung - 1, false],
        [rung + 1, false],
      ] as const) {
        expect(isRung(lines)).toBe(is);
      }
    for (const lines of [0, 1, 4, 262_144, 8.5, Number.NaN]) expect(isRung(lines)).toBe(false);
  });

  test('takes the smallest rung that holds what waits', () => {
    for (const rung of rungs) expect(rungFor(rung, 8)).toBe(rung);
    for (const rung of rungs.slice(1)) expect(rungFor(rung / 2 + 1, 8)).toBe(rung);
    expect(rungFor(0, 8)).toBe(8);
    expect(rungFor(0, 64)).toBe(64);
    expect(() => rungFor(131_073, 8)).toThrow(RangeError);
  });

  test('survives writing and reading', () => {
    fc.assert(
      fc.property(fc.array(bytes(80), { minLength: 16, maxLength: 16 }), (sealedIds) => {
        const lines = sealedIds.map(formatSealedId);
        const body = formatBatch(lines);
        expect(body).toHaveLength(16 * LINE_BYTES);
        expect([...linesOf(body)]).toEqual(lines);
      }),
    );
  });

  test('keeps the neighbours of a damaged line readable', () => {
    const lines = Array.from({ length: 8 }, (_, i) => formatSealedId(new Uint8Array(80).fill(i)));
    const body = formatBatch(lines);
    body[LINE_BYTES * 3 + 108] = 0x20; // its newline
    body[LINE_BYTES * 5] = 0x2b; // a plus sign
    const read = [...linesOf(body)];
    expect(read).toHaveLength(8);
    const good = read.filter((line) => {
      try {
        return parseSealedId(line);
      } catch {
        return false;
      }
    });
    expect(good).toEqual(lines.filter((_, i) => i !== 3 && i !== 5));
  });

  test('refuses bodies and lines that are no batch', () => {
    const line = formatSealedId(new Uint8Array(80));
    for (const length of [0, 871, 873, 109 * 9])
      expect(() => [...linesOf(new Uint8Array(length))]).toThrow('invalid batch');
    expect(() => formatBatch(Array(7).fill(line))).toThrow('invalid batch');
    expect(() => formatBatch([...Array(7).fill(line), line.replace('=', '')])).toThrow('invalid sealed id');
  });
});

describe('summary', () => {
  const HOUR = '2026-11-22T11';
  const batch = (rung: number, byte: number) => new Uint8Array(rung * SEALED_ID_BYTES).fill(byte);
  const batches = new Map([
    [`${HOUR}:00:00Z`, batch(8, 1)],
    [`${HOUR}:20:00Z`, batch(16, 2)],
    [`${HOUR}:55:00Z`, batch(8, 3)],
  ]);

  test('has the slots of an hour or a day, and is named by it', () => {
    expect([hourOf(`${HOUR}:20:00Z`), dayOf(`${HOUR}:20:00Z`), dayOf(HOUR)]).toEqual([
      HOUR,
      '2026-11-22',
      '2026-11-22',
    ]);
    expect(slotsOf(HOUR)).toHaveLength(12);
    expect(slotsOf(HOUR).at(-1)).toBe(`${HOUR}:55:00Z`);
    expect(slotsOf('2026-12-31')).toHaveLength(288);
    expect(slotsOf('2026-12-31').at(-1)).toBe('2026-12-31T23:55:00Z');
    expect([summaryKey(HOUR), summaryKey('2026-11-22')]).toEqual([`summaries/${HOUR}`, 'summaries/2026-11-22']);
    for (const none of ['', '2026', '2026-11-31', '2026-11-22T', '2026-11-22T24', `${HOUR}:00`, `${HOUR}:00:00Z`, 'x'])
      expect(() => slotsOf(none)).toThrow();
  });

  test.each([HOUR, '2026-11-22'])('of %s survives writing and reading, and leaves other periods out', (period) => {
    const others = new Map([...batches, ['2026-11-21T11:00:00Z', batch(8, 4)], ['2026-11-23T00:00:00Z', batch(8, 5)]]);
    const body = formatSummary(period, others);
    expect(body).toHaveLength(11 + 4 * (period === HOUR ? 12 : 288) + 80 * 32);
    expect(parseSummary(body, period)).toEqual(batches);
  });

  test('gives the batches back as they were', () => {
    fc.assert(
      fc.property(fc.array(bytes(80), { minLength: 8, maxLength: 8 }), (sealedIds) => {
        const body = formatBatch(sealedIds.map(formatSealedId));
        expect(idsOf(body)).toEqual(new Uint8Array(Buffer.concat(sealedIds)));
        expect(batchOf(idsOf(body))).toEqual(body);
      }),
    );
    const body = formatBatch(Array<string>(8).fill(formatSealedId(batch(1, 7))));
    body[LINE_BYTES * 5] = 0x2b;
    expect(() => idsOf(body)).toThrow('invalid sealed id');
    expect(() => idsOf(body.subarray(1))).toThrow('invalid batch');
  });

  test('has one spelling: no byte of its head can be another one, nor its size', () => {
    const body = formatSummary(HOUR, batches);
    for (let at = 0; at < 11 + 48; at += 1)
      for (const flip of [1, 0x80]) {
        const other = Buffer.from(body);
        other[at]! ^= flip;
        expect(() => parseSummary(other, HOUR)).toThrow(at === 0 ? /newer|invalid summary/ : Error);
      }
    for (const cut of [
      body.subarray(0, -1),
      Buffer.concat([body, Buffer.alloc(80)]),
      body.subarray(0, 5),
      Buffer.alloc(0),
    ])
      expect(() => parseSummary(cut, HOUR)).toThrow('invalid summary');
    expect(() => parseSummary(body, '2026-11-22T12')).toThrow('invalid summary');
    expect(() => parseSummary(body, '2026-11-22')).toThrow('invalid summary');
  });

  test('has a line at least, and no more than it may', () => {
    expect(() => formatSummary(HOUR, new Map())).toThrow('invalid summary');
    expect(() => formatSummary(HOUR, new Map([[`${HOUR}:00:00Z`, batch(9, 1)]]))).toThrow('invalid summary');
    const half = batch(SUMMARY_LINES_MAX / 2, 1);
    const full = new Map([`${HOUR}:00:00Z`, `${HOUR}:05:00Z`].map((slot) => [slot, half]));
    expect(parseSummary(formatSummary(HOUR, full), HOUR).size).toBe(2);
    full.set(`${HOUR}:10:00Z`, batch(8, 2));
    expect(() => formatSummary(HOUR, full)).toThrow('invalid summary');
  });
});

describe('armor', () => {
  test('survives writing and reading, in lines of 64 characters', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (body) => {
        const text = formatArmor('DEAD DROP TEST', body);
        expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(64);
        expect(parseArmor('DEAD DROP TEST', text)).toEqual(body);
      }),
    );
  });

  const TEXT = formatArmor('DEAD DROP TEST', new Uint8Array(100).fill(7));
  const end = TEXT.length - 1; // of the last hyphen

  test('refuses every text with one character added or removed within it', () => {
    for (let at = 0; at < end; at += 1) {
      const without = TEXT.slice(0, at) + TEXT.slice(at + 1);
      const others = [
        without,
        ...[' ', '\t', '\r', '\n', '-', '\u{feff}'].map((one) => TEXT.slice(0, at) + one + TEXT.slice(at)),
      ];
      for (const other of at === 0 ? [without, `-${TEXT}`] : others) {
        // A carriage return before a newline is what mail makes of a newline.
        if (other.replaceAll('\r\n', '\n') === TEXT) continue;
        expect(() => parseArmor('DEAD DROP TEST', other), JSON.stringify(other)).toThrow('not a dead drop test');
        expect(() => parseArmor('DEAD DROP TEST', Buffer.from(other))).toThrow('not a dead drop test');
      }
    }
    expect(() => parseArmor('DEAD DROP OTHER', TEXT)).toThrow('not a dead drop other');
  });

  test('is read as mail, editors and shells leave it: line ends, blanks around, a byte order mark, UTF-16', () => {
    const changed = [
      TEXT.trimEnd(),
      TEXT.replaceAll('\n', '\r\n'),
      `\r\n\r\n${TEXT.replaceAll('\n', '\r\n')}\r\n`,
      ` \t\n  ${TEXT} \n\t`,
      `\u{feff}${TEXT}`,
    ];
    for (const text of changed) {
      const marked = Buffer.from(`\u{feff}${text.replace('\u{feff}', '')}`, 'utf16le');
      const bytes = [Buffer.from(text), marked, Buffer.from(marked).swap16()];
      for (const given of [text, ...bytes])
        expect(parseArmor('DEAD DROP TEST', given)).toEqual(new Uint8Array(100).fill(7));
    }
  });

  test('refuses UTF-16 that does not say so, and two byte order marks', () => {
    const wide = Buffer.from(TEXT, 'utf16le');
    const twice = Buffer.from(`\u{feff}\u{feff}${TEXT}`);
    for (const given of [wide, Buffer.from(wide).swap16(), twice, new Uint8Array(), ''])
      expect(() => parseArmor('DEAD DROP TEST', given)).toThrow('not a dead drop test');
  });
});

/** Contacts whose keys and signatures are noise. */
const anyContacts = fc.record({
  kind: fc.constantFrom('identity' as const, 'mailbox' as const),
  identity: bytes(32),
  idKey: bytes(32),
  cellKey: bytes(1216),
  letterKey: bytes(32),
  validFrom: fc.nat(2 ** 31).map((minute) => minute * 60),
  validUntil: fc.integer({ min: 2 ** 40, max: Number.MAX_SAFE_INTEGER }),
  drop: fc
    .webUrl()
    .map((url) => spellDropUrl(url)!)
    .filter((url) => Buffer.byteLength(url) <= 255),
  signature: bytes(64),
});

/** A mailbox has nothing to sign with. */
const unsigned = { letterKey: new Uint8Array(32), signature: new Uint8Array(64) };
const contacts = anyContacts.map((contact) => (contact.kind === 'mailbox' ? { ...contact, ...unsigned } : contact));

describe('contact', () => {
  test('survives writing and reading, always with 1,650 bytes', () => {
    fc.assert(
      fc.property(contacts, (contact) => {
        expect(formatContactBytes(contact)).toHaveLength(CONTACT_BYTES);
        expect(parseContactBytes(formatContactBytes(contact))).toEqual(contact);
        if (contact.kind === 'identity') expect(parseContact(formatContact(contact))).toEqual(contact);
        else expect(() => parseContact(formatContact(contact))).toThrow('for answers only');
      }),
    );
  });

  test("refuses a mailbox's with a letter key or a signature", () => {
    const [some] = fc.sample(anyContacts, 1);
    for (const field of ['letterKey', 'signature'] as const) {
      const contact = { ...some!, kind: 'mailbox' as const, ...unsigned };
      expect(parseContactBytes(formatContactBytes(contact))).toEqual(contact);
      const wrong = { ...contact, [field]: Uint8Array.from(unsigned[field]).fill(1, 7, 8) };
      expect(() => parseContactBytes(formatContactBytes(wrong))).toThrow('invalid contact');
    }
  });

  test('refuses another version, another size, and bytes behind the URL', () => {
    const [contact] = fc.sample(contacts, 1);
    const good = formatContactBytes({ ...contact!, drop: 'http://127.0.0.1:1' });
    const version = Uint8Array.from(good);
    version[0] = 2;
    expect(() => parseContactBytes(version)).toThrow('newer version');
    expect(() => parseContactBytes(good.subarray(2))).toThrow('invalid contact');
    const old = 'this contact is of before version 1: ask for a newer one';
    expect(() => parseContactBytes(good.subarray(1))).toThrow(old); // as long as one of them
    expect(() => parseContact(formatArmor('DEAD DROP CONTACT', good.subarray(1)))).toThrow(old);
    const behind = Uint8Array.from(good);
    behind[1585] = 1;
    expect(() => parseContactBytes(behind)).toThrow('invalid contact');
    const huge = Uint8Array.from(good);
    huge[1314] = 255;
    expect(() => parseContactBytes(huge)).toThrow('invalid contact');
  });

  test('refuses another kind, times that no epoch has, and every other spelling of a URL', () => {
    const [contact] = fc.sample(contacts, 1);
    const good = formatContactBytes({ ...contact!, drop: 'http://127.0.0.1:1', validFrom: 120, validUntil: 121 });
    const changed = (at: number, ...values: number[]) => {
      const bytes = Uint8Array.from(good);
      bytes.set(values, at);
      return () => parseContactBytes(bytes);
    };
    const url = (text: string) =>
      changed(1330, text.length, ...Buffer.from(text), ...new Array(40 - text.length).fill(0));
    expect(url('https://drop.example/a')).not.toThrow();
    for (const kind of [0, 3, 255]) expect(changed(1, kind)).toThrow('invalid contact');
    expect(changed(1321, 121)).toThrow('invalid contact'); // within a minute
    expect(changed(1329, 120)).toThrow('invalid contact'); // at once
    const others = [
      ...['', 'h', 'ftp://h', 'http://', 'http://127.1', 'HTTP://h', ' http://h', 'http://h ', 'http://h/', 'http://H'],
      ...['http://h:80', 'https://h:443', 'http://h/x/../y', 'http://h//a', 'http://h/a/', 'http://h?', 'http://h#'],
      ...[
        'http://h?a',
        'http://u@h',
        'http://u:p@h',
        'http://h.',
        'http://h../a',
        'http://h/ ',
        'http:h',
        'http://h/\u{e9}',
      ],
    ];
    for (const other of others) expect(url(other), other).toThrow('invalid contact');
  });
});

describe("a drop's URL", () => {
  test.each([
    ['https://drop.example/', 'https://drop.example'],
    ['HTTPS://Drop.Example:443', 'https://drop.example'],
    [' http://127.1:8787 ', 'http://127.0.0.1:8787'],
    ['http://127.1.', 'http://127.0.0.1'],
    ['https://drop.example./a//b/', 'https://drop.example/a/b'],
    ['https://drop.example/x/../y', 'https://drop.example/y'],
  ])('%j is spelled %j, and whoever asks is told', (typed, right) => {
    expect(spellDropUrl(typed)).toBe(right);
    expect(() => checkDropUrl(typed)).toThrow(`the drop's URL is spelled ${right}`);
    expect(() => checkDropUrl(right)).not.toThrow();
  });

  test('has one spelling: the right one of any is its own', () => {
    fc.assert(
      fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (url) => {
        const right = spellDropUrl(url);
        if (right === undefined) expect(url).toMatch(/[?#]/);
        else expect(spellDropUrl(right)).toBe(right);
      }),
    );
  });

  test('refuses what is none, and what has more than 255 bytes', () => {
    for (const text of ['', 'drop.example', 'ftp://h', 'http://u@h', 'http://h?', 'http://.'])
      expect(() => checkDropUrl(text), text).toThrow('the drop is given by its URL, like https://drop.example');
    const long = `http://h/${'a'.repeat(246)}`;
    expect(() => checkDropUrl(long)).not.toThrow();
    expect(() => checkDropUrl(`${long}a`)).toThrow("the drop's URL is longer than 255 bytes");
  });
});

test('what is read from a byte table is a copy, so that the table can be wiped', () => {
  for (const table of [new Uint8Array(4), Buffer.alloc(4), Buffer.from('four')]) {
    const field = reader(table.fill(7)).bytes(4);
    table.fill(0);
    expect(field).toEqual(new Uint8Array(4).fill(7));
  }
});

describe('letter head', () => {
  const names = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' });
  const parts = fc.record({
    textBytes: fc.nat(2 ** 20),
    files: fc.array(fc.record({ name: names, bytes: fc.nat(2 ** 24) }), { maxLength: 5 }),
  });
  const heads = fc
    .tuple(
      parts,
      fc.option(fc.record({ id: bytes(32), ticket: bytes(32) }), { nil: undefined }),
      fc.option(fc.record({ contact: contacts, ticket: bytes(32), proof: bytes(64) }), { nil: undefined }),
    )
    .map(([part, answers, writer]): LetterHead => {
      const entry = (i: number) => ({ id: new Uint8Array(32).fill(i + 1), digest: new Uint8Array(32).fill(i) });
      const cells = Array.from({ length: furtherCells(part) }, (_, i) => entry(i));
      return { ...part, answers: writer && answers, writer, cells };
    });
  const contentOf = (head: LetterHead) => {
    const content = new Uint8Array(CELL_CONTENT_BYTES);
    const written = formatHead(head);
    content.set(written);
    return { content, length: written.length };
  };

  test('survives writing and reading', () => {
    fc.assert(
      fc.property(heads, (head) => {
        const { content, length } = contentOf(head);
        expect(parseHead(content)).toEqual({ head, bodyAt: length });
      }),
    );
  });

  test('has one spelling: a changed byte is refused or reads as something else', () => {
    fc.assert(
      fc.property(heads, fc.nat(2200), fc.integer({ min: 1, max: 255 }), (head, at, flip) => {
        const { content, length } = contentOf(head);
        fc.pre(at < length);
        content[at]! ^= flip;
        let read: LetterHead | undefined;
        try {
          read = parseHead(content).head;
        } catch (error) {
          expect((error as Error).message).toMatch(
            /invalid|newer version|too early|too large|at most|larger|longer|bytes/,
          );
        }
        if (read !== undefined) expect(read).not.toEqual(head);
      }),
      { numRuns: 500 },
    );
  });

  test('refuses an answer that nobody signed', () => {
    const none = { textBytes: 0, files: [], cells: [] };
    const answers = { id: new Uint8Array(32).fill(1), ticket: new Uint8Array(32).fill(2) };
    expect(() => formatHead({ ...none, answers })).toThrow('invalid letter');
    const { content } = contentOf(none);
    content[1] = 1;
    content.set(answers.id, 2);
    content.set(answers.ticket, 34);
    expect(() => parseHead(content)).toThrow('invalid letter');
  });

  test.each([
    ['an id', 2],
    ['the ticket of a letter', 34],
    ['a contact', 66],
    ['a ticket', 1715],
    ['a signature', 1747],
  ])('refuses %s that no flag announces', (_, at) => {
    const { content } = contentOf({ textBytes: 0, files: [], cells: [] });
    content[at] = 1;
    expect(() => parseHead(content)).toThrow('invalid letter');
  });

  test('refuses a flag of which it knows nothing', () => {
    const { content } = contentOf({ textBytes: 0, files: [], cells: [] });
    content[1] = 4;
    expect(() => parseHead(content)).toThrow('invalid letter');
  });

  test('refuses a cell named twice', () => {
    const part = { textBytes: 0, files: [{ name: 'a', bytes: 3 * 2 ** 20 }] };
    const cells = Array.from({ length: furtherCells(part) }, () => ({
      id: new Uint8Array(32),
      digest: new Uint8Array(32),
    }));
    expect(cells.length).toBeGreaterThan(1);
    expect(() => parseHead(contentOf({ ...part, cells }).content)).toThrow('invalid letter');
  });

  test('refuses a number of cells other than the smallest', () => {
    const head = { textBytes: 0, files: [], cells: [] };
    const cells = [{ id: new Uint8Array(32), digest: new Uint8Array(32) }];
    expect(() => formatHead({ ...head, cells })).toThrow('invalid letter');
  });

  test.each([
    ['a text that is too long', { textBytes: 2 ** 20 + 1, files: [] }, 'text is longer'],
    ['too many files', { textBytes: 0, files: Array(1001).fill({ name: 'a', bytes: 0 }) }, 'at most 1000 files'],
    ['an empty name', { textBytes: 0, files: [{ name: '', bytes: 0 }] }, 'file name'],
    ['a name that is too long', { textBytes: 0, files: [{ name: 'a'.repeat(256), bytes: 0 }] }, 'file name'],
  ])('refuses %s', (_, part, message) => {
    expect(() => formatHead({ cells: [], ...part })).toThrow(message);
  });
});
