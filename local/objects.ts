import { createHash } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { Database } from './database.ts';

/** What S3 tells about an object. */
export interface Listed {
  readonly key: string;
  readonly bytes: number;
  readonly etag: string;
  readonly modified: number;
}

export interface StoredObject extends Listed {
  readonly type: string;
  readonly body: Uint8Array;
}

/** An expiry rule of a bucket. */
export interface Expiry {
  readonly prefix: string;
  readonly days: number;
}

export interface Objects {
  /** @returns the entity tag, or undefined when `once` is set and the key is taken */
  put(bucket: string, key: string, body: Uint8Array, type: string, once: boolean): string | undefined;
  get(bucket: string, key: string): StoredObject | undefined;
  remove(bucket: string, key: string): void;
  /** Lists up to `most` keys that start with `prefix` and come after `after`, by the bytes of their UTF-8. */
  list(bucket: string, prefix: string, after: string, most: number): Listed[];
  /** Removes what has expired. */
  expire(bucket: string, rules: readonly Expiry[]): void;
}

const DAY = 86_400_000;

/** Opens the store of all buckets. */
export function openObjects({ sql }: Database, clock: Clock): Objects {
  const insert = 'INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (bucket, key) DO';
  const once = sql.prepare(`${insert} NOTHING`);
  const replace = sql.prepare(
    `${insert} UPDATE SET type = excluded.type, etag = excluded.etag, bytes = excluded.bytes,
      modified = excluded.modified, body = excluded.body`,
  );
  const select = sql.prepare('SELECT type, etag, bytes, modified, body FROM objects WHERE bucket = ? AND key = ?');
  const remove = sql.prepare('DELETE FROM objects WHERE bucket = ? AND key = ?');
  const list = sql.prepare(
    `SELECT key, etag, bytes, modified FROM objects
      WHERE bucket = ? AND key > ? AND key >= ? AND key < ? ORDER BY key LIMIT ?`,
  );
  const expire = sql.prepare('DELETE FROM objects WHERE bucket = ? AND modified < ? AND key >= ? AND key < ?');
  return {
    put(bucket, key, body, type, isOnce) {
      const etag = `"${createHash('md5').update(body).digest('hex')}"`;
      const statement = isOnce ? once : replace;
      const { changes } = statement.run(bucket, Buffer.from(key), type, etag, body.length, clock.now(), body);
      return changes === 0 ? undefined : etag;
    },
    get(bucket, key) {
      const row = select.get(bucket, Buffer.from(key));
      return row && ({ key, ...row } as unknown as StoredObject);
    },
    remove: (bucket, key) => void remove.run(bucket, Buffer.from(key)),
    list(bucket, prefix, after, most) {
      const rows = list.all(bucket, Buffer.from(after), ...range(prefix), most);
      return rows.map((row) => ({ ...row, key: Buffer.from(row.key as Uint8Array).toString() }) as unknown as Listed);
    },
    expire(bucket, rules) {
      for (const { prefix, days } of rules) {
        // S3 rounds the end of an object's days up to the next midnight UTC.
        const before = Math.floor(clock.now() / DAY) * DAY - days * DAY;
        expire.run(bucket, before, ...range(prefix));
      }
    },
  };
}

/** The keys with a prefix: from the prefix itself to what no key reaches, since UTF-8 has no byte 0xff. */
function range(prefix: string): [Buffer, Buffer] {
  const first = Buffer.from(prefix);
  return [first, Buffer.concat([first, Buffer.of(0xff)])];
}
