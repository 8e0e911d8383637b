import { randomInt, sleepFor } from '#platform';
import { drawCells } from '../../wire/drawn-cells.ts';
import type { CellEntry } from '../../wire/letter.ts';
import { RETENTION_DAYS, SLOT_SECONDS } from '../../wire/sizes.ts';
import type { Drop } from '../drop/drop.ts';
import { exponential, jittered } from '../drop/moments.ts';
import { Unreachable } from '../drop/retry.ts';
import { contactOf, type Identity, newIdentity, wipeIdentity } from '../keys/identity.ts';
import type { Random, Sleep } from '../platform.ts';
import { letterName } from '../read/collect.ts';
import { watch } from '../read/watch.ts';
import { register, type SentSoFar, upload } from '../send/send.ts';
import { drawLetter } from './draft.ts';
import { type Flight, PATIENCE } from './flight.ts';
import { fetchLate } from './late.ts';
import { openOutages } from './outages.ts';
import { type CanaryOutcome, type LateOutcome, LOSSES, type SameOutage } from './outcome.ts';
import { type Reader, readerOf } from './reader.ts';

/** What happens on the way. */
export type CanaryEvent =
  | { readonly kind: 'begun' | 'registered'; readonly cells: number }
  /** Its wait is over without a verdict, which comes within so many milliseconds more: something was not given out. */
  | { readonly kind: 'overdue'; readonly most: number }
  /** A look at the drop failed; there will be others. */
  | { readonly kind: 'trouble'; readonly error: unknown };

