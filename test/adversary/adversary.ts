import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { synthesize } from '../../bin/synthesize.ts';
import { rungFor } from '../../wire/batch.ts';
import { LINES_MIN, SLOT_SECONDS } from '../../wire/sizes.ts';
import { seeded } from '../statistics.ts';
import type { Advantage } from './advantage.ts';
import { type Cost, costOf } from './cost.ts';
import { CELL_SHARES, countLaw } from './counts.ts';
import { type Curve, drawCurves } from './curves.ts';
import { measure, STEP_SECONDS } from './measure.ts';
import { play } from './play.ts';
import { advantageOverTicks } from './several.ts';
import type { Sent } from './tick.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    draw: { type: 'string' },
    seed: { type: 'string', default: 'adversary' },
  },
});

/** What the construct chooses when nothing else is said. */
const DEFAULTS = { decoysPerMinute: 30, linesPerBatch: 256 };

/** The largest advantage per tick that the defaults may leave. */
const AIM = 0.05;

const RATES = values.quick ? [2, 30] : [1, 2, 5, 10, 20, 30, 45, 60];
const RUNGS = [LINES_MIN, 64, 128, 256, 512];
const CELLS = [1, 2, 3, 4, 8];
const TICKS = values.quick ? 1000 : 20_000;
const TICKS_OF_DEFAULTS = values.quick ? 2000 : 120_000;

const { below } = seeded(values.seed);
const percent = (value: number) => `${(value * 100).toFixed(1)} %`;
const measured = ({ value, error }: Advantage) => `${percent(value)} +- ${(error * 100).toFixed(1)}`.padStart(14);

console.log('What the best distinguisher gains over a coin in one tick of five minutes, with 95 % confidence:');
console.log('P(he says "a letter" | there is one) - P(he says "a letter" | there is none).');
if (values.quick) console.log('Quick: few ticks and wide intervals, so take no figure of it seriously.');

await playForReal();
const curves = measureRates();
const several = measureSeveral();
measureReaders();
measureNetwork();
measureDefaults();
if (values.draw !== undefined) draw(values.draw);

