/**
 * Every size, limit and period of the protocol, with its arithmetic. docs/protocol.md explains them.
 * Sizes are bytes unless the name says otherwise.
 */

/** The name of an upload: random, so that nobody can guess one. */
export const UPLOAD_ID_BYTES = 32;

/** 43: 32 bytes are 256 bits, at 6 bits a character of unpadded base64url. */
export const UPLOAD_ID_CHARACTERS = Math.ceil((UPLOAD_ID_BYTES * 8) / 6);

/** What a sealed box adds: a 32-byte ephemeral X25519 key, then a 16-byte Poly1305 tag. */
export const SEAL_OVERHEAD_BYTES = 32 + 16;

/** 80: one sealed upload id. Every line of every batch holds this much, real or decoy. */
export const SEALED_ID_BYTES = UPLOAD_ID_BYTES + SEAL_OVERHEAD_BYTES;

/** 108: 80 bytes in padded base64url, 4 characters for each 3 bytes begun. */
export const SEALED_ID_CHARACTERS = Math.ceil(SEALED_ID_BYTES / 3) * 4;

/** 109: a sealed id and a newline. */
export const LINE_BYTES = SEALED_ID_CHARACTERS + 1;

/** The smallest batch; each further rung holds twice as many lines: 8, 16, 32, ... */
export const LINES_MIN = 8;

/** 131,072 = 8 x 2^14 lines, a batch of 14,286,848 bytes: the last rung. */
export const LINES_MAX = LINES_MIN * 2 ** 14;

/** Sealed ids that one tick publishes at most; more wait for the next. SQS lets 120,000 be in flight at a time. */
export const PUBLISHED_MAX = 110_000;

/** 262,144: the most lines in a summary, 21 MB. Of an hour or a day that has more, there is none. */
export const SUMMARY_LINES_MAX = 2 ** 18;

/** Bytes of a batch or a summary fetched by one request. An HTTP API answers at most 10 MB at a time. */
export const RANGE_BYTES = 4 * 2 ** 20;

/** The publisher's period: one batch for each five minutes of the clock. */
export const SLOT_SECONDS = 5 * 60;

/** What a proof of work is: a number that was found by trying. */
export const WORK_NONCE_BYTES = 8;

/** The most zero bits that a drop may ask for: 2^24 = 16,777,216 hashes on average, a minute on a weak machine. */
export const WORK_BITS_MAX = 24;

/** How long after its presigning a URL can be used. */
export const UPLOAD_URL_SECONDS = 15 * 60;

/** 1 MiB: what is uploaded always has this size, whatever is inside. */
export const CELL_BYTES = 2 ** 20;

/** An X-Wing ciphertext: 1,088 of ML-KEM-768 and 32 of X25519. */
export const XWING_CIPHERTEXT_BYTES = 1088 + 32;

/** An X-Wing public key: 1,184 of ML-KEM-768 and 32 of X25519. */
export const XWING_PUBLIC_KEY_BYTES = 1184 + 32;

/** What shows that a cell, or a locked file, was made with one key and no other. BLAKE2b-256. */
export const COMMITMENT_BYTES = 32;

/** An XChaCha20-Poly1305 nonce: 192 bits, so that random ones never meet. */
export const NONCE_BYTES = 24;

/** A Poly1305 tag. */
export const TAG_BYTES = 16;

/** 1,047,408: what a cell holds, 1,048,576 - 1,120 - 32 - 16. */
export const CELL_CONTENT_BYTES = CELL_BYTES - XWING_CIPHERTEXT_BYTES - COMMITMENT_BYTES - TAG_BYTES;

/** SHA-256 of a label and a whole cell. */
export const CELL_DIGEST_BYTES = 32;

/** An X25519 or Ed25519 public key. */
export const CURVE_KEY_BYTES = 32;

/** An Ed25519 signature. */
export const SIGNATURE_BYTES = 64;

/** What shows that a letter is its writer's: an Ed25519 signature, or a MAC of the same size (BLAKE2b-512). */
export const PROOF_BYTES = 64;

/** What names a letter to whoever wrote it, and is shown by whoever answers. BLAKE2b-256. */
export const TICKET_BYTES = 32;

/** The longest text of a letter; what is longer belongs into a file. */
export const TEXT_MAX_BYTES = 2 ** 20;

/** The most files that one letter carries. */
export const FILES_MAX = 1000;

/** The longest file name in a letter, in bytes of UTF-8: what file systems take. */
export const FILE_NAME_MAX_BYTES = 255;

/** The longest URL of a drop in a contact, in bytes. */
export const DROP_URL_MAX_BYTES = 255;

/** How long the drop keeps a thing, in days, unless its operator chose otherwise. */
export const RETENTION_DAYS = 14;

/**
 * How long a letter may take from its first cell to its registration, and a cell may be sealed after the contact's
 * validity has ended, in days: a week, and a day for what holds it up.
 */
export const LETTER_MAX_DAYS = 8;

/** How much longer than its retention a drop may keep a thing, in days: S3 deletes once a day, and up to two days late. */
export const DELETION_MARGIN_DAYS = 3;
