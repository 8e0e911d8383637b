import { randomInt } from 'node:crypto';
import type { Command } from 'commander';
import {
  type CanaryEnd,
  type CanaryEvent,
  type CanaryOutcome,
  canaries,
  changeTally,
  countCanary,
  drawCells,
  type LateOutcome,
  LEAD_LOOKS,
  newTally,
  type SameOutage,
  type Tally,
  verdictOf,
} from '../node/index.ts';
import { DRAWN_CELLS_MAX } from '../wire/drawn-cells.ts';
import { RETENTION_DAYS, SLOT_SECONDS } from '../wire/sizes.ts';
import { outcomeText, troubleTeller, verdictText } from './canary-report.ts';
import { duration, wholeNumber } from './options.ts';
import { clock } from './plan.ts';
import { counted, describe, say, span, tell, Usage } from './terminal.ts';
import { openTransport, type TransportOptions, transportCommand } from './transport.ts';

/** Milliseconds: two slots, of which one ends in any case. */
const WAIT_MIN = 2 * SLOT_SECONDS * 1000;
const WAIT_DEFAULT = 30 * 60_000;
const EVERY_MIN = 600_000;

const HELP = `
A canary is a letter to an identity that is made for it and kept in memory only. It is sent and looked for as any other
is, so that the drop cannot spare it. The first leaves after two looks or so: that somebody watches already is no sign of it.

One run sends one and ends: for a timer, with --state, which keeps the tally. With --every, it goes on and sends further
ones at random moments, so far from each other on average, and fetches a cell of each that came back once more, up to a
day before the drop may delete it: only so is it seen when a drop deletes uploads early, and only of uploads younger than
the run. The tally holds numbers and days only, and is for one drop.

What it says holds for letters of up to ${DRAWN_CELLS_MAX} cells (MB): longer ones are not sent.

Exit status: 0 when it came back and there is no alarm (with --every: no alarm), 1 otherwise. An alarm is raised when
honest faults explain the losses no longer, with 99 % confidence in each hundred canaries, and stays in the tally.`;

interface CanaryCommandOptions extends TransportOptions {
  /** Milliseconds. @default - half an hour */
  readonly wait?: number;
  /** Seconds. */
  readonly look: number;
  readonly state?: string;
  /** Milliseconds. */
  readonly every?: number;
  /** Milliseconds. */
  readonly for?: number;
  /** Days. */
  readonly retention?: number;
  readonly json?: boolean;
}

type Chosen = CanaryCommandOptions & { readonly wait: number };

/** Gives `canary` what it does. */
export function canaryCommand(command: Command): Command {
  return transportCommand(command)
    .argument('<url>', 'base URL of the drop')
    .option('--wait <duration>', 'how long a batch with it is waited for, at least 10m (default: 30m)', duration(1))
    .option('--look <seconds>', 'how often to look on average', wholeNumber(1, 3600), SLOT_SECONDS)
    .option('--state <file>', 'keep the tally of all runs in this file')
    .option('--every <duration>', 'send further ones, so far from each other on average, at least 10m', duration(30))
    .option('--for <duration>', 'for how long, with --every (default: until Ctrl-C)', duration(365))
    .option(
      '--retention <days>',
      `for how long the drop says that it keeps uploads, with --every (default: ${RETENTION_DAYS})`,
      wholeNumber(1, RETENTION_DAYS),
    )
    .addHelpText('after', HELP)
    .action(async (url: string, { wait = WAIT_DEFAULT, ...given }: CanaryCommandOptions) => {
      const options = { ...given, wait };
      checkOptions(options);
      const { look, state, every, json } = options;
      const drop = await openTransport(url, options);
      const troubles = troubleTeller(say, () => clock(new Date()));
      const tally = await openTally(state, (error) =>
        say(`the tally could not be written: ${describe(error)}; it is counted with the next`),
      );
      const firstCells = every === undefined ? drawCells(randomInt) : undefined;
      sayPlan(options, firstCells);
      let isBack = true;
      const take = async (outcome: CanaryOutcome | LateOutcome | SameOutage) => {
        const { kind, ...facts } = outcome;
        isBack = kind === 'back';
        troubles.over();
        tell(json, { canary: kind, ...facts }, outcomeText(outcome));
        const verdict = verdictOf(await tally.count(kind));
        if (state !== undefined || every !== undefined) tell(json, { verdict }, verdictText(verdict));
      };
      const report = (event: CanaryEvent) => {
        if (event.kind === 'trouble') return troubles.trouble(describe(event.error));
        troubles.flush();
        sayEvent(event, wait);
      };
      const { for: lasting, retention: retentionDays } = options;
      const flying = canaries({ drop, wait, look, every, lasting, retentionDays, firstCells, take, report });
      await flying.finally(troubles.over).finally(tally.close);
      if (tally.current().alarm !== undefined || (every === undefined && !isBack)) process.exitCode = 1;
    });
}

