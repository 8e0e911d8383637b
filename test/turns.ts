/** A call that waits until it is let through. */
export interface Turn {
  readonly who: number;
  /** What the call reads or changes: an object's key, or the queue. */
  readonly touches: string;
  readonly changes: boolean;
  act(): Promise<void>;
}

/** See openTurns. */
export type Turns = ReturnType<typeof openTurns>;

/**
 * Makes calls wait, so that a test decides who goes on, and who never does. Between two calls everything else of a
 * program runs as far as it can.
 */
export function openTurns() {
  const waiting: Turn[] = [];
  const dead = new Set<number>();
  return {
    /** The calls that wait now. */
    async standing(): Promise<readonly Turn[]> {
      await stillness();
      return waiting;
    },
    /** Waits for a turn, then does it. What a dead one asks for is never done. */
    take<T>(who: number, touches: string, changes: boolean, act: () => T | Promise<T>): Promise<T> {
      return new Promise((resolve, reject) => {
        if (dead.has(who)) return;
        const turn = { who, touches, changes, act: async () => Promise.resolve().then(act).then(resolve, reject) };
        waiting.push(turn);
      });
    },
    async pass(turn: Turn): Promise<void> {
      waiting.splice(waiting.indexOf(turn), 1);
      await turn.act();
    },
    /** Ends somebody. @param stays - whether a call is on its way already, and will be carried out */
    kill(who: number, stays: (turn: Turn) => boolean = () => false): void {
      dead.add(who);
      for (const turn of [...waiting]) {
        if (turn.who === who && !stays(turn)) waiting.splice(waiting.indexOf(turn), 1);
      }
    },
    isDead: (who: number) => dead.has(who),
  };
}

/** Everything that needs no answer from outside has been done: the next tick comes after all that promises lead to. */
const stillness = () => new Promise<void>((resolve) => process.nextTick(resolve));
