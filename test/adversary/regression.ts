/**
 * Learns to tell two classes of feature vectors apart by logistic regression (Newton's method, a little ridge).
 *
 * @returns the score of a vector: the higher, the likelier it is of the second class
 */
export function learn(
  first: readonly (readonly number[])[],
  second: readonly (readonly number[])[],
): (features: readonly number[]) => number {
  const all = [...first, ...second];
  const size = all[0]!.length;
  const mean = Array.from({ length: size }, (_, j) => all.reduce((sum, row) => sum + row[j]!, 0) / all.length);
  const spread = mean.map((m, j) => Math.sqrt(all.reduce((sum, row) => sum + (row[j]! - m) ** 2, 0) / all.length) || 1);
  const standard = (row: readonly number[]) => [1, ...row.map((value, j) => (value - mean[j]!) / spread[j]!)];
  const rows = all.map(standard);
  const labels = all.map((_, i) => Number(i >= first.length));
  let weights: number[] = Array(size + 1).fill(0);
  for (let round = 0; round < 6; round += 1) {
    const gradient: number[] = weights.map((weight) => -weight * 1e-6);
    const curvature = weights.map((_, i) => weights.map((_, j) => Number(i === j) * 1e-6));
    for (const [i, row] of rows.entries()) {
      const chance = 1 / (1 + Math.exp(-dot(weights, row)));
      const slope = chance * (1 - chance);
      for (let j = 0; j <= size; j += 1) {
        gradient[j]! += (labels[i]! - chance) * row[j]!;
        for (let k = 0; k <= size; k += 1) curvature[j]![k]! += slope * row[j]! * row[k]!;
      }
    }
    const step = solve(curvature, gradient);
    weights = weights.map((weight, j) => weight + step[j]!);
  }
  return (features) => dot(weights, standard(features));
}

const dot = (one: readonly number[], other: readonly number[]) =>
  one.reduce((sum, value, i) => sum + value * other[i]!, 0);

/** Solves a positive definite system by elimination. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  for (const [i, pivot] of rows.entries()) {
    for (const row of rows.slice(i + 1)) {
      const factor = row[i]! / pivot[i]!;
      for (let j = i; j < row.length; j += 1) row[j]! -= factor * pivot[j]!;
    }
  }
  const solution: number[] = Array(right.length).fill(0);
  for (let i = right.length - 1; i >= 0; i -= 1) {
    const known = solution.reduce((sum, value, j) => sum + (j > i ? value * rows[i]![j]! : 0), 0);
    solution[i] = (rows[i]!.at(-1)! - known) / rows[i]![i]!;
  }
  return solution;
}
