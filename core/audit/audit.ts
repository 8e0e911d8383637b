import { randomInt } from '#platform';
import { CELL_BYTES, LINE_BYTES, RETENTION_DAYS } from '../../wire/sizes.ts';
import type { Drop } from '../drop/drop.ts';
import { TransportFault } from '../drop/transport-fault.ts';
import type { Random } from '../platform.ts';
import { BATCH_CHECKS } from './batches.ts';
import { AUDIT_GROUPS, type AuditFinding, type AuditGroup, type Check, cannotTell } from './check.ts';
import { KEPT_MAX_BYTES, secondsOff } from './evidence.ts';
import { EXPIRY_CHECKS } from './expiry.ts';
import { HEAD_CHECKS } from './heads.ts';
import { ID_CHECKS } from './ids.ts';
import { LINE_CHECKS } from './lines.ts';
import { REFUSED_CHECKS } from './refused.ts';
import { SUMMARY_CHECKS } from './summaries.ts';
import { UNKNOWABLE_CHECKS } from './unknowable.ts';
import { UPLOAD_CHECKS } from './uploads.ts';
import { beginVisit, type Visit } from './visit.ts';

/** Every check, in the order in which they are made. */
export const AUDIT_CHECKS: readonly Check[] = [
  ...BATCH_CHECKS,
  ...SUMMARY_CHECKS,
  ...LINE_CHECKS,
  ...EXPIRY_CHECKS,
  ...REFUSED_CHECKS,
  ...UPLOAD_CHECKS,
  ...ID_CHECKS,
  ...HEAD_CHECKS,
  ...UNKNOWABLE_CHECKS,
];

/** What a check said. */
export interface AuditResult extends AuditFinding, Pick<Check, 'name' | 'group' | 'promise'> {}

export interface AuditOptions {
  /** Which groups of checks. @default - all */
  readonly only?: readonly AuditGroup[] | undefined;
  /** Which checks of those. @default - all */
  readonly names?: readonly string[] | undefined;
  /** How many batches are read: the newest, and others at random. @default 24 */
  readonly batches?: number | undefined;
  /** For how many days the drop says that it keeps things. @default 14 */
  readonly retentionDays?: number | undefined;
  /** Waits so many milliseconds, a quarter of an hour in all. @default - nothing is waited for, and less can be told */
  readonly wait?: ((milliseconds: number) => Promise<void>) | undefined;
  /** Called before each check, with how many there are and how many are over. */
  readonly next?: (done: number, total: number) => void;
  /** Called with what each check said. */
  readonly report?: (result: AuditResult) => void;
  /** @default - the system's */
  readonly random?: Random;
  /** Milliseconds since 1970. @default - this machine's clock */
  readonly now?: () => number;
}

/** Read unless somebody says otherwise: an hour of the newest, and as many others. */
export const AUDIT_BATCHES = 24;

/**
 * Checks what anyone can check of a drop that somebody else runs. It uploads a cell and registers a sealed id, both
 * genuine and for nobody; whatever else it tries must be refused, and would harm nothing if it were not.
 *
 * @returns what each check said, in order
 * @throws Unreachable when the drop cannot be reached at all; the reason of an abort
 */
export async function audit(drop: Drop, options: AuditOptions = {}): Promise<AuditResult[]> {
  const { batches = AUDIT_BATCHES, retentionDays = RETENTION_DAYS, random = randomInt, now = Date.now, wait } = options;
  const visit = beginVisit(drop, { batchCount: batches, retentionDays, random, now, wait });
  const checks = chosenChecks(options);
  await visit.list().catch((error: unknown) => {
    if (error instanceof TransportFault || drop.signal?.aborted) throw error; // what a refusal means, the checks say
  });
  const results: AuditResult[] = [];
  for (const [i, check] of checks.entries()) {
    drop.signal?.throwIfAborted();
    options.next?.(i, checks.length);
    const { name, group, promise } = check;
    const result = { name, group, promise, ...(await findingOf(check, visit)) };
    results.push(result);
    options.report?.(result);
  }
  return results;
}

/** About how much an audit asks for, before it begins. Batches are counted as those of a drop with the defaults. */
export function auditCost(options: AuditOptions = {}): { requests: number; bytes: number } {
  const checks = chosenChecks(options);
  const sum = (of: (check: Check) => number) => checks.reduce((total, check) => total + of(check), 0);
  const readsBatches = checks.some(({ group }) => group === 'batches' || group === 'headers');
  const batches = readsBatches ? Math.min(options.batches ?? AUDIT_BATCHES, BATCHES_MAX) : 0;
  return {
    requests: LIST_PAGES + batches + sum(({ requests, cells = 0 }) => requests + cells),
    bytes: LIST_PAGES * LIST_PAGE_BYTES + batches * LINES * LINE_BYTES + sum(({ cells = 0 }) => cells) * CELL_BYTES,
  };
}

/** What a batch has by default. */
const LINES = 256;

/** After so many of them enough is read. */
const BATCHES_MAX = Math.ceil(KEPT_MAX_BYTES / (LINES * LINE_BYTES));

/** A fortnight's list: 4,032 batches, 1,000 a page, some 300 bytes each. */
const [LIST_PAGES, LIST_PAGE_BYTES] = [5, 250_000];

function chosenChecks({ only = AUDIT_GROUPS, names }: AuditOptions): Check[] {
  return AUDIT_CHECKS.filter(({ name, group }) => only.includes(group) && (names?.includes(name) ?? true));
}

async function findingOf(check: Check, visit: Visit): Promise<AuditFinding> {
  try {
    const finding = await check.run(visit);
    return check.byClock ? await byBothClocks(finding, visit) : finding;
  } catch (error) {
    visit.drop.signal?.throwIfAborted();
    if (error instanceof TypeError || error instanceof ReferenceError) throw error; // ours
    const message = (error as Error).message.replace(/: (is its address right\?|try again.*)$/, '');
    if (!(error instanceof TransportFault) && check.failsRefused) return { verdict: 'fail', why: message };
    return cannotTell(message);
  }
}

/**
 * A drop that is hours late could date its answers so, and pass by a clock of its own. Where it does not say the time, it
 * may be this machine's clock by which it fails.
 */
async function byBothClocks(finding: AuditFinding, visit: Visit): Promise<AuditFinding> {
  const listing = await visit.list();
  if (finding.verdict === 'fail' && listing.ahead === undefined)
    return cannotTell(`${finding.why}, by the clock of this machine: the drop does not say the time`);
  const seconds = secondsOff(listing);
  if (seconds === undefined || finding.verdict !== 'pass') return finding;
  return cannotTell(
    `${finding.why}; but the drop's clock, by which that is so, differs from this machine's by ${seconds} s`,
  );
}
