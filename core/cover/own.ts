/**
 * The cover that a client has on a drop, by the upload ids of its cells, in memory only.
 *
 * How much of it there is depends on what was sent and on the time, never on what was fetched: otherwise letters, which
 * are fetched in its place, would show in whether there is enough.
 *
 * It is forgotten by ticks and by the clock: ticks stand still while a machine sleeps, and a clock may be set back.
 *
 * @param keptMilliseconds - for how long it is remembered
 * @param now - milliseconds since 1970
 */
export function ownCover(keptMilliseconds: number, tickMilliseconds: number, now: () => number) {
  /** Not fetched yet, the newest last. A letter is fetched soon after it is found, and so is the newest cover. */
  let fresh: Cell[] = [];
  /** Fetched before, the one fetched longest ago first. */
  let fetched: Cell[] = [];
  /** Sent, and not published yet: since the last new batch, and since the one before. */
  let sent: Cell[][] = [];
  let perhapsPublished: Cell[][] = [];
  let tick = 0;
  const ticksMax = Math.ceil(keptMilliseconds / tickMilliseconds);
  return {
    /** How many cells there are. */
    size: () => fresh.length + fetched.length,
    /**
     * Takes the cells of a letter that was registered, in the order in which a reader fetches them.
     *
     * @param at - when it was begun: milliseconds since 1970
     */
    add(ids: readonly Uint8Array[], at = now()): void {
      sent.push(ids.map((id) => ({ id, tick, at })));
    },
    /** A poll has found new batches. A letter stands in the second at the latest, and can have been found then. */
    afterBatch(): void {
      for (const letter of perhapsPublished) fresh.push(...letter.toReversed());
      [sent, perhapsPublished] = [[], sent];
    },
    /** A tick has passed: what is too old is forgotten before the drop forgets it. */
    afterTick(): void {
      tick += 1;
      const time = now();
      // A tick of margin, because a cell is added within one.
      const isYoung = (cell: Cell) =>
        tick - cell.tick <= ticksMax && time - cell.at <= keptMilliseconds + tickMilliseconds;
      fresh = fresh.filter(isYoung);
      fetched = fetched.filter(isYoung);
      sent = sent.filter(([root]) => isYoung(root!));
      perhapsPublished = perhapsPublished.filter(([root]) => isYoung(root!));
    },
    /** The next cell to be fetched: one that was not fetched yet where there is one. */
    next(): Uint8Array | undefined {
      const cell = fresh.pop() ?? fetched.shift();
      if (cell !== undefined) fetched.push(cell);
      return cell?.id;
    },
    /** A fetch has failed, and is tried again. */
    again(id: Uint8Array): void {
      const at = fetched.findLastIndex((cell) => cell.id === id);
      if (at >= 0) fresh.push(...fetched.splice(at, 1));
    },
  };
}

interface Cell {
  readonly id: Uint8Array;
  /** When it was sent, by both. */
  readonly tick: number;
  readonly at: number;
}
