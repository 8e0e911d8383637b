import type { AuditVerdict } from '../node/index.ts';
import type { Visit } from './visit.ts';

/** Groups of checks, in the order in which they are made. */
export const DOCTOR_GROUPS = ['account', 'stack', 'drop'] as const;
export type DoctorGroup = (typeof DOCTOR_GROUPS)[number];

/** The outcome of a check, and why, in a sentence; where it is no pass, what to do. */
export interface DoctorFinding {
  readonly verdict: AuditVerdict;
  readonly why: string;
  readonly todo?: string;
}

/** Something that a drop needs, or that its operator promises, and that the operator can look at. */
export interface DoctorCheck {
  /** One word, with hyphens. */
  readonly name: string;
  readonly group: DoctorGroup;
  readonly promise: string;
  /** Rejects with the SDK's errors, which `cannotAsk` then tells. */
  readonly run: (visit: Visit) => Promise<DoctorFinding>;
}

/** What a check said. */
export interface DoctorResult extends DoctorFinding, Pick<DoctorCheck, 'name' | 'group' | 'promise'> {}

export { pass, some } from '../core/audit/check.ts';
export const fail = (why: string, todo: string): DoctorFinding => ({ verdict: 'fail', why, todo });
export const cannotTell = (why: string, todo: string): DoctorFinding => ({ verdict: 'cannot tell', why, todo });
