import type { DropOptions } from '../core/drop/drop.ts';
import type { AskedFor } from '../core/drop/retry.ts';
import type { Trouble } from '../core/drop/transport-fault.ts';
import { timeWork } from '../core/drop/work-time.ts';

/** What a visit waits for: a sentence of the catalog for each. */
export type Expected = 'place' | 'upload' | 'registration' | 'list' | 'answer';

const EXPECTED: Readonly<Record<AskedFor, Expected>> = {
  place: 'place',
  upload: 'upload',
  registration: 'registration',
  list: 'list',
  batch: 'answer',
  cell: 'answer',
  contact: 'answer',
  answer: 'answer',
};

/** A request that failed and is tried again. */
export interface Wait {
  readonly what: Expected;
  readonly why: Trouble;
  /** When it was asked for first: milliseconds since 1970. */
  readonly since: number;
}

/** What is seen of the drop during a visit. */
export interface Watching {
  /** Told of a request that is tried again, and with undefined when it is no longer. */
  readonly waiting?: (wait: Wait | undefined) => void;
  /** Told when the drop asks for work that takes a while, about so many seconds. */
  readonly working?: (seconds: number) => void;
}

/** Tells whoever waits how requests go. */
export function watchRequests({ waiting, working }: Watching): Pick<DropOptions, 'asking' | 'working'> {
  const secondsOf = timeWork();
  return {
    asking: (what) => {
      const since = Date.now();
      let isTold = false;
      return (failed) => {
        if (failed === undefined) {
          if (isTold) waiting?.(undefined);
          return;
        }
        isTold = true;
        waiting?.({ what: EXPECTED[what], why: failed.kind, since });
      };
    },
    working: (progress) => {
      const seconds = secondsOf(progress);
      if (seconds !== undefined) working?.(seconds);
    },
  };
}
