import { curveKeyPair, signingKeyPair, xwingKeyPair } from '#platform';
import { wipe } from '../../wire/bytes.ts';
import type { Contact } from '../../wire/contact.ts';
import { type EpochKeys, SEED_BYTES, wipeEpoch } from '../keys/epoch.ts';
import { contactOf, issue, minuteOf } from '../keys/identity.ts';

const DAY_SECONDS = 86_400;

/** Longer than a letter takes. */
const VALID_DAYS = 30;

/**
 * A contact that nobody can open anything for: as any other, with all secret halves of its keys thrown away.
 *
 * Its secrets do not go through `guard`: who makes a hundred an hour would use up the memory that is locked.
 *
 * @param drop - base URL
 * @param now - seconds since 1970
 */
export function contactOfNobody(drop: string, now: number): Contact {
  const signing = signingKeyPair();
  const keys: EpochKeys = {
    seed: new Uint8Array(SEED_BYTES),
    id: curveKeyPair(),
    cell: xwingKeyPair(),
    letter: signingKeyPair(),
  };
  const nobody = { kind: 'identity', drop, signing } as const;
  const from = minuteOf(now) - DAY_SECONDS;
  const epoch = issue(nobody, keys, from, from + VALID_DAYS * DAY_SECONDS);
  wipeEpoch(keys);
  wipe(signing.secretKey);
  return contactOf({ ...nobody, epochs: [epoch] });
}
