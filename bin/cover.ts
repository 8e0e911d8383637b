import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import {
  CELLS_PER_TICK_MAX,
  type CollectEvent,
  type Contact,
  type CoverEvent,
  checkContact,
  contactOf,
  coverCost,
  coverPerson,
  dropAt,
  fetchSeconds,
  formatContact,
  newIdentity,
  wipeIdentity,
} from '../client/index.ts';
import { SLOT_SECONDS } from '../wire/sizes.ts';
import { readContact } from './input.ts';
import { signal } from './interruption.ts';
import { duration, wholeNumber } from './options.ts';
import { openRoad, type RoadOptions, roadCommand } from './road.ts';
import { span } from './tell-canary.ts';
import { counted, describe, say, statusLine, tell, Usage } from './terminal.ts';

/** The longest stretch, in seconds: with much longer ones, own cover is over before it can be fetched. */
export const COVER_EVERY_MAX = 3600;

/** One every four hours: whoever sends one letter more in a day hides it in a number that varies by 2.4. */
const LETTERS_PER_DAY = 6;

/** A timer takes no more than 24.8 days. */
const FOR_MAX_DAYS = 24;

const CONTACT_DAYS = 30;

const COVER_HELP = `
It does what a journalist does who reads with --watch --cover, and what a source does who sends letters: there is nothing
in what it sends and fetches that says that it is neither. Its letters go to keys that nobody has or, with --to, to others
who run cover, in whose --contact files you find the place; they fetch them and keep nothing. Its own keys are in memory
only, and gone when it ends. It takes what it says at its start, costs the operator about as much, and goes on when the
drop or Tor is away for a time. Do not name a journalist with --to: your letters say that they are cover, but come.`;

interface CoverOptions extends RoadOptions {
  readonly to?: readonly string[];
  readonly cells: number;
  readonly letters: number;
  readonly every: number;
  readonly for?: number;
  readonly contact?: string;
  readonly json?: boolean;
}

/** Says beforehand what fetching under cover costs, and how long letters take then. */
export function sayCost(cells: number, every: number, lettersPerDay = 0): ReturnType<typeof coverCost> {
  const cost = coverCost(cells, every, lettersPerDay);
  const number = (value: number) => Math.round(value).toLocaleString('en');
  say(
    `cover: ${counted(cells, 'cell')} every ${span(every * 1000)}, about ${number(cost.mebibytesDown)} MiB down (batches come on top) and ` +
      `${number(cost.mebibytesUp)} MiB up a day, ${number(cost.requests)} requests`,
  );
  return cost;
}

/** Says how long letters take under cover, and when the first can come. */
export function sayPace(cells: number, every: number): void {
  const [short, long] = [10, 100].map((count) => span(fetchSeconds(count, cells, every) * 1000));
  say(`a letter of 1 MiB takes about ${span(every * 1000)}, one of 10 MiB ${short}, one of 100 MiB ${long}`);
  say(`fetching begins when there is enough cover, mostly after ${span(every * 3000)} to ${span(every * 6000)}`);
}