function checkOptions({ wait, look, every, for: lasting, retention }: Chosen): void {
  if (wait < WAIT_MIN) throw new Usage('--wait is at least 10m: a batch comes each five minutes, and may be one late');
  // One that is looked for too seldom is given up before it is found, and says nothing.
  if (3 * look * 1000 > wait) throw new Usage(`--look is at most a third of --wait: here ${Math.floor(wait / 3000)}`);
  if (every !== undefined && every < EVERY_MIN) throw new Usage('--every is at least 10m');
  if (lasting !== undefined && every === undefined) throw new Usage('--for goes with --every');
  if (retention !== undefined && every === undefined) throw new Usage('--retention goes with --every');
}

/**
 * The tally, in a file where there is one, which is read anew each time: other runs may count there, too. It is written
 * at once, so that nothing is sent for nothing; a disk that fails later ends none that is in the air: what it did not take
 * is counted with the next.
 *
 * @param trouble - told when it could not be written
 * @throws the fault of the disk, now and from `close`
 */
export async function openTally(path: string | undefined, trouble: (error: unknown) => void) {
  let tally = newTally(today());
  let owed: CountedEnd[] = [];
  const write = async () => {
    const all = (kept: Tally) => owed.reduce((sum, end) => countCanary(sum, end, today()), kept);
    tally = path === undefined ? all(tally) : await changeTally(path, (kept) => all(kept ?? newTally(today())));
    owed = [];
  };
  await write();
  let last = Promise.resolve();
  return {
    current: () => tally,
    async count(end: CountedEnd): Promise<Tally> {
      last = last.then(async () => {
        const known = tally;
        owed.push(end);
        await write().catch((error: unknown) => {
          tally = countCanary(known, end, today());
          trouble(error);
        });
      });
      await last;
      return tally;
    },
    async close(): Promise<void> {
      if (owed.length > 0) await write();
    },
  };
}

type CountedEnd = CanaryEnd | SameOutage['kind'];

const today = () => new Date().toISOString().slice(0, 'yyyy-mm-dd'.length);

function sayPlan(
  { wait, look, every, for: lasting, retention = RETENTION_DAYS }: Chosen,
  cells: number | undefined,
): void {
  const lead = LEAD_LOOKS * look * 1000;
  const first = `in ${span(lead / 2)} to ${span(lead * 1.5)}`;
  const batches = `each new batch, looked for every ${span(look * 1000)} or so`;
  if (cells !== undefined) {
    say(`sends itself a letter of ${counted(cells, 'cell')} ${first}, and waits ${span(wait)} for it`);
    say(`up: ${cells} MiB; down: ${cells} MiB, and ${batches}`);
    return;
  }
  say(`sends itself letters: the first ${first}, then one every ${span(every!)} or so`);
  if (lasting === undefined) say(`until Ctrl-C; up: about 2 MiB each; down: as much, and ${batches}`);
  else {
    const letters = 1 + Math.round(lasting / every!);
    say(`for ${span(lasting)}, about ${counted(letters, 'letter')}`);
    say(`up: about ${2 * letters} MiB; down: as much, and ${batches}`);
  }
  if (retention > 1) say(`of each, a cell (1 MiB) once more within ${retention - 1} d, as long as this goes on`);
}

function sayEvent(event: Exclude<CanaryEvent, { kind: 'trouble' }>, wait: number): void {
  const time = Date.now();
  const at = (later: number) => clock(new Date(time + later));
  if (event.kind === 'begun') say(`${at(0)}: sending ${counted(event.cells, 'cell')}`);
  if (event.kind === 'registered') say(`${at(0)}: registered; looked for until ${at(wait)}`);
  if (event.kind === 'overdue')
    say(`${at(0)}: not all could be looked at yet: waits on, until ${at(event.most)} at the latest`);
}
