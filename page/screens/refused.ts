import { fingerprintOf, formatFingerprint } from '../../core/keys/fingerprint.ts';
import type { Revocation } from '../../wire/revocation.ts';
import type { Judgement } from '../browser.ts';
import type { Screen } from './app.ts';
import { p, warning } from './element.ts';

/** Another browser, which is told why it is not used. */
export function refusedScreen(judgement: Exclude<Judgement, 'tor'>): Screen {
  return ({ t }) => ({
    title: t.refused.title,
    body: [warning(t.refused[judgement]), p(t.refused.why), p(t.refused.how)],
  });
}

/** What stands in a contact's place is its owner's word that nobody is to write to it any more. */
export function revokedScreen({ identity, when }: Revocation): Screen {
  const print = formatFingerprint(fingerprintOf(identity));
  return ({ t }) => ({
    title: t.refused.revokedTitle,
    body: [warning(t.refused.revoked(print, when)), p(t.refused.revokedHow)],
  });
}

/** The people in this page cannot be read. */
export const brokenScreen: Screen = ({ t }) => ({
  title: t.refused.broken,
  body: [warning(t.faults.contactDamaged), p(t.refused.brokenHow)],
});
