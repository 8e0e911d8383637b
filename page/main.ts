import { Revoked } from '../core/keys/revocation.ts';
import { judge } from './browser.ts';
import { type Person, readPeople } from './people.ts';
import { type Screen, startApp } from './screens/app.ts';
import { firstScreen } from './screens/choose.ts';
import { endScreen } from './screens/end.ts';
import { brokenScreen, refusedScreen, revokedScreen } from './screens/refused.ts';
import { signsOf } from './screens/signs.ts';

const byId = (id: string) => document.getElementById(id)!;

/** To whom this page is, and where a visit begins. */
function begin(): [Person[], Screen] {
  const judgement = judge(signsOf());
  if (judgement !== 'tor') return [[], refusedScreen(judgement)];
  try {
    return [readPeople(byId('contacts').textContent ?? ''), firstScreen];
  } catch (error) {
    return [[], error instanceof Revoked ? revokedScreen(error.revocation) : brokenScreen];
  }
}

const place = { header: byId('header'), main: byId('main'), status: byId('status') };
const [people, first] = begin();
const app = startApp(place, people, first);

// Somebody who comes back finds nothing of what was there. A page that writes to nobody has nothing.
if (people.length > 0) addEventListener('pagehide', () => app.end(endScreen));
