/**
 * For how long losses in a row are one outage: milliseconds. Honest ones rarely last longer, and a drop that loses
 * everything is to be found out in spite of it.
 */
const OUTAGE_MAX_MILLISECONDS = 6 * 3_600_000;

/** Tells losses that one outage explains from those that it does not. Moments are milliseconds since 1970. */
export interface Outages {
  /** At this moment the drop did what it should. */
  worked(at: number): void;
  /** At this moment it did not. @returns whether that is another outage than the one before */
  failed(at: number): boolean;
}

/**
 * Trials that lie close together are not lost independently of each other: losses between which nothing went well are one
 * outage, for six hours at most.
 */
export function openOutages(): Outages {
  let well: number[] = [];
  let last: { readonly from: number; readonly to: number } | undefined;
  return {
    worked(at) {
      const recent = Math.max(at, ...well) - 2 * OUTAGE_MAX_MILLISECONDS;
      well = [...well.filter((each) => each >= recent), at];
    },
    failed(at) {
      // They may end in another order than they began.
      const [from, to] = last === undefined ? [at, at] : [Math.min(last.from, at), Math.max(last.to, at)];
      const isSame =
        last !== undefined && to - from <= OUTAGE_MAX_MILLISECONDS && !well.some((each) => each > from && each < to);
      last = isSame ? { from, to } : { from: at, to: at };
      return !isSame;
    },
  };
}
