import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { Database } from './database.ts';

/** A message as its receiver sees it. */
export interface Received {
  readonly id: string;
  readonly receipt: string;
  readonly body: string;
  readonly sender: string;
  readonly sent: number;
  readonly received: number;
  readonly first: number;
  /** The X-Ray header of the request that sent it, if it had one. */
  readonly trace: string | null;
}

export interface Messages {
  /** @returns the message's id */
  send(queue: string, body: string, sender: string, trace?: string): string;
  /** Takes up to `most` random messages, and hides them for `seconds`. */
  receive(queue: string, most: number, seconds: number): Received[];
  /** Deletes the message of a receipt; an older receipt of it deletes nothing, as SQS warns. */
  remove(queue: string, receipt: string): void;
  /** Sends or deletes several at once: all of them, or none. */
  together<T>(act: () => T): T;
  waiting(queue: string): number;
  inFlight(queue: string): number;
  /** Removes messages older than `seconds`. */
  expire(queue: string, seconds: number): void;
}

const PLACES = 2 ** 47;

/**
 * For so many seconds of real time a received message stays hidden, however fast the drop's clock runs: its receiver
 * lives in real time, and would meet it again before it is done.
 */
const HIDDEN_SECONDS = 30;

/**
 * Opens the store of all queues.
 *
 * @param random - a uniform integer in `[0, below)`, which decides what is received first
 */
export function openMessages(
  { sql, together }: Database,
  clock: Clock,
  speed = 1,
  random: (below: number) => number = randomInt,
): Messages {
  const insert = sql.prepare("INSERT INTO messages VALUES (?, ?, ?, 0, ?, '', 0, 0, ?, ?)");
  const keepTrace = sql.prepare('INSERT INTO traces VALUES (?, ?)');
  // The order of arrival would be a promise that SQS does not make: a message waits at a random place, and each
  // receipt begins at another.
  const at = (order: string) =>
    sql.prepare(`SELECT id, body, sender, sent, received, first, trace FROM messages LEFT JOIN traces USING (id)
      WHERE queue = ? AND visible = 0 AND place ${order} ? ORDER BY place LIMIT ?`);
  const [from, below] = [at('>='), at('<')];
  const hide = sql.prepare('UPDATE messages SET visible = ?, receipt = ?, received = ?, first = ? WHERE id = ?');
  const remove = sql.prepare('DELETE FROM messages WHERE id = ? AND queue = ? AND receipt = ? AND visible > 0');
  const show = sql.prepare('UPDATE messages SET visible = 0 WHERE queue = ? AND visible BETWEEN 1 AND ?');
  const expire = sql.prepare('DELETE FROM messages WHERE queue = ? AND sent <= ?');
  const count = sql.prepare('SELECT count(*) AS n, sum(visible > 0) AS hidden FROM messages WHERE queue = ?');

  const flying = new Map<string, number>(); // by queue: counting 100,000 rows for each receipt would be slow
  const counted = (queue: string) => Number(count.get(queue)!.hidden ?? 0);
  const inFlight = (queue: string) => {
    if (!flying.has(queue)) flying.set(queue, counted(queue));
    return flying.get(queue)!;
  };
  const reappear = (queue: string) => {
    if (Number(show.run(queue, clock.now()).changes) > 0) flying.delete(queue);
  };

  return {
    send(queue, body, sender, trace) {
      const id = randomUUID();
      insert.run(id, queue, clock.now(), random(PLACES), sender, body);
      if (trace !== undefined) keepTrace.run(id, trace);
      return id;
    },
    receive(queue, most, seconds) {
      reappear(queue);
      const place = random(PLACES);
      const rows = from.all(queue, place, most);
      if (rows.length < most) rows.push(...below.all(queue, place, most - rows.length));
      if (rows.length === 0) return [];
      const [now, before] = [clock.now(), inFlight(queue)];
      const hidden = Math.max(seconds, Math.min(seconds, HIDDEN_SECONDS) * speed);
      const take = (row: object): Received => {
        const message = row as unknown as Omit<Received, 'receipt'>;
        const token = randomBytes(12).toString('base64url');
        const [received, first] = [message.received + 1, message.first || now];
        hide.run(now + hidden * 1000, token, received, first, message.id);
        return { ...message, received, first, receipt: `${message.id}.${token}` };
      };
      const messages = together(() => rows.map(take));
      flying.set(queue, before + messages.length);
      if (seconds === 0) reappear(queue);
      return messages;
    },
    remove(queue, receipt) {
      const [id = '', token = ''] = receipt.split('.');
      const before = inFlight(queue);
      flying.set(queue, before - Number(remove.run(id, queue, token).changes));
    },
    together,
    waiting: (queue) => Number(count.get(queue)!.n),
    inFlight(queue) {
      reappear(queue);
      return inFlight(queue);
    },
    expire(queue, seconds) {
      if (Number(expire.run(queue, clock.now() - seconds * 1000).changes) > 0) flying.delete(queue);
    },
  };
}
