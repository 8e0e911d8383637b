import type { DropOptions } from '../core/drop/drop.ts';

/** What a visit waits for: a sentence of the catalog for each. */
export type Awaited = 'place' | 'cell' | 'registration' | 'list' | 'answer';

/** Why a request is tried again. */
export type Trouble = 'unreachable' | 'busy' | 'dropFault' | 'captive';

/** A request that failed and is tried again. */
export interface Wait {
  readonly what: Awaited;
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
  let begun = 0;
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
        waiting?.({ what: awaitedOf(what), why: troubleOf(failed.why), since });
      };
    },
    working: ({ tried, expected }) => {
      const now = performance.now();
      if (tried === 0) begun = now;
      const seconds = (((now - begun) / 1000) * expected) / (tried || 1);
      if (tried > 0 && now - begun > 500) working?.(Math.ceil(seconds));
    },
  };
}

/** What the core says that it waits for. */
function awaitedOf(what: string): Awaited {
  if (what.startsWith('a place')) return 'place';
  if (what.endsWith('to reach the drop')) return 'cell';
  if (what.endsWith('registration')) return 'registration';
  return what.startsWith('the list') ? 'list' : 'answer';
}

/** Why the core says that it failed. */
function troubleOf(why: string): Trouble {
  if (why.includes('busy')) return 'busy';
  if (why.includes('a fault')) return 'dropFault';
  return why.startsWith('something on the way') ? 'captive' : 'unreachable';
}
