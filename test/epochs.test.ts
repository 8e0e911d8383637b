import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Epoch } from '../core/keys/epoch.ts';
import { contactOf, endOf, type Identity, minuteOf, newIdentity, rotate, withoutPast } from '../core/keys/identity.ts';
import { openCell } from '../core/letter/cell.ts';
import { tryIds } from '../core/read/try-ids.ts';
import { send, TooLate, upload } from '../core/send/send.ts';
import { openStored } from '../node/inbox/letter-note.ts';
import { formatIdentity, lockIdentity, unlockIdentity } from '../node/keys/identity-file.ts';
import { writeBookmark } from '../node/read/bookmark-file.ts';
import { parseSealedId } from '../wire/sealed-id.ts';
import { parseUploadId } from '../wire/upload-id.ts';
import { withDrop } from './drop.ts';
import { type Journalist, journalist, letters, troubles, way, write } from './people.ts';
import { plainDrop } from './plain-drop.ts';

const DAY = 86_400;
const now = minuteOf(Date.now() / 1000);
const passphrase = Buffer.from('correct horse battery staple');
const quick = { memoryKibibytes: 64, passes: 1, lanes: 1 };

/** Every secret of an epoch. */
const secretsOf = ({ seed, id, cell, letter }: Epoch) => [seed, id.secretKey, cell.secretKey, letter.secretKey];

/** The minute in which it begins. */
const numberOf = ({ validFrom }: Pick<Epoch, 'validFrom'>) => validFrom / 60;

const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);

test('an epoch is derived from its seed alone, and two have nothing in common', async () => {
  const jane = rotate(newIdentity('http://127.0.0.1:1', now), now);
  const [one, other] = jane.epochs as [Epoch, Epoch];
  const text = await lockIdentity(jane, passphrase, quick);
  expect((await unlockIdentity(text, passphrase))!.identity).toEqual(jane);
  expect(formatIdentity(jane)).toHaveLength(369 + 2 * 112); // a seed and no other secret of each
  for (const secret of secretsOf(one)) {
    for (const another of secretsOf(other)) expect(another).not.toEqual(secret);
  }
  expect([one.validFrom, other.validFrom, jane.issued]).toEqual([now, now + 60, now + 60]);
});

test('letters to the old contact and to the new one are both read', async () => {
  const drop = await withDrop();
  const jane = journalist(drop.url, newIdentity(drop.url, now - 10 * DAY));
  const old = contactOf(jane.identity);
  jane.identity = rotate(jane.identity, now);
  expect(contactOf(jane.identity)).not.toEqual(old);
  await send(way(drop.url), old, { text: 'to the old one' });
  await write(jane, { text: 'to the new one' });
  await drop.tick();
  const events = await jane.read();
  expect(troubles(events)).toEqual([]);
  const texts = letters(events).map(({ path }) => readFileSync(join(path, 'letter.txt'), 'utf8'));
  expect(texts.sort()).toEqual(['to the new one', 'to the old one']);
});

describe('an epoch that is over', () => {
  test('is kept for 25 days to the second', () => {
    const jane = rotate(newIdentity('http://127.0.0.1:1', now), now + 20 * DAY);
    const [over, newest] = jane.epochs as [Epoch, Epoch];
    expect(over.validUntil).toBe(now + 30 * DAY);
    expect(endOf(over)).toBe(now + (30 + 8 + 14 + 3) * DAY);
    expect(withoutPast(jane, endOf(over))).toBe(jane);
    expect(secretsOf(over).some(isZero)).toBe(false);
    const later = withoutPast(jane, endOf(over) + 1);
    expect(later).toEqual({ ...jane, epochs: [newest] });
    expect([...secretsOf(over), ...secretsOf(newest)].some(isZero)).toBe(false); // they are wiped when that is written
  });

  test('takes its number with it: the next one is a later one, also when none is left and the clock is behind', () => {
    const jane = rotate(newIdentity('http://127.0.0.1:1', now), now);
    const later = withoutPast(jane, now + 100 * DAY);
    expect(later.epochs).toEqual([]);
    expect(() => contactOf(later)).toThrow('this identity has no keys left, all are over: issue new ones with rotate');
    for (const clock of [now - 100 * DAY, now, now + 60])
      expect(rotate(later, clock).epochs.map(numberOf)).toEqual([numberOf({ validFrom: now }) + 2]);
    const again = rotate(later, now + 100 * DAY + 59);
    expect(again.epochs.map(numberOf)).toEqual([numberOf({ validFrom: now + 100 * DAY })]);
    expect(contactOf(again).identity).toEqual(contactOf(jane).identity);
  });
});

