import { inOrder } from '../drop/ahead.ts';

/** Does something with each item, at most four at a time: each request waits for circuits of its own. */
export async function each<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for await (const result of inOrder(items, 4, act)) results.push(result);
  return results;
}
