import type { CanaryOutcome, Share, Verdict } from '../client/index.ts';
import { counted } from './terminal.ts';

/** What became of a canary, in a line. */
export function outcomeText(outcome: CanaryOutcome): string {
  switch (outcome.kind) {
    case 'back': {
      const { ticks, seconds, cells, slot } = outcome;
      const when = `${span(seconds * 1000)} after its registration`;
      return `came back: ${when}, in batch ${slot} (${counted(ticks, 'tick')}), ${counted(cells, 'cell')} intact`;
    }
    case 'refused':
      return `lost: the drop did not take its ${outcome.step}: ${outcome.why}`;
    case 'swallowed':
      return `lost: registered, and in none of the ${outcome.ticks} batches since: swallowed`;
    case 'withheld':
      return `lost: it stands in batch ${outcome.slot}, and what was uploaded is ${outcome.why}: withheld`;
    case 'gaps':
      return `lost: ${outcome.missing} of the ${outcome.of} batches that may hold it are missing or damaged`;
    case 'unreachable':
      return `not known: the drop could not be reached for its ${outcome.step}, which says nothing of letters`;
  }
}

/** What a tally says, in some lines. */
export function verdictText(verdict: Verdict): string {
  const { unreachable, all, swallowed, withheld, atLeast, alarm } = verdict;
  const lines = [
    all.trials === 0
      ? 'no canary says anything yet'
      : `${all.trials === 1 ? '1 canary' : `${all.trials} canaries`}, ${all.lost} lost: with 95 % confidence the drop loses ${below(all)} of letters`,
  ];
  if (all.trials > 0) lines.push(`  swallowed registrations: ${part(swallowed)}; withheld uploads: ${part(withheld)}`);
  if (unreachable > 0) lines.push(`  not counted, because the drop could not be reached: ${unreachable}`);
  if (alarm !== undefined) {
    lines.push(
      `ALARM since ${alarm}: it lost more letters than honest faults explain (99 % confidence, 1 % being honest)`,
    );
    if (atLeast > 0) lines.push(`  it loses more than ${percent(atLeast, Math.floor)} %: tell whoever uses this drop`);
  }
  return lines.join('\n');
}

function part({ lost, trials, ...share }: Share): string {
  return trials === 0 ? 'none tried' : `${lost} of ${trials}, ${below({ lost, trials, ...share })}`;
}

/** A bound, rounded so that it still holds. */
function below({ atMost = 1 }: Share): string {
  return atMost >= 1 ? 'up to all' : `less than ${percent(atMost, Math.ceil)} %`;
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
