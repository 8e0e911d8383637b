/** Something that is measured: returns what it measured, in any unit. */
export type Measured = () => number | Promise<number>;

/** What each entrant measured in each round; undefined for one that is not there. */
type Results<Entrants> = {
  [Name in keyof Entrants]: undefined extends Entrants[Name] ? number[] | undefined : number[];
};

/**
 * Measures every entrant once in each round, so that whatever else the machine does at that time slows all of them.
 * One that is undefined, for lack of its program, does not take part.
 */
export async function runRounds<Entrants extends Readonly<Record<string, Measured | undefined>>>(
  rounds: number,
  entrants: Entrants,
): Promise<Results<Entrants>> {
  const results: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, measure] of Object.entries(entrants)) {
      if (measure === undefined) continue;
      results[name] ??= [];
      results[name].push(await measure());
    }
  }
  return results as Results<Entrants>;
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const last = sorted.length - 1;
  return (sorted[Math.floor(last / 2)]! + sorted[Math.ceil(last / 2)]!) / 2;
}

/** The median of the ratios within each round: of two that ran one after the other. */
export function medianRatio(one: readonly number[], other: readonly number[]): number {
  return median(one.map((value, round) => value / other[round]!));
}

/** Runs and returns the seconds it took. */
export async function seconds(act: () => unknown): Promise<number> {
  const start = performance.now();
  await act();
  return (performance.now() - start) / 1000;
}
