import { expect, test } from 'vitest';
import { CONTACT_BYTES, CONTACT_SIGNED_BYTES } from '../wire/contact.ts';
import { CELL_ENTRY_BYTES, furtherCells, HEAD_FIXED_BYTES, PROOF_AT } from '../wire/letter.ts';
import * as sizes from '../wire/sizes.ts';

test('every size is the number that docs/protocol.md states', () => {
  expect({ ...sizes, CONTACT_SIGNED_BYTES, CONTACT_BYTES, PROOF_AT, HEAD_FIXED_BYTES, CELL_ENTRY_BYTES }).toEqual({
    UPLOAD_ID_BYTES: 32,
    UPLOAD_ID_CHARACTERS: 43,
    SEAL_OVERHEAD_BYTES: 48,
    SEALED_ID_BYTES: 80,
    SEALED_ID_CHARACTERS: 108,
    LINE_BYTES: 109,
    LINES_MIN: 8,
    LINES_MAX: 131_072,
    PUBLISHED_MAX: 110_000,
    SUMMARY_LINES_MAX: 262_144,
    RANGE_BYTES: 4_194_304,
    SLOT_SECONDS: 300,
    WORK_NONCE_BYTES: 8,
    WORK_BITS_MAX: 24,
    UPLOAD_URL_SECONDS: 900,
    CELL_BYTES: 1_048_576,
    XWING_CIPHERTEXT_BYTES: 1120,
    XWING_PUBLIC_KEY_BYTES: 1216,
    COMMITMENT_BYTES: 32,
    NONCE_BYTES: 24,
    TAG_BYTES: 16,
    CELL_CONTENT_BYTES: 1_047_408,
    CELL_DIGEST_BYTES: 32,
    CURVE_KEY_BYTES: 32,
    SIGNATURE_BYTES: 64,
    PROOF_BYTES: 64,
    TICKET_BYTES: 32,
    TEXT_MAX_BYTES: 1_048_576,
    FILES_MAX: 1000,
    FILE_NAME_MAX_BYTES: 255,
    DROP_URL_MAX_BYTES: 255,
    RETENTION_DAYS: 14,
    LETTER_MAX_DAYS: 8,
    DELETION_MARGIN_DAYS: 3,
    CONTACT_SIGNED_BYTES: 1586,
    CONTACT_BYTES: 1650,
    PROOF_AT: 1748,
    HEAD_FIXED_BYTES: 1824,
    CELL_ENTRY_BYTES: 64,
  });
  expect(sizes.LINES_MAX * sizes.LINE_BYTES).toBe(14_286_848);
});

test('a letter has the number of cells that the formula in docs/protocol.md gives', () => {
  const cells = (bytes: number) => furtherCells({ textBytes: 0, files: [{ name: 'a', bytes }] });
  const largestInOneCell = 1_045_575 - 1;
  expect(cells(0)).toBe(0);
  expect(cells(largestInOneCell)).toBe(0);
  expect(cells(largestInOneCell + 1)).toBe(1);
  expect(cells(largestInOneCell + 1_047_344)).toBe(1);
  expect(cells(largestInOneCell + 1_047_345)).toBe(2);
  expect(cells(largestInOneCell + 16_337 * 1_047_344)).toBe(16_337);
  expect(() => cells(largestInOneCell + 16_337 * 1_047_344 + 1)).toThrow('larger than one letter can be');
});
