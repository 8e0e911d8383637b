const waiting: (() => void)[] = [];
let isTaken = false;

/**
 * Does long computations one at a time in this process, in the order in which they come: side by side in one thread, each
 * would take as long as all together.
 *
 * @throws the reason of the signal, at once, when it is aborted before the turn has come
 */
export async function oneAtATime<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  if (isTaken) await turn(signal);
  isTaken = true;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) isTaken = false;
    else next(); // handed over: nobody else comes between
  }
}

/** Whether a computation waits for its turn. */
export function isAnyWaiting(): boolean {
  return waiting.length > 0;
}

function turn(signal?: AbortSignal): Promise<void> {
  return new Promise((enter, refuse) => {
    const come = () => {
      signal?.removeEventListener('abort', leave);
      enter();
    };
    const leave = () => {
      waiting.splice(waiting.indexOf(come), 1);
      refuse(signal!.reason);
    };
    waiting.push(come);
    signal?.addEventListener('abort', leave, { once: true });
  });
}
