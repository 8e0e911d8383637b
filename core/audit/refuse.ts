import type { DropAnswer, DropRequest } from '../drop/transport.ts';
import { RefusedAddress, TransportFault } from '../drop/transport-fault.ts';
import { type AuditFinding, cannotTell, fail, pass, some } from './check.ts';
import { each } from './each.ts';
import type { Visit } from './visit.ts';

/** Something that must be refused. */
export interface Probe {
  /** As it stands in a sentence. */
  readonly what: string;
  readonly method: DropRequest['method'];
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Whether an answer of 200 is none the less harmless. */
  readonly isHarmless?: (answer: DropAnswer) => boolean;
}

/** Whether a status says no, once and for all. 501 is "not implemented". */
export const refuses = (status: number): boolean => (status >= 400 && status < 500 && status !== 429) || status === 501;

/** Asks for everything that must be refused, and says what was not. */
export async function allRefused(visit: Visit, probes: readonly Probe[]): Promise<AuditFinding> {
  const outcomes = await each(probes, async (probe) => {
    const { what, method, url, headers = {}, body, isHarmless } = probe;
    try {
      const answer = await visit.ask({ method, url, headers, ...(body && { body }) });
      const isRefused = refuses(answer.status) || (answer.status === 200 && isHarmless?.(answer));
      const isDone = answer.status >= 200 && answer.status < 300;
      return { what: `${what} (${answer.status})`, is: isRefused ? 'refused' : isDone ? 'done' : 'unclear' };
    } catch (error) {
      visit.drop.signal?.throwIfAborted();
      if (error instanceof RefusedAddress || !(error instanceof TransportFault)) throw error;
      return { what, is: 'unclear' };
    }
  });
  const named = (is: string) => outcomes.filter((outcome) => outcome.is === is).map(({ what }) => what);
  if (named('done').length > 0) return fail(`not refused: ${some(named('done'))}`);
  const all = `${named('refused').length} of ${probes.length} refused`;
  return named('unclear').length > 0 ? cannotTell(`${all}; no clear answer to ${some(named('unclear'))}`) : pass(all);
}
