import type { CanaryOutcome, Lately, LateOutcome, SameOutage, Share, Verdict } from '../node/index.ts';
import { counted, span } from './terminal.ts';

/** What became of a canary, or of its second fetch, in a line. */
export function outcomeText(outcome: CanaryOutcome | LateOutcome | SameOutage): string {
  switch (outcome.kind) {
    case 'same outage':
      return `${outcomeText(outcome.loss)}; one outage counts once, and was counted`;
    case 'back': {
      const { ticks, seconds, cells, slot } = outcome;
      const when = `${span(seconds * 1000)}, ${counted(ticks, 'tick')}`;
      return `came back after ${when}: ${counted(cells, 'cell')} intact (${slot})`;
    }
    case 'refused':
      return `lost: the drop did not take its ${outcome.step}: ${outcome.why}`;
    case 'swallowed':
      return `lost: registered, and in none of the ${counted(outcome.ticks, 'batch', 'batches')} since`;
    case 'withheld':
      return `lost: its line is in batch ${outcome.slot}, its cells are ${outcome.why}`;
    case 'gaps':
      return `lost: of the ${counted(outcome.of, 'batch', 'batches')} that may hold it, ${outcome.missing} missing or damaged`;
    case 'unreachable':
      return `not known: the drop could not be reached (${outcome.step}); that is no loss`;
    case 'kept':
      return `still there: a cell was fetched once more after ${span(outcome.seconds * 1000)}`;
    case 'deleted':
      return `lost: deleted early, a cell is ${outcome.why} after ${span(outcome.seconds * 1000)}`;
    case 'unanswered':
      return `not known: a cell could not be fetched once more after ${span(outcome.seconds * 1000)}`;
  }
}

/**
 * Tells of troubles that come again and again: the first of a kind with its time, and when something else is to be said how
 * often it came since, and when last.
 *
 * @param now - the time as it is to be shown
 */
export function troubleTeller(write: (line: string) => void, now: () => string) {
  let [kind, again, last] = ['', 0, ''];
  const flush = () => {
    if (again > 0) write(`${last}: the same, ${counted(again, 'time')} more`);
    again = 0;
  };
  return {
    trouble(words: string) {
      if (words === kind) [again, last] = [again + 1, now()];
      else {
        flush();
        kind = words;
        write(`${now()}: ${words}; looking again later`);
      }
    },
    /** Something else is said, after which a trouble of the same kind goes on. */
    flush,
    /** It is over: the same would be a new one. */
    over() {
      flush();
      kind = '';
    },
  };
}

/** What a tally says, in some lines. */
export function verdictText(verdict: Verdict): string {
  const { unreachable, unanswered, all, swallowed, withheld, deleted, round, lateRound, alarm } = verdict;
  const lines: string[] = [];
  if (all.trials === 0) lines.push('no canary says anything yet');
  else {
    const canaries = counted(all.trials, 'canary', 'canaries');
    lines.push(`${canaries}, ${all.lost} lost: with 95 % confidence it loses ${below(all)} of letters`);
    lines.push(`  registrations swallowed: ${part(swallowed)}`);
    lines.push(`  uploads withheld:        ${part(withheld)}`);
    lines.push(`  uploads deleted early:   ${part(deleted)}`);
  }
  if (unreachable > 0) lines.push(`  not counted, the drop could not be reached: ${unreachable}`);
  if (unanswered > 0) lines.push(`  not counted, a second fetch was not answered: ${unanswered}`);
  if (alarm !== undefined) {
    lines.push(`ALARM since ${alarm}: more was lost than honest faults explain (1 %)`);
    if (round.lost > 0) lines.push(`  lately ${least(round)}`);
    if (lateRound.lost > 0) lines.push(`  of second fetches lately ${least(lateRound)}`);
    lines.push('  tell everybody who uses this drop; a new state file begins anew');
  }
  return lines.join('\n');
}

function part({ lost, trials, ...share }: Share): string {
  return trials === 0 ? 'not tried' : `${lost} of ${trials}, ${below({ lost, trials, ...share })}`;
}

function least({ lost, trials, atLeast }: Lately): string {
  return `${lost} of ${trials}: with 99 % confidence more than ${percent(atLeast, Math.floor)} %`;
}

/** A bound, rounded so that it still holds. */
function below({ atMost = 1 }: Share): string {
  return atMost >= 1 ? 'up to all' : `less than ${percent(atMost - 1e-9, Math.ceil)} %`;
}

function percent(share: number, round: (x: number) => number): string {
  return (round(share * 1000) / 10).toFixed(1);
}
