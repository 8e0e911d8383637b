import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Drop, dropAt } from '../core/drop/drop.ts';
import type { Patience } from '../core/drop/retry.ts';
import type { Transport } from '../core/drop/transport.ts';
import type { Inbox } from '../core/inbox/inbox.ts';
import type { OpenedLetter } from '../core/inbox/open-letter.ts';
import { contactOf, type Identity, newIdentity } from '../core/keys/identity.ts';
import type { Draft, OutgoingFile } from '../core/letter/body.ts';
import type { Random } from '../core/platform.ts';
import { type Bookmark, firstBookmark } from '../core/read/bookmark.ts';
import { type CollectEvent, type CollectOptions, collect, noteFound } from '../core/read/collect.ts';
import { poll } from '../core/read/poll.ts';
import { send, type Uploaded } from '../core/send/send.ts';
import { folderInbox } from '../node/inbox/folder-inbox.ts';

/** As many tries as anybody's, without the waiting. */
export const HASTY: Patience = { tries: 5, firstWaitMilliseconds: 2 };

/** A folder that is gone when the test ends. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'dead-drop-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A file of some bytes that need not lie on a disk. */
export function fileOf(name: string, content: Uint8Array): OutgoingFile {
  return {
    name,
    bytes: content.length,
    async *read() {
      yield content;
    },
  };
}

/** A journalist with an inbox, who remembers what was read. */
export interface Journalist {
  identity: Identity;
  /** Path of the folder. */
  inbox: string;
  bookmark: Bookmark;
  /** What is tried again is tried at each poll, unless another luck is given. */
  random: Random;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Polls once into that folder, unless another inbox is given, and returns what happened. */
  read(transport?: Transport, into?: Inbox): Promise<CollectEvent[]>;
  /** Polls once as who watches, and leaves the letters that are found. */
  look(transport?: Transport): Promise<CollectEvent[]>;
}

export function journalist(url: string, identity = newIdentity(url, 0, 4_000_000_000)): Journalist {
  const jane: Journalist = {
    identity,
    inbox: join(folder(), 'inbox'),
    bookmark: firstBookmark(),
    random: () => 0,
    now: Date.now,
    async read(transport, inbox) {
      const events: CollectEvent[] = [];
      await collect(optionsOf(events, transport, inbox));
      return events;
    },
    async look(transport) {
      const events: CollectEvent[] = [];
      const options = optionsOf(events, transport);
      await poll(options, (slot, found) => noteFound(options, slot, found), { isWatching: true });
      return events;
    },
  };
  const optionsOf = (events: CollectEvent[], transport?: Transport, inbox = inboxOf(jane)): CollectOptions => ({
    drop: way(url, transport),
    identity: () => jane.identity,
    inbox,
    bookmark: jane.bookmark,
    random: jane.random,
    now: jane.now,
    report: (event) => events.push(event),
  });
  return jane;
}

/** A journalist's inbox, with its letters in the clear. */
export function inboxOf({ inbox, identity }: Pick<Journalist, 'inbox' | 'identity'>): Inbox {
  return folderInbox(inbox, identity.storageKey);
}

/** The way to a drop, over any transport. */
export function way(url: string, transport?: Transport): Drop {
  return dropAt(url, { patience: HASTY, ...(transport && { transport }) });
}

/** Sends a letter to a journalist. */
export function write(jane: Journalist, draft: Draft, transport?: Transport): Promise<Uploaded> {
  return send(way(jane.identity.drop, transport), contactOf(jane.identity), draft);
}

/** The letters among what happened. */
export function letters(events: readonly CollectEvent[]): OpenedLetter[] {
  return events.flatMap((event) => (event.kind === 'letter' ? [event.letter] : []));
}

/** The slots that what happened is about. */
export function slotsOf(events: readonly CollectEvent[]): string[] {
  return events.flatMap((event) => ('slot' in event ? [event.slot] : []));
}

/** What went wrong among what happened, as `letter damaged`. */
export function troubles(events: readonly CollectEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.kind === 'skipped') return [`${event.what} ${event.why}`];
    return event.kind === 'postponed' || event.kind === 'given up' ? [`${event.what} ${event.kind}`] : [];
  });
}
