import { expect, test } from 'vitest';
import { type Drop, dropAt } from '../core/drop/drop.ts';
import type { Transport } from '../core/drop/transport.ts';
import { onlyFrom } from '../core/inbox/inbox.ts';
import { textInbox } from '../core/inbox/text-inbox.ts';
import { keysName } from '../core/keys/epoch.ts';
import { contactOf } from '../core/keys/identity.ts';
import { openMailbox } from '../core/keys/mailbox.ts';
import { newWords } from '../core/keys/words.ts';
import { writerOf } from '../core/letter/proof.ts';
import { firstBookmark } from '../core/read/bookmark.ts';
import { collect } from '../core/read/collect.ts';
import { send } from '../core/send/send.ts';
import { readPeople } from '../page/people.ts';
import { type Answer, filesOf, readingOf } from '../page/reading.ts';
import { formatContact } from '../wire/contact.ts';
import { CELL_CONTENT_BYTES } from '../wire/sizes.ts';
import { parseSlot, slotAt } from '../wire/slot.ts';
import { fileOf, HASTY, journalist, way } from './people.ts';
import { plainDrop } from './plain-drop.ts';

const DAYS = 3;

/** A mailbox with an answer in it that has a file of two cells, and a drop that notes what it is asked. */
async function scene() {
  const drop = plainDrop();
  const { identity: jane } = journalist(drop.url);
  const mailbox = await openMailbox(Buffer.from(newWords()), drop.url);
  const draft = { text: 'yes', files: [fileOf('plan.html', Buffer.alloc(CELL_CONTENT_BYTES + 9, 'x'))] };
  await send(way(drop.url, drop.transport), contactOf(mailbox), { ...draft, from: writerOf(jane) });
  const published = parseSlot(drop.tick()).getTime();
  const now = () => published + 3_600_000;
  const asked: string[] = [];
  const transport: Transport = (request) => {
    asked.push(`${request.method} ${request.url.pathname}${request.url.search}`);
    return drop.transport(request);
  };
  const [person] = readPeople(JSON.stringify([{ name: 'Jane', contact: formatContact(contactOf(jane)) }]));
  const network: Partial<Drop> & { transport: Transport } = { transport, patience: HASTY };
  return { drop, mailbox, person: person!, network, asked, now };
}

test('what a page asks the drop for when it reads is what a command asks for, and nothing twice', async () => {
  const { drop, mailbox, person, network, asked, now } = await scene();
  const reading = readingOf(mailbox, person, DAYS, now);
  const came: Answer[] = [];
  const extent = await reading.extent({ way: network });
  expect(extent.batches).toBe(1);
  await reading.look({ way: network, came: (answer) => came.push(answer) });
  const ofPage = asked.splice(0);
  expect(ofPage.length).toBeGreaterThan(2);

  await collect({
    drop: dropAt(drop.url, network),
    identity: () => mailbox,
    inbox: onlyFrom(
      person.contact.identity,
      textInbox(() => {}),
    ),
    bookmark: firstBookmark(slotAt(new Date(now() - DAYS * 86_400_000)), mailbox.epochs.map(keysName)),
    now,
  });
  expect(ofPage).toEqual(asked.splice(0));

  await filesOf(mailbox, person, came[0]!, { way: network });
  expect(asked.length).toBe(1);
  expect(ofPage).not.toContain(asked[0]);
});

test('a second look asks for the list again', async () => {
  const { mailbox, person, network, asked, now } = await scene();
  const reading = readingOf(mailbox, person, DAYS, now);
  const lists = () => asked.filter((each) => each.includes('list-type')).length;
  await reading.extent({ way: network });
  await reading.look({ way: network });
  expect(lists()).toBe(1);
  await reading.look({ way: network });
  expect(lists()).toBe(2);
});

test('a file of an answer has a type that a browser shows in no tab', async () => {
  const { mailbox, person, network, now } = await scene();
  const came: Answer[] = [];
  await readingOf(mailbox, person, DAYS, now).look({ way: network, came: (answer) => came.push(answer) });
  const [file] = await filesOf(mailbox, person, came[0]!, { way: network });
  expect(file).toMatchObject({ name: 'plan.html', content: { type: 'application/octet-stream' } });
});
