/**
 * Fills a batch: everything waiting, topped up with decoys to `lines`, in an order that only `random` decides
 * (Fisher-Yates: Knuth, The Art of Computer Programming, volume 2, algorithm 3.4.2P).
 *
 * @param random - a uniform integer in `[0, below)`
 */
export function mix<T>(waiting: readonly T[], lines: number, decoy: () => T, random: (below: number) => number): T[] {
  const batch = [...waiting];
  while (batch.length < lines) batch.push(decoy());
  for (let i = batch.length - 1; i > 0; i -= 1) {
    const j = random(i + 1);
    [batch[i], batch[j]] = [batch[j]!, batch[i]!];
  }
  return batch;
}
