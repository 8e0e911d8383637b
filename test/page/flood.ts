import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Drop } from '../../core/drop/drop.ts';
import { contactOf, type Identity, newIdentity, wipeIdentity } from '../../core/keys/identity.ts';
import { openMailbox } from '../../core/keys/mailbox.ts';
import { newWords } from '../../core/keys/words.ts';
import { writerOf } from '../../core/letter/proof.ts';
import { send } from '../../core/send/send.ts';
import { unlockIdentity } from '../../node/keys/identity-file.ts';
import { en } from '../../page/languages/en.ts';
import { LOT } from '../../page/reading.ts';
import { type Desk, passphrase } from '../tor/stage.ts';
import type { Source } from './source.ts';

/** How many letters come to one mailbox: of the journalist, and of strangers who know its contact. */
export interface Flood {
  readonly answers: number;
  readonly strangers: number;
}

/** Writes to a mailbox. @param url - the drop as its contact names it @returns the words that open it */
export async function flood(drop: Drop, desk: Desk, url: string, { answers, strangers }: Flood): Promise<string> {
  const words = newWords();
  const file = readFileSync(join(desk.cwd, 'dead-drop.identity'));
  const { identity: jane, lock } = (await unlockIdentity(file, Buffer.from(passphrase.trim())))!;
  lock.wipe();
  const mailbox = contactOf(await openMailbox(Buffer.from(words), url));
  const answer = (text: string, from: Identity) => send(drop, mailbox, { text, from: writerOf(from) });
  await Promise.all(Array.from({ length: strangers }, (_, i) => answer(`noise ${i}`, newIdentity(url))));
  await Promise.all(Array.from({ length: answers }, (_, i) => answer(`answer ${i}.`, jane)));
  wipeIdentity(jane);
  return words;
}

/** Reads a mailbox in the page, some letters at a time, and finds all of the journalist's there, and none of strangers. */
export async function readFlood(source: Source, words: string, { answers, strangers }: Flood): Promise<void> {
  await source.choose(en.person.same);
  await source.press(en.person.read);
  await source.fill(en.read.words, words);
  await source.press(en.read.look);
  await source.sees(en.answers.title(answers));
  const shown = () => source.frame.$$eval('section.answer', (all) => all.length);
  for (let seen = LOT.answers; seen < answers; seen += LOT.answers) {
    expect(await shown()).toBe(seen);
    await source.reads(en.answers.older(answers - seen));
    await source.press(en.answers.more(Math.min(LOT.answers, answers - seen)));
    expect(await source.frame.evaluate('document.activeElement.id')).toBe(`answer-${answers - seen}`);
    await source.frame.select('#language', 'en'); // it is drawn anew
  }
  expect(await shown()).toBe(answers);
  for (let i = 0; i < answers; i += 1) await source.reads(`answer ${i}.`);
  await source.reads(en.answers.leftOut(strangers));
  expect(await source.text()).not.toContain('noise');
}
