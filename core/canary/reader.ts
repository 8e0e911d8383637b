import { slotAt } from '../../wire/slot.ts';
import { Unreachable } from '../drop/retry.ts';
import { keysName } from '../keys/epoch.ts';
import type { Identity } from '../keys/identity.ts';
import { watchedBookmark } from '../read/bookmark.ts';
import type { CollectEvent, TryFailure } from '../read/collect.ts';
import type { WatchOptions } from '../read/watch.ts';
import { canaryInbox } from './canary-inbox.ts';
import { type Flight, judge, type Seen } from './flight.ts';
import type { CanaryOutcome } from './outcome.ts';

const DAY_MILLISECONDS = 86_400_000;

/** Who waits for canaries, and looks at each after what `watch` does. */
export interface Reader {
  /** For `watch`. */
  readonly watching: Pick<
    WatchOptions,
    'identity' | 'inbox' | 'bookmark' | 'save' | 'report' | 'tried' | 'polled' | 'trouble'
  >;
  /** Waits for a canary, from before it is registered. */
  expect(flight: Flight): Promise<CanaryOutcome>;
  /** The drop said that it is registered. */
  registered(flight: Flight): void;
  /** It was not registered, as far as one knows. */
  forget(flight: Flight): void;
  /** Waits for none any more. */
  leave(): void;
}

/**
 * Makes a reader that keeps everything in memory, and whose bookmark is that of one who has watched until now: a new one
 * would read all that the drop has, as no journalist does who watches.
 *
 * @param wait - how long a canary's line is waited for: milliseconds
 */
export function readerOf(
  identity: Identity,
  wait: number,
  now: () => number,
  tell: (error: unknown) => void = () => {},
): Reader {
  const bookmark = watchedBookmark(now(), identity.epochs.map(keysName));
  const flights = new Map<
    string,
    { readonly flight: Flight; end(outcome: CanaryOutcome): void; drop(reason: unknown): void }
  >();
  const [read, bad] = [new Set<string>(), new Set<string>()];
  let polled = 0;
  let refused = false;

  const look = () => {
    const seen: Seen = { bookmark, read, bad, polled, refused };
    for (const { flight, end } of [...flights.values()]) {
      const outcome = judge(flight, seen, now(), wait);
      if (outcome === undefined) continue;
      forget(flight);
      end(outcome);
    }
  };

  /** What was seen a day before the first of those in the air says nothing of them, nor of later ones. */
  const forgetOld = () => {
    const since = [...flights.values()].map(({ flight }) => flight.since);
    const oldest = slotAt(new Date(Math.min(now(), ...since) - DAY_MILLISECONDS));
    for (const slots of [read, bad]) for (const slot of slots) if (slot < oldest) slots.delete(slot);
  };

  const forget = ({ name }: Flight) => {
    flights.delete(name);
  };

  const report = (event: CollectEvent) => {
    if (event.kind === 'batch') read.add(event.slot);
    else if (event.kind === 'given up' && event.what === 'batch') bad.add(event.slot);
  };

  const tried = (name: string, failure: TryFailure | undefined) => {
    const flight = flights.get(name)?.flight;
    if (flight === undefined) return;
    flight.failure = failure;
    if (failure === 'missing' || failure === 'damaged') flight.wrong = failure;
  };

  const inbox = canaryInbox(
    (name) => flights.get(name)?.flight.body,
    (name) => {
      const waiting = flights.get(name);
      if (waiting) waiting.flight.intact = now();
    },
  );

  return {
    watching: {
      identity: () => identity,
      inbox,
      bookmark,
      report,
      tried,
      polled(begun) {
        polled = begun;
        refused = false;
        forgetOld();
      },
      save: async () => look(),
      trouble(error) {
        refused = !(error instanceof Unreachable);
        tell(error);
        look();
      },
    },
    expect(flight) {
      const ended = new Promise<CanaryOutcome>((end, drop) => flights.set(flight.name, { flight, end, drop }));
      ended.catch(() => {}); // who waits for it may not have come to that
      return ended;
    },
    registered(flight) {
      flight.registered = now();
      look(); // it may be back already
    },
    forget,
    leave() {
      for (const { drop } of flights.values()) drop(new Error('nobody waits for it any more'));
    },
  };
}