/** Hours on the code itself: what is drawn below must be what a drop shows. */
async function playForReal(): Promise<void> {
  const [rate, ticks] = values.quick ? [0.5, 6] : [2, 48];
  const outdir = mkdtempSync(join(tmpdir(), 'dead-drop-adversary-'));
  try {
    await synthesize(outdir, undefined, { linesPerBatch: 16 });
    const { drawn, seen, batches, sent, arrived } = await play(outdir, rate, ticks, below);
    const counts = (view: (typeof seen)[number]) =>
      [view.uploads.length, ...view.asked, ...view.registrations].join(' ');
    const alike = drawn.filter((view, i) => counts(view) === counts(seen[i]!)).length;
    console.log(
      `\nPlayed ${ticks} ticks (${ticks / 12} h) on the publisher, the decoys, the client and the local drop:`,
    );
    console.log(
      `  ${alike} of ${ticks} ticks show in the account what was drawn; ${arrived} of ${sent} letters arrived;`,
    );
    console.log(
      `  batches of ${[...new Set(batches)].map(whole).join(', ')} bytes, ${batches.length} in ${ticks} ticks`,
    );
    if (alike !== ticks || arrived !== sent || batches.length !== ticks) throw new Error('the play went wrong');
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** The account reader and the flooder, by how many decoys there are. */
function measureRates(): Curve[] {
  console.log(
    `\nBy decoysPerMinute, ${whole(TICKS)} ticks with and without a letter each (in brackets: the exact value)`,
  );
  console.log(
    `  decoys  flooder                 ${CELLS.map((cells) => `account, ${cells} cells`.padEnd(24)).join('')}`,
  );
  const flood: [number, number, number][] = [];
  const account = CELLS.map(() => [] as [number, number, number][]);
  const letters = CELLS.map((cells) => ({ cells, stepSeconds: STEP_SECONDS.likeDecoys }));
  for (const rate of RATES) {
    const law = countLaw((rate * SLOT_SECONDS) / 60);
    const found = measure({ decoysPerMinute: rate, letters, ticks: TICKS, random: below });
    const { flooder } = found[0]!;
    flood.push([rate, flooder.value, flooder.error]);
    const columns = [`${measured(flooder)} (${percent(law.registrationsAdvantage())})`.padEnd(24)];
    for (const [i, each] of found.entries()) {
      account[i]!.push([rate, each.account.value, each.account.error]);
      columns.push(`${measured(each.account)} (${percent(law.advantage(each.cells))})`.padEnd(24));
    }
    console.log(`  ${String(rate).padStart(6)}${columns.join('')}`);
  }
  const names = CELLS.map((cells) => `account, ${cells} ${cells === 1 ? 'cell' : 'cells'}`);
  return [{ name: 'flooder', points: flood }, ...account.map((points, i) => ({ name: names[i]!, points }))];
}

/** The account reader who has several ticks in mind. */
function measureSeveral(): Curve[] {
  const trials = values.quick ? 300 : 4000;
  const numbers = values.quick ? [1, 4] : [1, 2, 4, 8, 16, 32];
  console.log(
    `\nSeveral ticks that somebody has in mind: letters of one cell in all of them, or in none (${whole(trials)} trials)`,
  );
  const points = numbers.map((ticks): [number, number, number] => {
    const found = advantageOverTicks(DEFAULTS.decoysPerMinute, ticks, trials, below);
    console.log(`  ${String(ticks).padStart(3)} ticks ${measured(found)}`);
    return [ticks, found.value, found.error];
  });
  return [{ name: `${DEFAULTS.decoysPerMinute} decoys a minute`, points }];
}

/** The reader of `ids/`, who sees the size of a batch and nothing else: exact, as the publisher chooses it. */
function measureReaders(): void {
  console.log('\nThe reader of ids/, by linesPerBatch (exact), and what he fetches a day');
  console.log(`  decoys ${RUNGS.map((lines) => `${lines} lines`.padStart(12)).join('')}`);
  for (const rate of RATES) {
    const law = countLaw((rate * SLOT_SECONDS) / 60);
    const row = RUNGS.map((lines) => percent(sizeAdvantage(law, lines)).padStart(12));
    console.log(`  ${String(rate).padStart(6)} ${row.join('')}`);
  }
  console.log(
    `  MB/day ${RUNGS.map((lines) => costOf(0, lines).batchMegabytesPerDay.toFixed(1).padStart(12)).join('')}`,
  );
}

/**
 * The network beside a source who runs cover, and sees cells leave: exact, since cover letters are a Poisson process and
 * as long as decoys are. Beside a journalist there is nothing to measure: with cover, the fetches are as many either way.
 */
function measureNetwork(): void {
  const cellsMean = CELL_SHARES.reduce((sum, share, i) => sum + share * (i + 1), 0);
  const asJournalist = 86_400 / SLOT_SECONDS / cellsMean;
  console.log(
    '\nThe network beside a source, in a day (exact), by how many cover letters leave in one; without cover it is certain',
  );
  console.log(`  letters   ${CELLS.map((cells) => `${cells} cells`.padStart(10)).join('')}`);
  for (const letters of [2, 6, 24, asJournalist + 6]) {
    const law = countLaw(letters);
    console.log(
      `  ${letters.toFixed(0).padStart(7)}   ${CELLS.map((cells) => percent(law.advantage(cells)).padStart(10)).join('')}`,
    );
  }
  console.log(
    '  (the last is `dead-drop cover` as it is: 6 letters a day, and those that a journalist sends who fetches a cell a tick)',
  );
}

/** Total variation distance of the size of a batch with and without one line more. */
function sizeAdvantage(law: ReturnType<typeof countLaw>, lines: number): number {
  const sizes = new Map<number, number>();
  for (let count = 0; count < 1000; count += 1) {
    const probability = law.ofRegistrations(count);
    for (const [size, sign] of [
      [rungFor(count + 1, lines), 1],
      [rungFor(count, lines), -1],
    ] as const) {
      sizes.set(size, (sizes.get(size) ?? 0) + sign * probability);
    }
  }
  return [...sizes.values()].reduce((sum, difference) => sum + Math.abs(difference), 0) / 2;
}

/** The defaults once more with many ticks, their aim, and their cost. */
function measureDefaults(): void {
  const { decoysPerMinute, linesPerBatch } = DEFAULTS;
  console.log(
    `\nThe defaults: ${decoysPerMinute} decoys a minute, ${linesPerBatch} lines; ${whole(TICKS_OF_DEFAULTS)} ticks with and without a letter each`,
  );
  const letters = Object.values(STEP_SECONDS).flatMap((stepSeconds) => {
    return [1, 2, 3].map((cells): Sent => ({ cells, stepSeconds }));
  });
  letters.push({ cells: 1, stepSeconds: STEP_SECONDS.slow, isLost: true });
  for (const found of measure({ decoysPerMinute, letters, ticks: TICKS_OF_DEFAULTS, random: below })) {
    const lost = found.isLost ? ', an answer lost' : '';
    const how = `${found.cells} ${found.cells === 1 ? 'cell' : 'cells'}, ${found.stepSeconds} s a step${lost}`;
    for (const [who, advantage] of [
      ['account', found.account],
      ['flooder', found.flooder],
    ] as const) {
      const isMet = advantage.value + advantage.error <= AIM;
      console.log(
        `  ${isMet ? 'met   ' : 'MISSED'} ${who}  ${how.padEnd(41)} ${measured(advantage)} (${advantage.name})`,
      );
    }
  }
  const { dollarsPerMonth, uploadedMegabytesPerDay, batchMegabytesPerDay } = costOf(decoysPerMinute, linesPerBatch);
  console.log(
    `  cost: about ${dollarsPerMonth.toFixed(0)} dollars a month, of which ${costOf(0, LINES_MIN).dollarsPerMonth.toFixed(0)} with no decoy at all;`,
  );
  console.log(
    `  ${whole(uploadedMegabytesPerDay)} MB a day uploaded within the region, ${batchMegabytesPerDay.toFixed(1)} MB a day fetched by each reader`,
  );
}

/** Writes the curves for the documents. */
function draw(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const percentOf = (y: number) => `${Math.round(y * 100)} %`;
  const advantage = {
    title: 'How well a letter is told from none in one tick',
    x: 'decoys a minute',
    y: 'advantage over a coin',
    xMax: 60,
    yMax: 0.5,
    xTicks: [0, 10, 20, 30, 40, 50, 60],
    yTicks: [0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5],
    aim: AIM,
    write: percentOf,
  };
  writeFileSync(join(folder, 'advantage.svg'), drawCurves(advantage, curves));
  const overTicks = {
    ...advantage,
    title: 'Letters in several ticks that somebody has in mind',
    x: 'ticks',
    xMax: 32,
    xTicks: [1, 4, 8, 16, 24, 32],
  };
  writeFileSync(join(folder, 'several-ticks.svg'), drawCurves(overTicks, several));
  const parts: (keyof Cost)[] = ['dollarsPerMonth'];
  const cost = {
    title: 'What decoys cost, at 256 lines a batch and 14 days',
    x: 'decoys a minute',
    y: 'dollars a month',
    xMax: 60,
    yMax: 120,
    xTicks: advantage.xTicks,
    yTicks: [0, 20, 40, 60, 80, 100, 120],
    write: (y: number) => String(y),
  };
  const points = parts.map((part) => ({
    name: 'list prices',
    points: [0, 10, 20, 30, 40, 50, 60].map((rate) => [rate, costOf(rate, 256)[part]] as const),
  }));
  writeFileSync(join(folder, 'cost.svg'), drawCurves(cost, points));
}

function whole(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}
