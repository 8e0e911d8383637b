import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { advantageByMoments, advantageByPeriod, CELL_SECONDS, ticksAtOnce } from '../../core/send/advantage.ts';
import { synthesize } from '../../lib/synthesize.ts';
import { parseScript, script } from '../../scripts/script.ts';
import { rungFor } from '../../wire/batch.ts';
import { LINES_MIN, SLOT_SECONDS } from '../../wire/sizes.ts';
import { seeded } from '../statistics.ts';
import type { Advantage } from './advantage.ts';
import { advantageOfLetters, deviationsOf } from './budget.ts';
import { costOf } from './cost.ts';
import {
  advantageOfOneMore,
  CELL_SHARES,
  type Cover,
  countLaw,
  linesInTick,
  type Numbers,
  poissonNumbers,
  uploadsInMinute,
  urlsInMinute,
} from './counts.ts';
import { type Curve, drawCurves } from './curves.ts';
import { advantageOfBursts } from './lanes.ts';
import { measure, STEP_SECONDS } from './measure.ts';
import { play } from './play.ts';
import { advantageOverPeriod, advantageOverTicks } from './several.ts';
import type { Sent } from './tick.ts';

const values = parseScript<{ readonly quick: boolean; readonly draw?: string; readonly seed: string }>(
  script('adversary', 'Measure what the best distinguishers gain over a coin.')
    .option('--quick', 'few ticks and wide intervals', false)
    .option('--draw <folder>', 'draw the curves into this folder')
    .option('--seed <text>', 'another one gives other samples', 'adversary'),
);

/** What the construct chooses when nothing else is said. */
const DEFAULTS = { decoysPerMinute: 16, looseCellsPerMinute: 24 };
const LINES_PER_BATCH = 128;

/** The largest advantages that the defaults may leave: in a minute that is known, and per tick. */
const AIM = { minute: 0.06, tick: 0.03 };

/** As the construct chooses loose cells where nothing else is said. */
const coverOf = (decoysPerMinute: number): Cover => ({
  decoysPerMinute,
  looseCellsPerMinute: 1.5 * decoysPerMinute,
});

const RATES = values.quick ? [2, 16] : [1, 2, 4, 8, 12, 16, 24, 32];
const RUNGS = [LINES_MIN, 64, 128, 256];
const CELLS = [1, 2, 3, 4, 8];
const LONG_CELLS = [9, 20, 50, 100];
const LANES = [1, 4, 8, 12];
const TICKS = values.quick ? 1000 : 8000;
const TICKS_OF_DEFAULTS = values.quick ? 2000 : 40_000;

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
measureBudget();
measureLong();
measureLanes();
measureDefaults();
if (values.draw !== undefined) draw(values.draw);

