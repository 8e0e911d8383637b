/**
 * Fetches things ahead of whoever takes them, and hands them out in order. At most as many as the width are under way,
 * wait to be taken, or are being used: with a width of 1, each is fetched when it is asked for.
 *
 * Where one fails, no further one is begun, and what it failed with is thrown in its turn. At the end, however it comes,
 * what is still under way is aborted and awaited: nothing goes on behind it. Nothing is begun before the first is asked for.
 *
 * @param items - taken one after another, as places get free. Where they are a function, it is given the same signal as
 *   `fetch`, for what it asks for itself
 * @param fetch - is given a signal, and must end when that is aborted
 * @param signal - ends what is under way, too
 */
export async function* inOrder<T, R>(
  items: Iterable<T> | AsyncIterable<T> | ((signal: AbortSignal) => AsyncIterable<T>),
  width: number,
  fetch: (item: T, signal: AbortSignal) => Promise<R>,
  signal?: AbortSignal,
): AsyncGenerator<R, void, undefined> {
  const end = new AbortController();
  const ended = signal ? AbortSignal.any([signal, end.signal]) : end.signal;
  const all = typeof items === 'function' ? items(ended) : items;
  const iterator = Symbol.asyncIterator in all ? all[Symbol.asyncIterator]() : all[Symbol.iterator]();
  const ahead: Promise<{ readonly result: R } | undefined>[] = [];
  let isOver = false;
  const begin = async () => {
    try {
      const next = await iterator.next();
      if (!next.done) return { result: await fetch(next.value, ended) };
    } catch (error) {
      isOver = true;
      throw error;
    }
    isOver = true;
    return undefined;
  };
  const fill = () => {
    while (!isOver && ahead.length < width) {
      const begun = begin();
      begun.catch(() => {}); // it is told of in its turn, or by an earlier one
      ahead.push(begun);
    }
  };
  try {
    for (;;) {
      fill();
      const next = await ahead[0];
      if (next === undefined) return;
      yield next.result;
      ahead.shift();
    }
  } finally {
    end.abort();
    await Promise.allSettled(ahead);
    await iterator.return?.();
  }
}
