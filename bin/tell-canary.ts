import type { CanaryOutcome, Share, Verdict } from '../client/index.ts';
import { counted } from './terminal.ts';

/** What became of a canary, in a line. */
export function outcomeText(outcome: CanaryOutcome): string {
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
  }
}

/** What a tally says, in some lines. */
export function verdictText(verdict: Verdict): string {
  const { unreachable, all, swallowed, withheld, round, alarm } = verdict;
  const lines: string[] = [];
  if (all.trials === 0) lines.push('no canary says anything yet');
  else {
    const canaries = all.trials === 1 ? '1 canary' : `${all.trials} canaries`;
    lines.push(`${canaries}, ${all.lost} lost: with 95 % confidence it loses ${below(all)} of letters`);
    lines.push(`  registrations swallowed: ${part(swallowed)}`);
    lines.push(`  uploads withheld:        ${part(withheld)}`);
  }
  if (unreachable > 0) lines.push(`  not counted, the drop could not be reached: ${unreachable}`);
  if (alarm !== undefined) {
    lines.push(`ALARM since ${alarm}: more was lost than honest faults explain (1 %)`);
    const { lost, trials, atLeast } = round;
    if (lost > 0)
      lines.push(`  lately ${lost} of ${trials}: with 99 % confidence more than ${percent(atLeast, Math.floor)} %`);
    lines.push('  tell whoever uses this drop; a new state file begins anew');
  }
  return lines.join('\n');
}

function part({ lost, trials, ...share }: Share): string {
  return trials === 0 ? 'not tried' : `${lost} of ${trials}, ${below({ lost, trials, ...share })}`;
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