/** Gives `cover` what it does. */
export function coverCommand(command: Command): Command {
  return roadCommand(command)
    .argument('[url]', 'base URL of the drop; not needed with --to')
    .option('--to <contacts...>', 'send the letters to others who run cover: files, or addresses on the web')
    .option('--contact <file>', 'write a contact for others who run cover into this new file')
    .option('--cells <number>', 'how many to fetch and send, as a journalist', wholeNumber(1, CELLS_PER_TICK_MAX), 1)
    .option('--letters <number>', 'how many to send a day besides, as a source', wholeNumber(0, 1000), LETTERS_PER_DAY)
    .option(
      '--every <seconds>',
      'how often to look, and to fetch as many',
      wholeNumber(1, COVER_EVERY_MAX),
      SLOT_SECONDS,
    )
    .option('--for <duration>', 'end after this time, like 3d (default: go on until Ctrl-C)', duration(FOR_MAX_DAYS))
    .addHelpText('after', COVER_HELP)
    .action(async (url: string | undefined, options: CoverOptions) => {
      const { to = [], cells, letters, every, json } = options;
      if (url === undefined && to.length === 0)
        throw new Usage('give the URL of the drop, or contacts of others who run cover with --to');
      if (to.length > 0 && letters === 0) throw new Usage('--to goes with --letters');
      const contacts = await readContacts(to, options);
      const place = dropAt(url ?? contacts[0]!.drop).url;
      if (contacts.some(({ drop }) => drop !== place)) throw new Error('those contacts are of different drops');
      const road = await openRoad(place, options);
      const identity = newIdentity(place, Math.floor(Date.now() / 1000), CONTACT_DAYS * 86_400);
      try {
        if (options.contact !== undefined) await writeContact(options.contact, contactOf(identity));
        tell(json, { kind: 'cost', ...sayCost(cells, every, letters) }, undefined);
        const end = new AbortController();
        const over = new Error('the time is over');
        const drop = { ...road, signal: AbortSignal.any([signal, end.signal]) };
        const timer = options.for === undefined ? undefined : setTimeout(() => end.abort(over), options.for);
        say(`running ${options.for === undefined ? 'until Ctrl-C' : `for ${span(options.for)}`}`);
        const status = teller(json);
        const cover = { cells, lettersPerDay: letters, to: contacts, report: status.cover };
        await coverPerson({ drop, identity, cover, every, report: status.read, trouble: status.trouble })
          .catch((error) => {
            if (error !== over) throw error;
          })
          .finally(() => clearTimeout(timer))
          .finally(status.end);
      } finally {
        wipeIdentity(identity);
      }
    });
}

async function readContacts(places: readonly string[], road: RoadOptions): Promise<Contact[]> {
  const contacts = [];
  for (const place of places) {
    const contact = await readContact(place, road);
    checkContact(contact, new Date());
    contacts.push(contact);
  }
  return contacts;
}

async function writeContact(path: string, contact: Contact): Promise<void> {
  await writeFile(path, formatContact(contact), { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? new Error('the file for the contact exists: it is not overwritten') : error;
  });
  say(`others who run cover can send letters here for ${CONTACT_DAYS} days, while this runs: give them the contact`);
}

/** Counts what happens and shows the counts; tells of troubles when they begin. Nothing that it prints names anything. */
function teller(json: boolean | undefined) {
  const counts = { sent: 0, fetched: 0, batches: 0, letters: 0 };
  const line = statusLine();
  let isInTrouble = false;
  const show = () => {
    const { sent, fetched, batches, letters } = counts;
    const received = letters > 0 ? `, ${counted(letters, 'letter')} received` : '';
    return `cover: ${counted(sent, 'letter')} sent, ${counted(fetched, 'cell')} of its own fetched, ${batches} batches read${received}`;
  };
  const happened = (event: object, isAnswer: boolean) => {
    if (isAnswer) isInTrouble = false;
    line.show(show());
    tell(json, event, undefined);
  };
  return {
    cover(event: CoverEvent) {
      if (event.kind === 'sent') counts.sent += 1;
      const isThere = event.kind === 'fetched' && event.isThere;
      if (isThere) counts.fetched += 1;
      happened(event, isThere || event.kind === 'sent');
    },
    read(event: CollectEvent) {
      if (event.kind === 'batch') counts.batches += 1;
      if (event.kind !== 'letter') return happened(event, event.kind === 'batch');
      counts.letters += 1;
      happened({ kind: event.kind, slot: event.slot }, true);
    },
    trouble(error: unknown) {
      if (!isInTrouble) line.say(`${describe(error)}; going on`);
      isInTrouble = true;
    },
    end() {
      line.stop();
      say(show());
    },
  };
}