/** How canaries fly. Durations are milliseconds. */
export interface CanaryOptions {
  /** Its signal ends everything. */
  readonly drop: Drop;
  /** How long a canary's line is waited for, from its registration; at least two slots. */
  readonly wait: number;
  /** Seconds between two looks at the drop on average, as a journalist's `every`. @default - a slot */
  readonly look?: number | undefined;
  /** Further canaries at random moments, so far from each other on average. @default - one only */
  readonly every?: number | undefined;
  /** For how long further ones begin. @default - without end */
  readonly lasting?: number | undefined;
  /**
   * For how many days the drop says that it keeps uploads. Where further ones are sent, a cell of each that came back is
   * fetched once more within that less a day, as long as this goes on. @default 14
   */
  readonly retentionDays?: number | undefined;
  /** How many cells the first one has. @default - drawn, as for all others */
  readonly firstCells?: number | undefined;
  /** Awaited. Canaries may be in the air together, and end in another order than they began. */
  readonly take: (outcome: CanaryOutcome | LateOutcome | SameOutage) => Promise<void> | void;
  readonly report?: ((event: CanaryEvent) => void) | undefined;
  /** @default - the system's */
  readonly random?: Random | undefined;
  readonly sleep?: Sleep | undefined;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** How many looks lie between the first one and the first canary, on average: so nobody begins to look for its sake. */
export const LEAD_LOOKS = 2;

/** The identity lasts no longer than its process, and its contact is shown to nobody. */
const VALID_SECONDS = 100 * 365 * 86_400;

/**
 * Sends letters to an identity of its own, and watches for them: by `upload`, `register` and `watch`, as a source and a
 * journalist do who know nothing of each other. Identity and letters are made for that, and kept in memory only.
 *
 * The first is sent a random while after the watching began, further ones at moments of a Poisson process.
 *
 * @returns when the last one has ended
 * @throws the reason of the drop's signal when that is aborted, whereupon nothing is told of those in the air
 */
export async function canaries(options: CanaryOptions): Promise<void> {
  const { drop, wait, every, lasting, firstCells, take, report, random = randomInt } = options;
  const { look = SLOT_SECONDS, retentionDays = RETENTION_DAYS, sleep = sleepFor, now = Date.now } = options;
  const end = new AbortController();
  const signal = AbortSignal.any([end.signal, ...(drop.signal ? [drop.signal] : [])]);
  const identity = newIdentity(drop.url, Math.floor(now() / 1000), VALID_SECONDS);
  const reader = readerOf(identity, wait, now, (error) => report?.({ kind: 'trouble', error }));
  const until = now() + (lasting ?? Number.POSITIVE_INFINITY);
  const [flying, staying]: [Promise<void>[], Promise<void>[]] = [[], []];
  const way = { ...drop, signal };
  const [outages, lateOutages] = [openOutages(), openOutages()];
  const lookAgain = async ({ cells, since }: Flight) => {
    const outcome = await fetchLate(way, cells[random(cells.length)]!, since, { retentionDays, random, sleep, now });
    if (outcome?.kind === 'kept') lateOutages.worked(now());
    // That it is missing, or another one, is an answer; only not to give it out is what an outage does.
    const isOut = outcome?.kind === 'deleted' && outcome.why === 'not given out';
    const isCounted = !isOut || lateOutages.failed(now());
    if (outcome) await take(isCounted ? outcome : { kind: 'same outage', loss: outcome });
  };
  const sendAndTake = async (cells: number) => {
    const begun = now();
    const { outcome, flight } = await sendOne(way, identity, cells, reader, { report, random, sleep, now, wait });
    if (outcome.kind === 'back') outages.worked(begun);
    const isCounted = !isLoss(outcome) || outages.failed(begun);
    await take(isCounted ? outcome : { kind: 'same outage', loss: outcome });
    if (every === undefined || outcome.kind !== 'back') return;
    staying.push(lookAgain(flight!).catch((error) => end.abort(error)));
  };
  const fly = (cells: number) => flying.push(sendAndTake(cells).catch((error) => end.abort(error)));
  const flyAll = async () => {
    await sleep(jittered(LEAD_LOOKS * look * 1000, random), signal);
    fly(firstCells ?? drawCells(random));
    while (every !== undefined) {
      await sleep(Math.min(exponential(every, random), Math.max(until - now(), 0)), signal);
      if (now() >= until) break;
      fly(drawCells(random));
    }
    await Promise.all(flying);
    signal.throwIfAborted();
  };
  const watching = watch({ ...reader.watching, drop: way, every: look, random, sleep, now });
  try {
    await Promise.race([watching, flyAll()]);
  } finally {
    end.abort();
    reader.leave();
    await watching.catch(() => {});
    await Promise.all([...flying, ...staying]);
    wipeIdentity(identity);
  }
}

const isLoss = ({ kind }: CanaryOutcome) => LOSSES.some((loss) => loss === kind);

/** Sends a canary, and waits for its end. @returns it, too, when it was uploaded */
async function sendOne(
  drop: Drop,
  identity: Identity,
  cells: number,
  reader: Reader,
  {
    report,
    random,
    sleep,
    now,
    wait,
  }: Pick<CanaryOptions, 'report' | 'wait'> & {
    readonly random: Random;
    readonly sleep: Sleep;
    readonly now: () => number;
  },
): Promise<{ readonly outcome: CanaryOutcome; readonly flight?: Flight }> {
  const { draft, body } = drawLetter(cells, random);
  report?.({ kind: 'begun', cells });
  let step: 'upload' | 'registration' = 'upload';
  let flight: Flight | undefined;
  let entries: readonly CellEntry[] = [];
  const keep = async (soFar: SentSoFar) => {
    entries = soFar.cells.filter((cell) => cell !== undefined);
  };
  try {
    const uploaded = await upload(drop, contactOf(identity), draft, { now, toRegister: true, keep });
    flight = { name: letterName(uploaded.id, identity.epochs[0]!), body, cells: entries, since: uploaded.since };
    const ended = reader.expect(flight);
    step = 'registration';
    await register(drop, uploaded, now);
    reader.registered(flight);
    report?.({ kind: 'registered', cells });
    const over = new AbortController();
    const [ends, most] = [AbortSignal.any([over.signal, ...(drop.signal ? [drop.signal] : [])]), (PATIENCE - 1) * wait];
    const overdue = sleep(wait, ends).then(() => report?.({ kind: 'overdue', most }));
    overdue.catch(() => {}); // it ended before
    const outcome = await ended.finally(() => over.abort());
    drop.signal?.throwIfAborted(); // what is saved then is looked at, and proves nothing
    return { outcome, flight };
  } catch (error) {
    drop.signal?.throwIfAborted();
    if (flight) reader.forget(flight);
    if (error instanceof Unreachable) return { outcome: { kind: 'unreachable', step } };
    if (error instanceof TypeError) throw error; // a fault of ours
    return { outcome: { kind: 'refused', step, why: (error as Error).message } };
  }
}
