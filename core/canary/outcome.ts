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
  /** The transport failed, or the drop as a whole: that says nothing of how it treats letters. */
  | { readonly kind: 'unreachable'; readonly step: 'upload' | 'registration' | 'batches' | 'cells' };

/** What became of a cell of a canary that had come back, when it was fetched once more. `seconds` is its age. */
export type LateOutcome =
  | { readonly kind: 'kept'; readonly seconds: number }
  /** The drop deletes uploads early: whoever reads them late does not get them. */
  | { readonly kind: 'deleted'; readonly seconds: number; readonly why: 'missing' | 'damaged' | 'not given out' }
  /** The transport failed, or the drop did not answer: that says nothing. */
  | { readonly kind: 'unanswered'; readonly seconds: number };

/** A loss in an outage of which one is counted already: it does not depend on chance, and proves nothing more. */
export interface SameOutage {
  readonly kind: 'same outage';
  readonly loss: CanaryOutcome | LateOutcome;
}

/** How a canary ended, or its second fetch did, in one word. */
export type CanaryEnd = (CanaryOutcome | LateOutcome)['kind'];

/** Of the first kind. */
export const LOSSES = ['refused', 'swallowed', 'withheld', 'gaps'] as const;

export const CANARY_ENDS = ['back', ...LOSSES, 'unreachable', 'kept', 'deleted', 'unanswered'] as const;