/** Hours on the code itself: what is drawn below must be what a drop shows. */
async function playForReal(): Promise<void> {
  const [rate, ticks] = values.quick ? [0.5, 6] : [2, 48];
  const cover = { decoysPerMinute: rate, looseCellsPerMinute: rate };
  const outdir = mkdtempSync(join(tmpdir(), 'dead-drop-adversary-'));
  try {
    await synthesize(outdir, undefined, { linesPerBatch: 16 });
    const { drawn, seen, batches, sent, arrived } = await play(outdir, cover, ticks, below);
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

/** Three views, by how many decoys there are. */
function measureRates(): Curve[] {
  console.log(
    `\nBy decoysPerMinute, ${whole(TICKS)} ticks with and without a letter each (in brackets: the exact value)`,
  );
  const curves: Curve[] = [];
  for (const isMinuteKnown of [true, false]) {
    console.log(isMinuteKnown ? '  in a minute that is known' : '  in a tick');
    console.log(`  decoys  cells  account                 seizure                 ${isMinuteKnown ? '' : 'flooder'}`);
    const points = { account: CELLS.map(newPoints), seizure: CELLS.map(newPoints) };
    const flood = newPoints();
    for (const rate of RATES) {
      const cover = coverOf(rate);
      const laws = { account: urlsInMinute(cover), seizure: uploadsInMinute(cover) };
      const letters = CELLS.map((cells) => ({ cells, stepSeconds: STEP_SECONDS.likeDecoys, isMinuteKnown }));
      for (const [i, found] of measure({ cover, letters, ticks: TICKS, random: below }).entries()) {
        const columns = (['account', 'seizure'] as const).map((who) => {
          const exact = isMinuteKnown
            ? laws[who].advantage(found.cells)
            : laws[who].advantageInOneOf(SLOT_SECONDS / 60, found.cells);
          points[who][i]!.push([rate, found[who].value, found[who].error]);
          return `${measured(found[who])} (${percent(exact)})`.padEnd(24);
        });
        if (!isMinuteKnown && i === 0) {
          flood.push([rate, found.flooder.value, found.flooder.error]);
          columns.push(`${measured(found.flooder)} (${percent(advantageOfOneMore(linesInTick(cover)))})`);
        }
        console.log(`  ${String(rate).padStart(6)}  ${String(found.cells).padStart(5)}${columns.join('')}`);
      }
    }
    const when = isMinuteKnown ? 'known minute' : 'tick';
    if (!isMinuteKnown) curves.push({ name: 'flooder, tick', points: flood });
    for (const i of [0, 2]) {
      const cells = CELLS[i]!;
      curves.push({ name: `${cells} ${cells === 1 ? 'cell' : 'cells'}, ${when}`, points: points.seizure[i]! });
    }
  }
  return curves;
}

function newPoints(): [number, number, number][] {
  return [];
}

/** Who has several ticks in mind. */
function measureSeveral(): Curve[] {
  const trials = values.quick ? 300 : 2000;
  const numbers = values.quick ? [1, 8] : [1, 8, 32, 128];
  const deviations = deviationsOf(DEFAULTS);
  console.log(
    `\nSeveral ticks that somebody has in mind: letters of one cell in all of them, or in none (${whole(trials)} trials; in brackets: the formula)`,
  );
  const points = numbers.map((ticks): [number, number, number] => {
    const found = advantageOverTicks(DEFAULTS, ticks, trials, below);
    console.log(
      `  ${String(ticks).padStart(4)} letters ${measured(found)} (${percent(advantageOfLetters(deviations, ticks))})`,
    );
    return [ticks, found.value, found.error];
  });
  return [{ name: 'the defaults', points }];
}

/** What a letter shows in all, by its cells and the time over which it is spread. */
function measureBudget(): void {
  const deviations = deviationsOf(DEFAULTS);
  const { cell, registration } = deviations;
  console.log(
    `\nA letter in all, by the formula: a cell shows with ${cell.toFixed(4)} standard deviations in a tick, a registration with ${registration.toFixed(4)}`,
  );
  console.log('  by who knows in which ticks each cell left / only over which ticks (in brackets: measured)');
  console.log(`  cells  ${['at once', '6 hours', '1 day', '7 days'].map((name) => name.padEnd(32)).join('')}`);
  for (const cells of [1, 10, 100, 1000]) {
    const columns = [ticksAtOnce(cells), 72, 288, 2016].map((ticks) => {
      const trials = values.quick ? 100 : Math.min(4000, Math.ceil(8e6 / ticks / 5));
      const found = advantageOverPeriod(DEFAULTS, cells, ticks, trials, below);
      const [moments, period] = [advantageByMoments, advantageByPeriod].map((by) => by(deviations, cells, ticks));
      return `${percent(moments!)} / ${percent(period!)} (${measured(found).trim()})`.padEnd(32);
    });
    console.log(`  ${String(cells).padStart(5)}  ${columns.join('')}`);
  }
}

/** What it changes that a letter longer than any decoy has some cells under way at a time. */
function measureLong(): void {
  const deviations = deviationsOf(DEFAULTS);
  const law = uploadsInMinute(DEFAULTS);
  const perMinute = (seconds: number) => Math.floor(60 / seconds);
  console.log(
    `\nA letter longer than a decoy, sent at once, to a seizure: one cell after another (${CELL_SECONDS.inTurn} s each) / side by side (${CELL_SECONDS.sideBySide} s)`,
  );
  console.log('  in brackets: measured in a tick, which holds all of it where it is side by side');
  console.log('  cells  ticks      by the formula, known ticks     known minute, its cells (exact)');
  for (const cells of LONG_CELLS) {
    const columns = [CELL_SECONDS.inTurn, CELL_SECONDS.sideBySide].map((seconds) => {
      const ticks = Math.ceil((cells * seconds) / SLOT_SECONDS);
      const inMinute = Math.min(cells, perMinute(seconds));
      return [
        String(ticks),
        percent(advantageByMoments(deviations, cells, ticks)),
        percent(law.advantage(inMinute, 0)),
      ];
    });
    const letters = [{ cells, stepSeconds: STEP_SECONDS.likeDecoys }];
    const [found] = measure({ cover: DEFAULTS, letters, ticks: values.quick ? 300 : 2000, random: below });
    const [ticks, formula, minute] = [0, 1, 2].map((i) => columns.map((column) => column[i]).join(' / '));
    const inTick = measured(found!.seizure).trim();
    console.log(
      `  ${String(cells).padStart(5)}  ${ticks!.padEnd(9)}  ${`${formula} (${inTick})`.padEnd(30)}  ${minute}`,
    );
  }
}

/** What it would change to have more of such a letter's cells under way at a time. */
function measureLanes(): void {
  const ticks = values.quick ? 300 : 1500;
  console.log(`\nThe same in a tick, to who looks for bursts (${whole(ticks)} ticks), by cells under way at a time`);
  console.log(`  cells  ${LANES.map((lanes) => String(lanes).padEnd(16)).join('')}`);
  for (const cells of [9, 16, 30, 50, 100]) {
    const columns = LANES.map((lanes) => measured(advantageOfBursts(DEFAULTS, cells, lanes, ticks, below)).padEnd(16));
    console.log(`  ${String(cells).padStart(5)}  ${columns.join('')}`);
  }
}

/** The reader of `ids/`, who sees the size of a batch and nothing else: exact, as the publisher chooses it. */
function measureReaders(): void {
  console.log('\nThe reader of ids/, by linesPerBatch (exact), and what he fetches a day');
  console.log(`  decoys ${RUNGS.map((lines) => `${lines} lines`.padStart(12)).join('')}`);
  for (const rate of RATES) {
    const law = linesInTick(coverOf(rate));
    const row = RUNGS.map((lines) => percent(sizeAdvantage(law, lines)).padStart(12));
    console.log(`  ${String(rate).padStart(6)} ${row.join('')}`);
  }
  console.log(
    `  MB/day ${RUNGS.map((lines) => costOf(DEFAULTS, lines).batchMegabytesPerDay.toFixed(1).padStart(12)).join('')}`,
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
    const law = countLaw(poissonNumbers(letters));
    console.log(
      `  ${letters.toFixed(0).padStart(7)}   ${CELLS.map((cells) => percent(law.advantage(cells)).padStart(10)).join('')}`,
    );
  }
  console.log(
    '  (the last is `dead-drop cover` as it is: 6 letters a day, and those that a journalist sends who fetches a cell a tick)',
  );
}

/** Total variation distance of the size of a batch with and without one line more. */
function sizeAdvantage(law: Numbers, lines: number): number {
  return law.reduce((sum, chance, count) => {
    return sum + (rungFor(count + 1, lines) === rungFor(count, lines) ? 0 : chance);
  }, 0);
}

/** The defaults once more with many ticks, their aim, and their cost. */
function measureDefaults(): void {
  console.log(
    `\nThe defaults: ${DEFAULTS.decoysPerMinute} letters and ${DEFAULTS.looseCellsPerMinute} loose cells a minute, ${LINES_PER_BATCH} lines; ${whole(TICKS_OF_DEFAULTS)} ticks with and without a letter each`,
  );
  console.log(
    '(the exact values meet their aims, as adversary.test.ts holds; MISSED is above one with 95 % confidence)',
  );
  const letters = [1, 2, 3].map(
    (cells): Sent => ({ cells, stepSeconds: STEP_SECONDS.likeDecoys, isMinuteKnown: true }),
  );
  for (const stepSeconds of Object.values(STEP_SECONDS)) {
    letters.push(...[1, 2, 3].map((cells) => ({ cells, stepSeconds })));
  }
  letters.push({ cells: 1, stepSeconds: STEP_SECONDS.slow, isLost: true });
  for (const found of measure({ cover: DEFAULTS, letters, ticks: TICKS_OF_DEFAULTS, random: below })) {
    const lost = found.isLost ? ', an answer lost' : '';
    const when = found.isMinuteKnown ? ', known minute' : '';
    const how = `${found.cells} ${found.cells === 1 ? 'cell' : 'cells'}, ${found.stepSeconds} s a step${lost}${when}`;
    for (const who of ['account', 'seizure', 'flooder'] as const) {
      const advantage = found[who];
      const isMet = advantage.value - advantage.error <= AIM[found.isMinuteKnown ? 'minute' : 'tick'];
      console.log(
        `  ${isMet ? 'met   ' : 'MISSED'} ${who.padEnd(8)} ${how.padEnd(41)} ${measured(advantage)} (${advantage.name})`,
      );
    }
  }
  for (const [name, cover] of [
    ['with no decoy at all', coverOf(0)],
    ['with 12 letters', coverOf(12)],
    ['the defaults', DEFAULTS],
  ] as const) {
    const { dollarsPerMonth, uploadedMegabytesPerDay, batchMegabytesPerDay } = costOf(cover, LINES_PER_BATCH);
    console.log(
      `  cost, ${name}: about ${dollarsPerMonth.toFixed(1)} dollars a month; ${whole(uploadedMegabytesPerDay)} MB a day uploaded within the region, ${batchMegabytesPerDay.toFixed(2)} MB a day fetched by each reader`,
    );
  }
}

/** Writes the curves for the documents. */
function draw(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const percentOf = (y: number) => `${Math.round(y * 100)} %`;
  const advantage = {
    title: 'How well a letter is told from none, by decoysPerMinute',
    x: 'decoys a minute',
    y: 'advantage over a coin',
    xMax: 32,
    yMax: 0.5,
    xTicks: [0, 4, 8, 12, 16, 24, 32],
    yTicks: [0, 0.03, 0.06, 0.1, 0.2, 0.3, 0.4, 0.5],
    aim: AIM.minute,
    write: percentOf,
  };
  writeFileSync(join(folder, 'advantage.svg'), drawCurves(advantage, curves));
  const overTicks = {
    ...advantage,
    title: 'Letters in several ticks that somebody has in mind',
    x: 'ticks',
    xMax: 128,
    xTicks: [1, 8, 32, 64, 128],
  };
  writeFileSync(join(folder, 'several-ticks.svg'), drawCurves(overTicks, several));
  const cost = {
    title: 'What decoys cost, at 128 lines a batch and 14 days',
    x: 'decoys a minute, with 1.5 loose cells each',
    y: 'dollars a month',
    xMax: 32,
    yMax: 100,
    xTicks: advantage.xTicks,
    yTicks: [0, 20, 40, 60, 80, 100],
    write: (y: number) => String(y),
  };
  const points = [
    {
      name: 'list prices',
      points: advantage.xTicks.map((rate) => [rate, costOf(coverOf(rate), LINES_PER_BATCH).dollarsPerMonth] as const),
    },
  ];
  writeFileSync(join(folder, 'cost.svg'), drawCurves(cost, points));
}

function whole(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}
