import { LOST_URLS_PER_LETTER } from '../../lambdas/decoy-letters.ts';
import { SHAPE } from '../../lambdas/negative-binomial.ts';
import { DRAWN_CELLS_MAX } from '../../wire/drawn-cells.ts';
import { SLOT_SECONDS } from '../../wire/sizes.ts';

/** What an operator chooses: means of a minute. */
export interface Cover {
  readonly decoysPerMinute: number;
  readonly looseCellsPerMinute: number;
}

/** The probabilities of 0, 1, 2, ... */
export type Numbers = Float64Array<ArrayBuffer>;

/** The exact probabilities of how many cells and registrations decoys make in a time. */
export interface CountLaw {
  /** Of both numbers together. */
  of(cells: number, registrations: number): number;
  /** All that are likely at all: cells, registrations, their probability. */
  pairs(): Iterable<readonly [number, number, number]>;
  /** The total variation distance to the same with some cells and registrations added: the best advantage there is. */
  advantage(cells: number, registrations?: number): number;
  /**
   * The same for whoever sees several such times, and knows that it was one of them, each as likely: he averages the
   * likelihood ratios. Exact to the classes into which ratios are put, some 0.01 %.
   */
  advantageInOneOf(times: number, cells: number, registrations?: number): number;
  /**
   * How many standard deviations apart both are, where many such times are added up: the square root of the chi-square
   * divergence of the law with something added from the one without.
   */
  deviation(cells: number, registrations: number): number;
}

/** Of a decoy letter's cells: each further one is half as likely, those beyond the most are drawn as one. */
export const CELL_SHARES: readonly number[] = Array.from({ length: DRAWN_CELLS_MAX }, (_, i) => {
  return 2 ** -Math.min(i + 1, DRAWN_CELLS_MAX - 1);
});

/** Of no use beyond: what is less likely adds nothing that a figure shows. */
const NEGLIGIBLE = 1e-13;

/** A Poisson number. */
export function poissonNumbers(mean: number): Numbers {
  return numbers(Math.exp(-mean), (count) => mean / (count + 1), mean);
}

/** A negative binomial number of a shape: a geometric one is of shape 1. */
export function negativeBinomialNumbers(mean: number, shape: number): Numbers {
  const chance = mean / (mean + shape);
  return numbers((1 - chance) ** shape, (count) => (chance * (count + shape)) / (count + 1), mean);
}

function numbers(none: number, ratio: (count: number) => number, mean: number): Numbers {
  const found: number[] = [];
  for (let chance = none, count = 0; chance > NEGLIGIBLE || count <= mean; count += 1) {
    found.push(chance);
    chance *= ratio(count);
  }
  return Float64Array.from(found);
}

/** The law of a minute's uploads and registrations: what whoever seizes the account has. */
export function uploadsInMinute({ decoysPerMinute, looseCellsPerMinute }: Cover): CountLaw {
  return countLaw(
    negativeBinomialNumbers(decoysPerMinute, SHAPE),
    CELL_SHARES,
    negativeBinomialNumbers(looseCellsPerMinute, 1),
  );
}

/** The law of a minute's upload URLs and registrations: what whoever reads the account's metrics has. */
export function urlsInMinute({ decoysPerMinute, looseCellsPerMinute }: Cover): CountLaw {
  const lost = negativeBinomialNumbers(decoysPerMinute * LOST_URLS_PER_LETTER, SHAPE);
  const loose = negativeBinomialNumbers(looseCellsPerMinute, 1);
  return countLaw(negativeBinomialNumbers(decoysPerMinute, SHAPE), CELL_SHARES, sumOf(loose, lost));
}

/** How many lines of letters for nobody a batch has: its minutes' numbers add up to one of five times the shape. */
export function linesInTick({ decoysPerMinute }: Pick<Cover, 'decoysPerMinute'>): Numbers {
  const minutes = SLOT_SECONDS / 60;
  return negativeBinomialNumbers(minutes * decoysPerMinute, minutes * SHAPE);
}

/** The total variation distance of a number to the same with one more: what whoever counts registrations gains. */
export function advantageOfOneMore(law: Numbers): number {
  let sum = law.at(-1)!;
  for (const [count, chance] of law.entries()) sum += Math.abs(chance - (law[count - 1] ?? 0));
  return sum / 2;
}

/**
 * The law of letters that come in some number, each with some cells, and of loose cells besides.
 *
 * @param letters - how likely each number of them is
 * @param shares - of letters with 1, 2, 3, ... cells
 * @param loose - how likely each number of cells of no letter is
 */
export function countLaw(
  letters: Numbers,
  shares: readonly number[] = CELL_SHARES,
  loose: Numbers = Float64Array.of(1),
): CountLaw {
  const rows: Numbers[] = [];
  let cells = loose; // beside exactly so many letters
  for (const chance of letters) {
    rows.push(cells.map((share) => share * chance));
    cells = trimmed(sumOf(cells, [0, ...shares]));
  }
  const of = (count: number, registrations: number) => rows[registrations]?.[count] ?? 0;
  /** Tells of each pair of numbers how likely it is without what is added, and with it. */
  const compare = (more: number, registered: number, tell: (no: number, yes: number) => void) => {
    for (const [count, row] of rows.entries()) {
      for (const [number, no] of row.entries()) tell(no, of(number - more, count - registered));
    }
  };
  return {
    of,
    *pairs() {
      for (const [count, row] of rows.entries()) {
        for (const [number, chance] of row.entries()) if (chance > NEGLIGIBLE) yield [number, count, chance];
      }
    },
    advantage(more, registered = 1) {
      let sum = 0;
      compare(more, registered, (no, yes) => {
        sum += Math.max(0, no - yes);
      });
      return sum;
    },
    advantageInOneOf(times, more, registered = 1) {
      // Only means below 1 count, so that no ratio above `times` does.
      const ratios = new Float64Array(times * RATIO_CLASSES + 2);
      compare(more, registered, (no, yes) => {
        const place = (yes / no) * RATIO_CLASSES;
        const whole = Math.floor(place);
        if (no === 0 || whole + 1 >= ratios.length) return;
        ratios[whole]! += no * (whole + 1 - place); // between two classes, so that the mean stays
        ratios[whole + 1]! += no * (place - whole);
      });
      let sums: Numbers = ratios;
      for (let time = 1; time < times; time += 1) sums = sumOf(sums, ratios).slice(0, ratios.length);
      return sums.reduce((sum, chance, i) => sum + chance * Math.max(0, 1 - i / RATIO_CLASSES / times), 0);
    },
    deviation(more, registered) {
      let sum = 0;
      compare(more, registered, (no, yes) => {
        if (no > 1e-15) sum += (yes - no) ** 2 / no;
      });
      return Math.sqrt(sum);
    },
  };
}

/** Classes of likelihood ratios, of each unit. */
const RATIO_CLASSES = 500;

/** The law of the sum of two independent numbers. */
function sumOf(one: ArrayLike<number>, other: ArrayLike<number>): Numbers {
  const sum = new Float64Array(one.length + other.length - 1);
  for (let i = 0; i < one.length; i += 1) {
    if (one[i]! < 1e-17) continue;
    for (let j = 0; j < other.length; j += 1) sum[i + j]! += one[i]! * other[j]!;
  }
  return sum;
}

/** Without the unlikeliest numbers at the end. */
function trimmed(law: Numbers): Numbers {
  let end = law.length;
  while (end > 1 && law[end - 1]! < 1e-17) end -= 1;
  return law.slice(0, end);
}
