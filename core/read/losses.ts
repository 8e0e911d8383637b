/** What can be lost to a reader: a letter or a batch that was given up, and a batch that is gone from the drop. */
export type Lost = 'letter' | 'batch' | 'gone';

/** So many were lost, of batches from one slot to another. */
export interface Loss {
  readonly count: number;
  readonly first: string;
  readonly last: string;
}

/** Sums, not lists: however much a flooder has given up, it takes a line. */
export type Losses = Map<Lost, Loss>;

/** Adds to what was lost. @param last - slot. @default - the first */
export function noteLoss(losses: Losses, what: Lost, count: number, first: string, last = first): void {
  const before = losses.get(what) ?? { count: 0, first, last };
  losses.set(what, {
    count: before.count + count,
    first: first < before.first ? first : before.first,
    last: last > before.last ? last : before.last,
  });
}
