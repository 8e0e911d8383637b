import { ACCOUNT_CHECKS } from './account.ts';
import type { Aws } from './calls.ts';
import { cannotTell, type DoctorCheck, type DoctorResult } from './check.ts';
import { type DropChecks, dropChecks } from './drop.ts';
import { cannotAsk } from './refusal.ts';
import { STACK_CHECKS } from './stack.ts';
import { beginVisit, isUp, type Synthesized, type Visit } from './visit.ts';

export interface DoctorOptions {
  readonly aws: Aws;
  readonly region: string;
  /** The name of the stack. */
  readonly stack: string;
  /** What would be deployed. */
  readonly expected: Synthesized;
  /** How the drop is tried. Its URL is, unless given, the stack's output `Url`. */
  readonly drop: Omit<DropChecks, 'url'> & { readonly url?: string | undefined };
  readonly signal?: AbortSignal | undefined;
  /** Called before each check, with how many there are and how many are over. */
  readonly next?: (done: number, total: number) => void;
  /** Called with what each check said. */
  readonly report?: (result: DoctorResult) => void;
}

/**
 * Looks at an account of AWS before a drop is deployed into it, and at the account, the stack and the drop afterwards.
 * Whether there is a stack decides which. It changes nothing at AWS; the drop gets a letter and an audit, as from anybody.
 *
 * @returns what each check said, in order
 * @throws Error when AWS does not even say whose the credentials are; what opening the transport to the drop does; the reason
 * of an abort
 */
export async function doctor(options: DoctorOptions): Promise<DoctorResult[]> {
  const { aws, region, stack, expected, signal, next, report } = options;
  const visit = beginVisit(aws, region, stack, expected);
  await visit.identity().catch((error: unknown) => {
    signal?.throwIfAborted();
    const { why, todo = '' } = cannotAsk(error);
    throw new Error(`nothing can be looked at: ${why}. ${todo}`.replace(/\.$/, ''));
  });
  const checks = [...ACCOUNT_CHECKS, ...(await furtherChecks(visit, options))];
  const results: DoctorResult[] = [];
  for (const [i, { run, ...about }] of checks.entries()) {
    signal?.throwIfAborted();
    next?.(i, checks.length);
    const finding = await run(visit).catch((error: unknown) => {
      signal?.throwIfAborted();
      if (about.group === 'drop') throw error; // nothing of AWS's
      return cannotAsk(error);
    });
    const result = { ...about, ...finding };
    results.push(result);
    report?.(result);
  }
  return results;
}

/** What is looked at besides the account: the stack, where there is one, and the drop, where its URL is known. */
async function furtherChecks(visit: Visit, { stack, drop, signal }: DoctorOptions): Promise<DoctorCheck[]> {
  const [STACK] = STACK_CHECKS as [DoctorCheck];
  const instead = (run: DoctorCheck['run']): DoctorCheck => ({ ...STACK, run });
  const given = drop.url === undefined ? [] : dropChecks({ ...drop, url: drop.url });
  try {
    const deployed = await visit.deployed();
    if (deployed === undefined) {
      const none = cannotTell(
        `there is no stack ${stack} in this region yet`,
        'Run npx cdk deploy, then this again. If there is one, name it with --stack and its region with --region.',
      );
      return [instead(async () => none), ...given];
    }
    if (!isUp(deployed)) return [STACK, ...given];
    if (given.length > 0 || !(drop.letter || drop.audit)) return [...STACK_CHECKS, ...given];
    const url = deployed.outputs.get('Url');
    if (url !== undefined) return [...STACK_CHECKS, ...dropChecks({ ...drop, url })];
    const lost = cannotTell('the stack has no output Url', 'Give the URL of the drop with --url.');
    const tried = dropChecks({ ...drop, url: '' }).map((check) => ({ ...check, run: async () => lost }));
    return [...STACK_CHECKS, ...tried];
  } catch (error) {
    signal?.throwIfAborted();
    const finding = cannotAsk(error);
    return [instead(async () => finding), ...given];
  }
}
