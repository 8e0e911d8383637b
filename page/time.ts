import { sleepBy } from '../core/drop/long-sleep.ts';

/** Sleeps by the browser's timer, which in a hidden tab may be late by a second, and late by all the time of a machine asleep. */
export const sleepFor = sleepBy(once);

function once(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((wake, refuse) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      refuse(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      wake();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Lets everything else go on that waits. By a message, since timers take 4 ms each, and a second in a hidden tab. */
export function pause(): Promise<void> {
  return new Promise((go) => {
    const { port1, port2 } = new MessageChannel();
    const come = () => {
      port1.close(); // or Node would wait for more
      go();
    };
    port1.addEventListener('message', come, { once: true });
    port1.start();
    port2.postMessage(null);
  });
}
