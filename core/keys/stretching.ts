import type { Stretching } from '../platform.ts';

/** Argon2id as RFC 9106 recommends where memory is limited: 64 MiB, three passes, four lanes. */
export const STRETCHING: Stretching = { memoryKibibytes: 64 * 1024, passes: 3, lanes: 4 };
