/** Learns from things of two classes. @returns a score: above 0 for what is likelier of the second, below of the first */
export type Learner<T> = (first: readonly T[], second: readonly T[]) => (thing: T) => number;

/** Guesses the class in which a thing's value was seen more often. */
export function byValue<T>(value: (thing: T) => unknown): Learner<T> {
  return (first, second) => {
    const seen = new Map<unknown, number>();
    for (const thing of first) seen.set(value(thing), (seen.get(value(thing)) ?? 0) - 1);
    for (const thing of second) seen.set(value(thing), (seen.get(value(thing)) ?? 0) + 1);
    return (thing) => seen.get(value(thing)) ?? 0;
  };
}

/** Guesses by whether a number lies beyond the threshold that is right most often. */
export function byThreshold<T>(value: (thing: T) => number): Learner<T> {
  return (first, second) => {
    const sorted = [...first.map((thing) => [value(thing), -1]), ...second.map((thing) => [value(thing), 1])];
    sorted.sort(([one], [other]) => one! - other!);
    let [sum, best, threshold] = [0, 0, Number.NEGATIVE_INFINITY];
    for (const [i, [number, side]] of sorted.entries()) {
      sum += side!;
      // How many more of the second class than of the first lie up to here: a cut is good where that is far from 0.
      const next = sorted[i + 1]?.[0] ?? number;
      if ((number === next && i < sorted.length - 1) || Math.abs(sum) <= Math.abs(best)) continue;
      [best, threshold] = [sum, (number! + next!) / 2];
    }
    return (thing) => (value(thing) > threshold ? -best : best);
  };
}

/** Guesses by how often each value, below `values`, was seen in each column of each class (naive Bayes). */
export function byColumns<T>(columns: (thing: T) => ArrayLike<number>, values: number): Learner<T> {
  return (first, second) => {
    const [ones, others] = [first, second].map((things) => frequencies(things.map(columns), values)) as [
      Float64Array,
      Float64Array,
    ];
    const weights = others.map((other, i) => Math.log(other) - Math.log(ones[i]!));
    return (thing) => {
      const row = columns(thing);
      let score = 0;
      for (let column = 0; column < row.length; column += 1) score += weights[column * values + row[column]!] ?? 0;
      return score;
    };
  };
}

/** How often each value stands in each column, plus one half, so that none is impossible. */
function frequencies(rows: readonly ArrayLike<number>[], values: number): Float64Array {
  const counts = new Float64Array(rows.reduce((most, { length }) => Math.max(most, length), 0) * values).fill(0.5);
  for (const row of rows) for (let i = 0; i < row.length; i += 1) counts[i * values + row[i]!]! += 1;
  return counts.map((count) => count / (rows.length + values / 2));
}

/**
 * How often a learner is right about things that it has not seen, after it has learned from the first quarter of each
 * class. A score of 0 is a coin's guess, half right.
 */
export function accuracy<T>(learner: Learner<T>, first: readonly T[], second: readonly T[]): number {
  const count = Math.min(first.length, second.length);
  const learned = learner(first.slice(0, count / 4), second.slice(0, count / 4));
  const right = (things: readonly T[], side: number) =>
    things.slice(count / 4, count).reduce((sum, thing) => sum + (1 + side * Math.sign(learned(thing))) / 2, 0);
  return (right(first, -1) + right(second, 1)) / heldOut(count);
}

/** How many things of both classes are not learned from, of so many of each. */
export const heldOut = (count: number) => 2 * (count - Math.floor(count / 4));

/** What each of several learners makes of two classes, by its name. */
export function accuracies<T>(
  learners: Readonly<Record<string, Learner<T>>>,
  first: readonly T[],
  second: readonly T[],
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(learners).map(([name, learner]) => [name, accuracy(learner, first, second)]),
  );
}

/** Those of the accuracies that are above a limit. */
export function above(limit: number, all: Readonly<Record<string, number>>): string[] {
  return Object.keys(all).filter((name) => all[name]! > limit);
}

/**
 * What none of so many accuracies exceeds where there is nothing to tell, but for one time in a million: each is a mean
 * of `count` independent guesses, and P(mean > 1/2 + t) <= exp(-2 count t^2) (Hoeffding, 1963).
 */
export function accuracyLimit(count: number, comparisons: number): number {
  return 0.5 + Math.sqrt(Math.log(comparisons / 1e-6) / (2 * count));
}
