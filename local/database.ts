import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Where objects, messages and the clock are kept. */
export interface Database {
  readonly sql: DatabaseSync;
  /** Reads a small value that outlives the process. */
  recall(name: string): string | undefined;
  remember(name: string, value: string): void;
  /** Does all of what `act` writes, or nothing of it. */
  together<T>(act: () => T): T;
}

const TABLES = `
  CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  -- Keys are blobs: S3 sorts by the bytes of UTF-8, and so does memcmp. The body comes last, so that a listing
  -- reads only the first page of a row.
  CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL, key BLOB NOT NULL, type TEXT NOT NULL, etag TEXT NOT NULL, bytes INTEGER NOT NULL,
    modified INTEGER NOT NULL, body BLOB NOT NULL, UNIQUE (bucket, key)) STRICT;
  CREATE INDEX IF NOT EXISTS objects_by_age ON objects (bucket, modified);
  -- visible is 0 while anyone may receive the message, else the time from which it is again.
  CREATE TABLE IF NOT EXISTS messages (
    id TEXT PRIMARY KEY, queue TEXT NOT NULL, sent INTEGER NOT NULL, visible INTEGER NOT NULL,
    place INTEGER NOT NULL, receipt TEXT NOT NULL, received INTEGER NOT NULL, first INTEGER NOT NULL,
    sender TEXT NOT NULL, body TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS messages_by_place ON messages (queue, visible, place);
  CREATE INDEX IF NOT EXISTS messages_by_age ON messages (queue, sent);
  -- Of a drop's messages none has one.
  CREATE TABLE IF NOT EXISTS traces (
    id TEXT PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE, trace TEXT NOT NULL) STRICT;`;

/**
 * Opens the database in a folder, or one that vanishes with the process when none is given.
 *
 * @throws Error with one clear line when the folder cannot be written, holds something else, or is in use
 */
export function openDatabase(folder: string | undefined): Database {
  let sql: DatabaseSync | undefined;
  try {
    if (folder !== undefined && !existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    // The empty name is SQLite's own temporary file: on disk, without a name, gone with the process.
    sql = new DatabaseSync(folder === undefined ? '' : join(folder, 'drop.sqlite'), { timeout: 0 });
    // Exclusive: the operating system holds the lock, and lets go of it however the process ends.
    sql.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; BEGIN EXCLUSIVE; ${TABLES} COMMIT;`);
  } catch (error) {
    sql?.close();
    throw new Error(`cannot use the data folder ${folder}: ${reason(error as Error & { errcode?: number })}`);
  }
  const get = sql.prepare('SELECT value FROM facts WHERE name = ?');
  const set = sql.prepare('INSERT INTO facts VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value');
  const database = sql;
  return {
    sql,
    together(act) {
      database.exec('BEGIN');
      try {
        const result = act();
        database.exec('COMMIT');
        return result;
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },
    recall: (name) => get.get(name)?.value as string | undefined,
    remember: (name, value) => void set.run(name, value),
  };
}

/** The primary result codes of SQLite (https://sqlite.org/rescode.html) that a user can do something about. */
const REASONS: Record<number, string> = {
  5: 'another drop uses it',
  8: 'it cannot be written',
  11: 'its database is damaged',
  13: 'the disk is full',
  14: 'its database cannot be opened',
  26: 'its database is not one',
};

function reason(error: Error & { code?: string; errcode?: number }): string {
  if (error.code === 'ENOENT') return 'the folder that it would be in does not exist';
  return REASONS[(error.errcode ?? 0) & 0xff] ?? error.message;
}
