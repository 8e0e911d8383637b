import type { CanaryOutcome, Lately, LateOutcome, Share, Verdict } from '../client/index.ts';
import { counted } from './terminal.ts';

/** What became of a canary, or of its second fetch, in a line. */
export function outcomeText(outcome: CanaryOutcome | LateOutcome): string {
  switch (outcome.kind) {
    case 'back': {
      const { ticks, seconds, cells, slot } = outcome;
      const when = `${span(seconds * 1000)}, ${counted(ticks, 'tick')}`;
      return `came back after ${when}: ${counted(cells, 'cell')} intact (${slot})`;
    }
    case 'refused':
      return `lost: the drop did not take its ${outcome.step}: ${outcome.why}`;
    case 'swallowed':
      return `lost: registered, and in none of the ${outcome.ticks} batches since`;
    case 'withheld':
      return `lost: its line is in batch ${outcome.slot}, its cells are ${outcome.why}`;
    case 'gaps':
      return `lost: ${outcome.missing} of the ${outcome.of} batches that may hold it are missing or damaged`;
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

/** What a tally says, in some lines. */
export function verdictText(verdict: Verdict): string {
  const { unreachable, unanswered, all, swallowed, withheld, deleted, round, lateRound, alarm } = verdict;
  const lines: string[] = [];
  if (all.trials === 0) lines.push('no canary says anything yet');
  else {
    const canaries = all.trials === 1 ? '1 canary' : `${all.trials} canaries`;
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
    lines.push('  tell whoever uses this drop; a new state file begins anew');
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

/** A duration, in its two largest units. */
export function span(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([number]) => number > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([number]) => number > 0)
    .map(([number, unit]) => `${number} ${unit}`)
    .join(' ');
}
