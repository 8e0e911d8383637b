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
  createFile,
  dropAt,
  fetchSeconds,
  formatContact,
  newIdentity,
  presentSeconds,
  wipeIdentity,
} from '../node/index.ts';
import { SLOT_SECONDS } from '../wire/sizes.ts';
import { readContact } from './input.ts';
import { signal } from './interruption.ts';
import { duration, wholeNumber } from './options.ts';
import { clock } from './plan.ts';
import { statusLine } from './progress.ts';
import { counted, describe, say, span, tell, Usage } from './terminal.ts';
import { openTransport, type TransportOptions, transportCommand } from './transport.ts';

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
who run cover: you find the place in their --contact files. They fetch your letters and keep nothing. Its own keys are in memory
only, and gone when it ends. It takes what it says at its start, costs the operator about as much, and goes on when the
drop or Tor is away for a time. Do not name a journalist with --to: your letters say that they are cover, but come.`;

interface CoverOptions extends TransportOptions {
  readonly to?: readonly string[];
  readonly cells: number;
  readonly letters: number;
  readonly every: number;
  readonly for?: number;
  readonly contact?: string;
  readonly json?: boolean;
}

/** Says beforehand what fetching under cover costs, and how long letters take then. @returns it, in whole numbers */
export function sayCost(cells: number, every: number, lettersPerDay = 0): ReturnType<typeof coverCost> {
  const { mebibytesDown, mebibytesUp, requests } = coverCost(cells, every, lettersPerDay);
  const cost = {
    mebibytesDown: Math.round(mebibytesDown),
    mebibytesUp: Math.round(mebibytesUp),
    requests: Math.round(requests),
  };
  const number = (value: number) => value.toLocaleString('en');
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
  return transportCommand(command)
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
      const transport = await openTransport(place, options);
      const identity = newIdentity(place, presentSeconds(), CONTACT_DAYS * 86_400);
      try {
        if (options.contact !== undefined) await writeContact(options.contact, contactOf(identity));
        tell(json, { kind: 'cost', ...sayCost(cells, every, letters) }, undefined);
        const end = new AbortController();
        const over = new Error('the time is over');
        const drop = { ...transport, signal: AbortSignal.any([signal, end.signal]) };
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

async function readContacts(places: readonly string[], transport: TransportOptions): Promise<Contact[]> {
  const contacts = [];
  for (const place of places) {
    const contact = await readContact(place, transport);
    checkContact(contact);
    contacts.push(contact);
  }
  return contacts;
}

async function writeContact(path: string, contact: Contact): Promise<void> {
  await createFile(path, formatContact(contact)).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? new Error('the file for the contact exists: it is not overwritten') : error;
  });
  say(`others who run cover can send letters here for ${CONTACT_DAYS} days, while this runs: give them the contact`);
}

/** What happened so far. */
export interface CoverSums {
  readonly sent: number;
  /** Cells of its own that came, and that did not. */
  readonly fetched: number;
  readonly missed: number;
  readonly batches: number;
  readonly letters: number;
  /** Whether there is enough cover for anything to be fetched. */
  readonly isReady: boolean;
}

/** The sums in a line, and why nothing of its own was fetched, where nothing was. */
export function sumsText({ sent, fetched, missed, batches, letters, isReady }: CoverSums): string {
  const received = letters > 0 ? `, ${counted(letters, 'letter')} received` : '';
  const sums = `cover: ${counted(sent, 'letter')} sent, ${counted(fetched, 'cell')} of its own fetched, ${counted(batches, 'batch', 'batches')} read${received}`;
  if (fetched > 0) return sums;
  if (missed > 0) return `${sums}; none fetched: the drop, or the way there, gave out none of ${missed}`;
  if (sent === 0) return `${sums}; none fetched: nothing was sent yet, and it fetches its own`;
  if (isReady) return `${sums}; none fetched: there is enough cover only since a short while`;
  return `${sums}; none fetched: too few of those sent are published yet for a whole stretch`;
}

/** How often the sums are said: milliseconds. */
const SUMS_MILLISECONDS = 3_600_000;

/** Counts what happens and shows the sums; tells of troubles when they begin. Nothing that it prints names anything. */
function teller(json: boolean | undefined) {
  const sums = { sent: 0, fetched: 0, missed: 0, batches: 0, letters: 0, isReady: false };
  const line = statusLine();
  let isInTrouble = false;
  const hourly = setInterval(() => {
    say(`${clock(new Date())}: ${sumsText(sums)}`);
    tell(json, { kind: 'sums', ...sums }, undefined);
  }, SUMS_MILLISECONDS);
  const happened = (event: object, isAnswer: boolean) => {
    if (isAnswer) isInTrouble = false;
    if (process.stderr.isTTY) line.show(sumsText(sums));
    tell(json, event, undefined);
  };
  return {
    cover(event: CoverEvent) {
      if (event.kind === 'sent') sums.sent += 1;
      if (event.kind === 'ready') sums.isReady = event.isReady;
      const isThere = event.kind === 'fetched' && event.isThere;
      if (event.kind === 'fetched') sums[isThere ? 'fetched' : 'missed'] += 1;
      happened(event, isThere || event.kind === 'sent');
    },
    read(event: CollectEvent) {
      if (event.kind === 'batch') sums.batches += 1;
      if (event.kind !== 'letter') return happened(event, event.kind === 'batch');
      sums.letters += 1;
      happened({ kind: event.kind, slot: event.slot }, true);
    },
    trouble(error: unknown) {
      if (!isInTrouble) say(`${clock(new Date())}: ${describe(error)}; going on`);
      isInTrouble = true;
    },
    end() {
      clearInterval(hourly);
      line.stop();
      say(sumsText(sums));
    },
  };
}
