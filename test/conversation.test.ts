import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { command } from './command.ts';
import { withDrop } from './drop.ts';
import { afresh, done, IDENTIFIED, inTurn, MAILBOX, PASSPHRASE, toPresent } from './office.ts';
import { folder } from './people.ts';

/** Ten letters, the source's and the journalist's in turn. Each has bytes that a careless hand would change. */
const LETTERS = [
  'It was the mayor.\n',
  'Can you prove it?',
  'The minutes of 3 May, page 7.\r\nI cannot copy them.\n',
  'Äußerst wichtig: who else has seen them? 🕵️\n',
  '  Two of us.  \n\n',
  'I have new keys, this is me all the same.',
  'Then I write to the new ones.\t\n',
  'Thanks.\0Did that arrive whole?',
  'It did.\n\n\n',
  'Printed on Sunday. Goodbye, and thank you.\n',
];

const beginning = (text: string) => text.trim().split('\n')[0]!.trim();

test('ten letters go both ways, with a rotation in the middle, to a source who keeps nothing but twelve words', async () => {
  const drop = await withDrop();
  toPresent(drop);
  const desk = folder();
  const jane = (args: string[], input?: string) =>
    done(command(args, { cwd: desk, env: { HOME: desk }, passphrase: PASSPHRASE, input }));
  /** Where contacts lie for anybody to take. */
  const shop = folder();
  const publish = (name: string, contact: string) => {
    writeFileSync(join(shop, name), contact);
    return join(shop, name);
  };

  await jane(['keygen', '--drop', drop.url]);
  const made = await jane(['contact']);
  const [, fingerprint] = /fingerprint: (.{39})\n/.exec(made.words)!;
  const old = publish('old.contact', made.out);
  let published = old;

  const { out: words, words: told } = await done(afresh(['mailbox', 'new']));
  /** How the mailbox is named each time. */
  const prints = new Set([MAILBOX.exec(told)![1]!]);
  expect(words).toMatch(/^([a-z]+ ){11}[a-z]+\n$/);

  /** Has the source write, in a new process with an empty home. */
  const write = async (text: string, to: string) => {
    const args = ['send', '--to', to, '--fingerprint', fingerprint!, '--reply-to-mailbox', '--words-fd', '4'];
    const sent = await done(afresh(args, { input: text, secrets: { 4: words } }));
    prints.add(MAILBOX.exec(sent.words)![1]!);
    await drop.tick();
  };
  /** Has the journalist read, and answer the letter that came. @returns what the listing said */
  const answer = async (text: string, to: string) => {
    const read = await jane(['read']);
    expect(read.out).toMatch(/^inbox\/letter-[0-9a-f]{32}\n$/);
    const listed = (await jane(['inbox'])).out;
    const [, name] = new RegExp(`  (\\w{8})  ${beginning(to).slice(0, 8)}`, 'u').exec(listed)!;
    expect(read.out).toContain(name);
    expect(readFileSync(join(desk, read.out.trim(), 'letter.txt'), 'utf8')).toBe(to);
    await jane(['reply', name!], text);
    await drop.tick();
  };
  /** Has the source read, in a new process with an empty home. @returns the answers that there are */
  const answers = async (spelled = words) => {
    const args = ['mailbox', 'read', '--from', published, '--fingerprint', fingerprint!, '--words-fd', '4', '--json'];
    const read = await done(afresh(args, { secrets: { 4: spelled } }));
    expect(read.words).toMatch(inTurn(MAILBOX));
    prints.add(MAILBOX.exec(read.words)![1]!);
    const values = read.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const said = values.filter(({ text }) => text !== undefined);
    for (const { from, answers } of said) expect([from, answers]).toEqual([fingerprint, true]);
    return said.map(({ text }) => text);
  };

  for (let i = 0; i < LETTERS.length; i += 2) {
    if (i === 4) published = publish('new.contact', (await jane(['rotate'])).out);
    await write(LETTERS[i]!, i === 4 ? old : published); // the fifth is on its way to the keys of before
    await answer(LETTERS[i + 1]!, LETTERS[i]!);
    const all = LETTERS.filter((_, index) => index % 2 === 1 && index <= i + 1);
    expect(await answers()).toEqual(all);
  }

  const listed = (await jane(['inbox'])).out;
  expect(listed.match(/^with .{39}$/gm)).toHaveLength(1);
  expect(listed).not.toContain('anonymous');
  const lines = listed.trim().split('\n').slice(1);
  expect(lines).toHaveLength(10);
  expect(lines.filter((line) => line.endsWith('  you answered'))).toHaveLength(5);
  for (const text of LETTERS.filter((_, i) => i % 2 === 0)) {
    expect(lines.filter((line) => line.includes(`  ${beginning(text)} (`))).toHaveLength(1);
  }
  expect(readdirSync(join(desk, 'inbox')).filter((name) => name.startsWith('letter-'))).toHaveLength(5);

  // The words as a person types them, read without --json: the texts are data, what is known of them are words.
  const typed = words
    .toUpperCase()
    .replaceAll(' ', '\n  ')
    .replace(/\b(\w{4})\w*/g, '$1');
  const read = await done(afresh(['mailbox', 'read', '--from', old, '--words-fd', '4'], { secrets: { 4: typed } }));
  const apart = (all: string, each: string) => `${all}${all.endsWith('\n') ? '' : '\n'}\n${each}`;
  expect(read.out).toBe(LETTERS.filter((_, i) => i % 2 === 1).reduce(apart));
  const line = `answers a letter that was written to ${fingerprint}, and is signed by that identity\n`;
  expect(read.words).toMatch(inTurn(IDENTIFIED, MAILBOX, new RegExp(`(answer \\d, in the batch of .*:\n${line}){5}`)));
  expect(read.words).toContain(`to the identity with the fingerprint ${fingerprint}\n`);
  expect([...prints]).toEqual([MAILBOX.exec(read.words)![1]]);
});
