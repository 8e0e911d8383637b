import { SEALED_ID_BYTES } from '../wire/sizes.ts';

/** Messages whose bytes are kept together. */
const GROUP = 1000;

/** Messages that were received, each with a sealed id and a receipt. They go by their number, from 0. */
export interface Waiting {
  /** Keeps a message. Not after any of the following. */
  add(id: Uint8Array, receipt: string): void;
  /** One message of each sealed id that is not settled. */
  unsettled(): number[];
  id(message: number): Uint8Array;
  /** Says of all messages with this sealed id that they are done with. */
  settle(id: Uint8Array): void;
  /** The receipts of all messages that are done with. */
  settled(): Iterable<string>;
}

/**
 * Keeps messages as bytes outside of the heap. As strings in a map, 100,000 of them make the heap grow to several
 * times their size, beyond what the function has.
 */
export function openWaiting(): Waiting {
  const ids: Buffer[] = []; // by group
  const receipts: Buffer[] = []; // by group, as JSON
  let [count, open] = [0, [] as string[]]; // receipts of the group that is being filled
  let sorted: Uint32Array | undefined;
  let done = new Uint8Array();

  const id = (message: number) => {
    const at = (message % GROUP) * SEALED_ID_BYTES;
    return ids[Math.floor(message / GROUP)]!.subarray(at, at + SEALED_ID_BYTES);
  };
  const close = () => {
    receipts.push(Buffer.from(JSON.stringify(open)));
    open = [];
  };
  /** All messages in the order of their ids, so that equal ones are neighbours and any is found by halving. */
  const order = () => {
    if (sorted !== undefined) return sorted;
    close();
    done = new Uint8Array(count);
    sorted = Uint32Array.from({ length: count }, (_, message) => message);
    return sorted.sort((one, other) => Buffer.compare(id(one), id(other)));
  };
  /** Where in the order the first message stands whose id is not below this one. */
  const find = (wanted: Uint8Array) => {
    let [from, to] = [0, order().length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (Buffer.compare(id(order()[middle]!), wanted) < 0) from = middle + 1;
      else to = middle;
    }
    return from;
  };

  return {
    add(wanted, receipt) {
      if (count % GROUP === 0) ids.push(Buffer.alloc(GROUP * SEALED_ID_BYTES));
      count += 1;
      id(count - 1).set(wanted);
      open.push(receipt);
      if (count % GROUP === 0) close();
    },
    unsettled() {
      const isFirst = (message: number, i: number, all: Uint32Array) =>
        i === 0 || Buffer.compare(id(message), id(all[i - 1]!)) !== 0;
      return Array.from(order().filter((message, i, all) => done[message] === 0 && isFirst(message, i, all)));
    },
    id,
    settle(wanted) {
      for (let i = find(wanted); i < count; i += 1) {
        const message = order()[i]!;
        if (Buffer.compare(id(message), wanted) !== 0) return;
        done[message] = 1;
      }
    },
    *settled() {
      order();
      for (const [group, json] of receipts.entries()) {
        const all: string[] = JSON.parse(json.toString());
        yield* all.filter((_, place) => done[group * GROUP + place] === 1);
      }
    },
  };
}
