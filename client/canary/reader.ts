import { formatUploadId } from '../../wire/upload-id.ts';
import { keysName } from '../keys/epoch.ts';
import type { Identity } from '../keys/identity.ts';
import { watchedBookmark } from '../read/bookmark.ts';
import type { CollectEvent } from '../read/collect.ts';
import type { WatchOptions } from '../read/watch.ts';
import { Unreachable } from '../road/retry.ts';
import type { Transport } from '../road/transport.ts';
import { canaryInbox } from './canary-inbox.ts';
import { type Flight, judge, type Seen } from './flight.ts';
import type { CanaryOutcome } from './outcome.ts';

/** Who waits for canaries, and looks at each after what `watch` does. */
export interface Reader {
  /** For `watch`. */
  readonly watching: Pick<WatchOptions, 'identity' | 'inbox' | 'bookmark' | 'save' | 'report' | 'polled' | 'trouble'>;
  /** To be put around the transport that is watched over: sees what the drop answers. */
  around(transport: Transport): Transport;
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
  const [read, bad, unread] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const why = new Map<string, 'missing' | 'damaged'>();
  let [listed, polled] = [0, 0];
  const faulty = new Set<string>();
  let refused = false;

  const look = () => {
    const seen: Seen = { bookmark, read, bad, unread, polled, faulty, refused, why };
    for (const { flight, end } of [...flights.values()]) {
      const outcome = judge(flight, seen, now(), wait);
      if (outcome === undefined) continue;
      forget(flight);
      end(outcome);
    }
  };

  const forget = ({ name }: Flight) => {
    flights.delete(name);
    faulty.delete(name);
  };

  /** The canary of whose cells one is asked for. */
  const flightOf = ({ pathname }: URL) => {
    const name = pathname.split('/').at(-1);
    const all = [...flights.values()].map(({ flight }) => flight);
    return all.find(({ cells }) => cells.some(({ id }) => formatUploadId(id) === name));
  };

  const report = (event: CollectEvent) => {
    if (event.kind === 'batch') {
      read.add(event.slot);
      for (const set of [bad, unread]) set.delete(event.slot);
    } else if (event.kind === 'postponed' && event.what === 'batch') unread.add(event.slot);
    else if (event.kind === 'skipped' && event.what === 'batch') bad.add(event.slot);
    else if (event.kind === 'skipped' && event.what === 'letter')
      why.set(event.slot, event.why === 'missing' ? 'missing' : 'damaged');
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
      polled() {
        polled = listed;
        refused = false;
      },
      save: async () => look(),
      trouble(error) {
        refused = !(error instanceof Unreachable);
        tell(error);
        look();
      },
    },
    around: (transport) => async (asked) => {
      const start = now();
      const flight = flightOf(asked.url);
      if (flight) faulty.delete(flight.name);
      const answer = await transport(asked);
      // Not with 429: anybody can fill a throttle.
      if (flight && flights.has(flight.name) && answer.status >= 500) faulty.add(flight.name);
      if (asked.url.searchParams.has('list-type') && answer.status === 200) listed = start;
      return answer;
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
