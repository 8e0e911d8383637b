import { DRAWN_CELLS_MAX } from '../../wire/drawn-cells.ts';

/** The exact probabilities of how many uploads and registrations decoys make in a time. */
export interface CountLaw {
  /** Of both numbers together. */
  of(uploads: number, registrations: number): number;
  /** The total variation distance to the same with a letter of some cells added: the best advantage there is. */
  advantage(cells: number): number;
  /** The same for whoever sees registrations only. */
  registrationsAdvantage(): number;
  /** Of a number of registrations. */
  ofRegistrations(registrations: number): number;
}

/** Of a decoy letter's cells: each further one is half as likely, those beyond the most are drawn as one. */
export const CELL_SHARES: readonly number[] = Array.from({ length: DRAWN_CELLS_MAX }, (_, i) => {
  return 2 ** -Math.min(i + 1, DRAWN_CELLS_MAX - 1);
});

/**
 * The law of the decoys of a Poisson process: letters come `mean` times on average, each with some cells.
 *
 * @param shares - of letters with 1, 2, 3, ... cells
 */
export function countLaw(mean: number, shares: readonly number[] = CELL_SHARES): CountLaw {
  const most = Math.ceil(mean + 9 * Math.sqrt(mean) + 12);
  const width = most * 4 + 64;
  const rows: Float64Array[] = [];
  const registrations: number[] = [];
  let cells = new Float64Array(width); // of exactly so many letters
  cells[0] = 1;
  let probability = Math.exp(-mean);
  for (let count = 0; count <= most; count += 1) {
    rows.push(cells.map((share) => share * probability));
    registrations.push(probability);
    probability *= mean / (count + 1);
    const next = new Float64Array(width);
    for (const [i, share] of shares.entries()) {
      for (let at = 0; at + i + 1 < width; at += 1) next[at + i + 1]! += cells[at]! * share;
    }
    cells = next;
  }
  const of = (uploads: number, count: number) => rows[count]?.[uploads] ?? 0;
  const ofRegistrations = (count: number) => registrations[count] ?? 0;
  return {
    of,
    ofRegistrations,
    advantage(letterCells) {
      let sum = 0;
      for (let count = 0; count <= most + 1; count += 1) {
        for (let uploads = 0; uploads < width + letterCells; uploads += 1) {
          sum += Math.abs(of(uploads - letterCells, count - 1) - of(uploads, count));
        }
      }
      return sum / 2;
    },
    registrationsAdvantage() {
      let sum = 0;
      for (let count = 0; count <= most + 1; count += 1) {
        sum += Math.abs(ofRegistrations(count - 1) - ofRegistrations(count));
      }
      return sum / 2;
    },
  };
}
