import { judge } from './browser.ts';
import { type Person, readPeople } from './people.ts';
import { startApp } from './screens/app.ts';
import { firstScreen } from './screens/choose.ts';
import { endScreen } from './screens/end.ts';
import { brokenScreen, refusedScreen } from './screens/refused.ts';
import { signsOf } from './screens/signs.ts';

const byId = (id: string) => document.getElementById(id)!;

function peopleHere(): Person[] | undefined {
  try {
    return readPeople(byId('contacts').textContent ?? '');
  } catch {
    return undefined;
  }
}

const judgement = judge(signsOf());
const people = peopleHere();
const first = judgement !== 'tor' ? refusedScreen(judgement) : people ? firstScreen : brokenScreen;
const place = { header: byId('header'), main: byId('main'), status: byId('status') };
const app = startApp(place, people ?? [], first);

// Whoever comes back finds nothing of what was there.
addEventListener('pagehide', () => app.end(endScreen));
