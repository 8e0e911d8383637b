import { type Drop, getUploadUrl, type UploadUrl } from '../drop/drop.ts';

/** How many cells of a long letter travel at a time, each with its 2 MiB; as many upload URLs are asked for meanwhile. */
export const SIDE_BY_SIDE = 4;

/**
 * Does something with so many upload URLs, some at a time: while one is used, the next is asked for.
 *
 * @param use - what is done with one, over a drop whose signal also ends when another one fails
 * @throws what went wrong first, or the reason of the drop's signal, when all that was under way has ended
 */
export async function sideBySide(
  drop: Drop,
  count: number,
  use: (drop: Drop, place: UploadUrl, lane: number) => Promise<void>,
  width = SIDE_BY_SIDE,
): Promise<void> {
  const stop = new AbortController();
  const signal = drop.signal ? AbortSignal.any([drop.signal, stop.signal]) : stop.signal;
  const within = { ...drop, signal };
  let left = count;
  const ask = () => {
    if (left === 0) return undefined;
    left -= 1;
    const place = getUploadUrl(within);
    place.catch(() => {}); // it is looked at when its turn comes
    return place;
  };
  const run = async (lane: number) => {
    let next = ask();
    try {
      while (next) {
        const place = await next;
        next = ask();
        await use(within, place, lane);
      }
    } catch (error) {
      stop.abort(error);
      await next?.catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, (_, lane) => run(lane)));
  if (stop.signal.aborted) throw stop.signal.reason;
}

/** Lets things be done one after another, in the order in which they are asked for. When one fails, so do all after it. */
export function inTurn(): <T>(act: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const next = last.then(act);
    last = next;
    return next;
  };
}
