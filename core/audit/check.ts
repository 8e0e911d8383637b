import type { Visit } from './visit.ts';

/** What a check says. Whatever the network lost, or nobody outside can see, is `cannot tell`. */
export type AuditVerdict = 'pass' | 'fail' | 'cannot tell';

/** The outcome of a check, and why, in a sentence. */
export interface AuditFinding {
  readonly verdict: AuditVerdict;
  readonly why: string;
}

/** Groups of checks, in the order in which they are made: what reads like any client comes first. */
export const AUDIT_GROUPS = ['batches', 'expiry', 'refused', 'uploads', 'ids', 'headers', 'unknowable'] as const;
export type AuditGroup = (typeof AUDIT_GROUPS)[number];

/** Something that a drop promises and that somebody who does not run it can look at. */
export interface Check {
  /** One word, with hyphens. */
  readonly name: string;
  readonly group: AuditGroup;
  readonly promise: string;
  /** What is asked, in numbers, at most: an estimate for whoever pays for it in time. */
  readonly requests: number;
  /** Cells (1 MiB) that go up and come down. */
  readonly cells?: number;
  /** Whether it reckons with the time that the drop says it is: then it passes only where this machine says the same. */
  readonly byClock?: true;
  /** Whether it is this check that fails where the drop refuses outright what it asks for; others lack what they look at. */
  readonly failsRefused?: true;
  /** Rejects where nothing can be told because the network failed. */
  readonly run: (visit: Visit) => Promise<AuditFinding>;
}

export const pass = (why: string): AuditFinding => ({ verdict: 'pass', why });
export const fail = (why: string): AuditFinding => ({ verdict: 'fail', why });
export const cannotTell = (why: string): AuditFinding => ({ verdict: 'cannot tell', why });

/** Some of a list for a sentence: the first three, and how many more. */
export function some(names: readonly string[]): string {
  const rest = names.length - 3;
  return names.slice(0, 3).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
