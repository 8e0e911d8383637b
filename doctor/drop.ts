import { audit, auditCost, type CanaryOutcome, canaries, type Drop, TransportFault } from '../node/index.ts';
import { SLOT_SECONDS } from '../wire/sizes.ts';
import { cannotTell, type DoctorCheck, type DoctorFinding, fail, pass, some } from './check.ts';

export interface DropChecks {
  readonly url: string;
  /** The way to the drop, asked for once it is needed. Rejects with a TransportFault where there is no Tor. */
  readonly open: (url: string) => Promise<Drop>;
  /** Whether a letter is sent, and waited for. */
  readonly letter: boolean;
  /** Seconds between two looks at the drop on average, while the letter is waited for. */
  readonly look: number;
  /** Whether the drop is audited. */
  readonly audit: boolean;
  /** What became of a letter, in a line. */
  readonly textOf: (outcome: CanaryOutcome) => string;
  /** Told what happens on the way. */
  readonly note: (words: string) => void;
  /** Told how many checks of the audit are over, and how many there are. */
  readonly audited?: (done: number, total: number) => void;
}

/** Milliseconds: two slots, of which one ends in any case. */
const WAIT = 2 * SLOT_SECONDS * 1000;

/** What the drop does for whoever comes by its URL: the client's own letter and audit. */
export function dropChecks({ url, open, letter, audit: isAudited, ...way }: DropChecks): DoctorCheck[] {
  let drop: Promise<Drop> | undefined;
  const opened = () => {
    drop ??= open(url);
    return drop;
  };
  const LETTER: DoctorCheck = {
    name: 'letter',
    group: 'drop',
    promise: "A letter is uploaded, registered, published in a batch and fetched, as anybody's is.",
    run: () => overTransport(opened, (drop) => sendOne(drop, way)),
  };
  const AUDIT: DoctorCheck = {
    name: 'audit',
    group: 'drop',
    promise: 'The drop keeps what anybody can check of its promises.',
    run: () => overTransport(opened, (drop) => auditOnce(drop, url, way)),
  };
  return [...(letter ? [LETTER] : []), ...(isAudited ? [AUDIT] : [])];
}

/** Whoever answers 5xx to everything cannot be told from nobody. */
const NO_TRANSPORT =
  'Start tor or Tor Browser, look whether the URL is right, and run this again. If it stays so, see the metric Errors of each function.';

/** What the transport lost is no fault of the drop. @throws whatever else `open` and `check` do */
async function overTransport(
  open: () => Promise<Drop>,
  check: (drop: Drop) => Promise<DoctorFinding>,
): Promise<DoctorFinding> {
  try {
    return await check(await open());
  } catch (error) {
    if (error instanceof TransportFault) return cannotTell(error.message, NO_TRANSPORT);
    throw error;
  }
}

async function sendOne(
  drop: Drop,
  { look, textOf, note }: Pick<DropChecks, 'look' | 'textOf' | 'note'>,
): Promise<DoctorFinding> {
  let outcome: CanaryOutcome | undefined;
  await canaries({
    drop,
    wait: WAIT,
    look,
    firstCells: 1,
    take: (taken) => {
      outcome = taken as CanaryOutcome; // one letter, which is never fetched a second time
    },
    report: ({ kind }) => {
      if (kind === 'begun') note('sending a letter of 1 cell');
      if (kind === 'registered') note('registered: looking for it for up to 10 minutes');
      if (kind === 'overdue') note('not all could be looked at yet: waiting on');
    },
  });
  const text = textOf(outcome!);
  if (outcome!.kind === 'back') return pass(text);
  if (outcome!.kind === 'unreachable') return cannotTell(text, NO_TRANSPORT);
  return fail(text, 'See the metric Errors of each function, and run this again.');
}

async function auditOnce(
  drop: Drop,
  url: string,
  { note, audited }: Pick<DropChecks, 'note' | 'audited'>,
): Promise<DoctorFinding> {
  const { requests, bytes } = auditCost();
  note(`auditing: about ${requests} requests, each on circuits of its own, and ${Math.ceil(bytes / 2 ** 20)} MiB`);
  const results = await audit(drop, audited && { next: audited });
  const count = (verdict: string) => results.filter((result) => result.verdict === verdict).length;
  const why = `${count('pass')} pass, ${count('fail')} fail, ${count('cannot tell')} cannot tell`;
  const failed = results.filter(({ verdict }) => verdict === 'fail').map(({ name }) => name);
  if (failed.length > 0)
    return fail(`${why}: ${some(failed)}`, `npx dead-drop audit ${url} says of each what is wrong.`);
  return pass(why);
}