test.each([
  ['is uploaded 8 days after its contact was valid', 0, 1],
  ['is refused a second later: the keys could be destroyed before it is read', 1, 0],
])('a cell %s', async (_, late, cells) => {
  const drop = plainDrop();
  const contact = contactOf(newIdentity(drop.url, now));
  let time = contact.validUntil * 1000;
  const going = upload(
    way(drop.url, drop.transport),
    contact,
    { text: 'slow' },
    {
      now: () => time,
      pace: (_step, _steps, act) => {
        time += (8 * DAY + late) * 1000; // its first cell waits so long
        return act();
      },
    },
  );
  if (late) await expect(going).rejects.toBeInstanceOf(TooLate);
  else await going;
  expect(drop.objects.size).toBe(cells);
});

/** All that a journalist has on a machine. */
interface State {
  readonly identity: Identity;
  /** Of the identity file; whoever took the machine knows the passphrase, too. */
  readonly text: string;
  readonly bookmark: Uint8Array;
  readonly note: Uint8Array;
}

async function stateOf({ identity, inbox, bookmark }: Journalist, letter: string): Promise<State> {
  await writeBookmark(inbox, identity, identity.drop, bookmark);
  return {
    identity: structuredClone(identity),
    text: await lockIdentity(identity, passphrase, quick),
    bookmark: readFileSync(join(inbox, '.bookmark')),
    note: readFileSync(join(inbox, letter, '.letter')),
  };
}

/** What of recorded traffic the keys in a state open: letter ids, and cells. */
async function attack(state: State, lines: readonly string[], cells: ReadonlyMap<string, Uint8Array>) {
  const { identity } = (await unlockIdentity(state.text, passphrase))!;
  const epochs = [...identity.epochs, ...state.identity.epochs];
  const sealedIds = Buffer.concat(lines.map((line) => parseSealedId(line)));
  const ids = await tryIds(sealedIds, epochs);
  const opened = [...cells].filter(([name, cell]) =>
    epochs.some(
      (epoch) => openCell(cell, 'root', identity.signing.publicKey, epoch.cell, parseUploadId(name)) !== null,
    ),
  );
  return {
    ids: new Set(ids.map(({ id }) => Buffer.from(id).toString('base64url'))),
    cells: new Set(opened.map(([name]) => name)),
  };
}

/** Everything that a state decrypts to. */
async function plaintextOf({ text, identity, bookmark, note }: State, letter: string): Promise<Buffer> {
  const { storageKey } = identity;
  const unlocked = (await unlockIdentity(text, passphrase))!.identity;
  return Buffer.concat([
    formatIdentity(identity),
    formatIdentity(unlocked),
    ...[...identity.epochs, ...unlocked.epochs].flatMap(secretsOf),
    openStored(bookmark, '.bookmark', storageKey),
    openStored(note, letter, storageKey),
  ]);
}

test('recorded traffic of an epoch that is over cannot be opened with all that is left, and could be before', async () => {
  const drop = await withDrop();
  const jane = journalist(drop.url, newIdentity(drop.url, now - 10 * DAY));
  await write(jane, { text: 'read long ago' });
  await write(jane, { text: 'and another' });
  await drop.tick();
  // What was recorded: every line of every batch, and every upload.
  const lines = [...drop.batches().values()].flat();
  const cells = new Map(
    drop.objects('uploads/').map(({ key }) => [key.slice('uploads/'.length), Uint8Array.from(drop.object(key)!)]),
  );
  expect([lines.length, cells.size]).toEqual([8, 2]);
  const [letter] = letters(await jane.read());
  const names = new Set(cells.keys());

  const before = await stateOf(jane, letter!.name);
  expect(await attack(before, lines, cells)).toEqual({ ids: names, cells: names });
  const secrets = secretsOf(before.identity.epochs[0]!).map((secret) => Buffer.from(secret));
  const holds = async (state: State) => {
    const plaintext = await plaintextOf(state, letter!.name);
    return secrets.map((secret) => plaintext.includes(secret));
  };
  expect(await holds(before)).toEqual([true, true, true, true]);

  jane.identity = rotate(jane.identity, now);
  const between = await stateOf(jane, letter!.name);
  expect(await attack(between, lines, cells)).toEqual({ ids: names, cells: names });

  jane.identity = withoutPast(jane.identity, now + (20 + 25) * DAY + 1);
  const after = await stateOf(jane, letter!.name);
  expect(after.identity.epochs.map(numberOf)).toEqual([numberOf({ validFrom: now })]);
  expect(await attack(after, lines, cells)).toEqual({ ids: new Set(), cells: new Set() });
  expect(await holds(after)).toEqual([false, false, false, false]);

  // Whom it is for can still be asked of the keys that are left: they open what is sealed to them.
  await write(jane, { text: 'to the new keys' });
  await drop.tick();
  expect(letters(await jane.read())).toHaveLength(1);
});
