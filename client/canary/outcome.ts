/** What became of a canary. All but the first and the last are losses. */
export type CanaryOutcome =
  | {
      readonly kind: 'back';
      /** Of the batch that it stood in. */
      readonly slot: string;
      /** From its registration to that batch: 1 for the next one. */
      readonly ticks: number;
      /** From its registration until it was opened. */
      readonly seconds: number;
      readonly cells: number;
    }
  /** The drop did not take it, and said so. */
  | { readonly kind: 'refused'; readonly step: 'upload' | 'registration'; readonly why: string }
  /** The drop said that it had registered it, and published so many batches without it since. */
  | { readonly kind: 'swallowed'; readonly ticks: number }
  /** It was published, and the drop does not give out what was uploaded. */
  | { readonly kind: 'withheld'; readonly slot: string; readonly why: 'missing' | 'damaged' | 'not given out' }
  /** It may stand in a batch that the drop did not publish, or does not give out. */
  | { readonly kind: 'gaps'; readonly missing: number; readonly of: number }
  /** The road failed, or the drop as a whole: that says nothing of how it treats letters. */
  | { readonly kind: 'unreachable'; readonly step: 'upload' | 'registration' | 'batches' | 'cells' };

/** How a canary ended, in one word. */
export type CanaryEnd = CanaryOutcome['kind'];

export const CANARY_ENDS = ['back', 'refused', 'swallowed', 'withheld', 'gaps', 'unreachable'] as const;

/** Whether a letter would have been lost, undefined where nothing can be said. */
export function isLost(end: CanaryEnd): boolean | undefined {
  return end === 'unreachable' ? undefined : end !== 'back';
}
