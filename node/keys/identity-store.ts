import { readFile, realpath, stat } from 'node:fs/promises';
import sodium from 'libsodium-wrappers';
import { type Epoch, wipeEpoch } from '../../core/keys/epoch.ts';
import { type Identity, type SigningKey, wipeIdentity, withoutPast } from '../../core/keys/identity.ts';
import { withFileLock } from '../files/file-lock.ts';
import { replaceSecretFile } from '../files/secret-file.ts';
import { openIdentity, relockIdentity, unlockIdentity } from './identity-file.ts';

/** An identity in use: it follows its file, which other processes may change. */
export interface IdentityStore {
  /** As it was when it was last read or changed. */
  current(): Identity;
  /** Reads the file again when another process has changed it. @throws Error when it cannot be read */
  refresh(): Promise<Identity>;
  /**
   * Changes the identity and its file, one process at a time. The file before is overwritten, as far as the disk does
   * that. Docs: operating.md, "What destroying keys means".
   *
   * @param change - gives the new identity, or the same one when nothing is to be written
   * @param key - its signing key, where that is in a file of its own. The change has it, and the file never gets it
   * @throws Error when the key is another identity's; what `change` throws
   */
  update(change: (identity: Identity) => Identity, key?: SigningKey): Promise<Identity>;
  /** Destroys the keys of epochs that are over. @param nowSeconds - since 1970. @default - by the clock of this machine */
  destroyPast(nowSeconds?: number): Promise<void>;
  /** Overwrites all secrets. It is of no use after that. */
  wipe(): void;
}

/** Unlocks an identity file and holds it. @returns null when the passphrase is wrong @throws Error when it is none */
export async function openIdentityStore(place: string, passphrase: Uint8Array): Promise<IdentityStore | null> {
  const path = await realpath(place); // a link stays one
  let { time: changed, text } = await readWhole(path);
  const unlocked = await unlockIdentity(text, passphrase);
  if (unlocked === null) return null;
  const { lock } = unlocked;
  let current = unlocked.identity;
  const read = async () => {
    if ((await timeOf(path)) === changed) return current;
    const fresh = await readWhole(path);
    current = follow(current, openIdentity(fresh.text, lock));
    changed = fresh.time;
    return current;
  };
  const update = (change: (identity: Identity) => Identity, key?: SigningKey) =>
    withFileLock(path, 'the identity', async () => {
      const before = await read();
      const after = applied(before, change, key);
      if (after !== before) {
        await replaceSecretFile(path, relockIdentity(after, lock));
        changed = await timeOf(path);
        current = after;
        wipeDropped(before, after); // only now: it is written
      }
      return current;
    });
  return {
    current: () => current,
    refresh: read,
    update,
    async destroyPast(nowSeconds) {
      if (withoutPast(current, nowSeconds) !== current) await update((identity) => withoutPast(identity, nowSeconds));
    },
    wipe() {
      wipeIdentity(current);
      lock.wipe();
    },
  };
}

/** What a change makes of an identity. It may take the signing key away, and never brings one. */
function applied(before: Identity, change: (identity: Identity) => Identity, key?: SigningKey): Identity {
  if (key && Buffer.compare(key.publicKey, before.signing.publicKey) !== 0)
    throw new Error('the signing key is of another identity');
  const isApart = before.signing.secretKey === undefined;
  const whole = isApart && key ? { ...before, signing: key } : before;
  const after = change(whole);
  if (after === whole) return before;
  return isApart ? { ...after, signing: before.signing } : after;
}

/** Overwrites the secrets that a change has left behind. */
function wipeDropped(before: Identity, after: Identity): void {
  const { secretKey } = before.signing;
  if (secretKey && after.signing.secretKey === undefined) sodium.memzero(secretKey);
  for (const epoch of before.epochs) if (!after.epochs.includes(epoch)) wipeEpoch(epoch);
  const kept = after.members?.map(({ secret }) => secret) ?? [];
  for (const { secret } of before.members ?? []) if (secret && !kept.includes(secret)) sodium.memzero(secret);
}

/**
 * The identity as it was read anew, with the keys of before where they are the same ones: a letter may be opening with
 * them at this moment. What is no longer there is wiped.
 */
function follow(before: Identity, fresh: Identity): Identity {
  if (Buffer.compare(before.storageKey, fresh.storageKey) !== 0) throw new Error('that is another identity by now');
  const isSame = (one: Epoch, other: Epoch) => Buffer.compare(one.seed, other.seed) === 0;
  const epochs = fresh.epochs.map((epoch) => before.epochs.find((each) => isSame(each, epoch)) ?? epoch);
  for (const epoch of [...before.epochs, ...fresh.epochs]) if (!epochs.includes(epoch)) wipeEpoch(epoch);
  // Where the signing key has gone into a file of its own meanwhile, it goes here, too.
  const signing = before.signing.secretKey && fresh.signing.secretKey ? before.signing : fresh.signing;
  const gone = signing === before.signing ? fresh.signing : before.signing;
  wipeIdentity({ ...fresh, signing: gone, epochs: [], members: before.members });
  return { ...fresh, signing, storageKey: before.storageKey, epochs };
}

/** Reads a file as it is at one time: one whose place is taken meanwhile may be overwritten while it is read. */
async function readWhole(path: string): Promise<{ time: string; text: Uint8Array }> {
  for (;;) {
    const time = await timeOf(path);
    const text = await readFile(path);
    if ((await timeOf(path)) === time) return { time, text };
  }
}

/** When a file was last changed, and which one it is: another one after each change. */
async function timeOf(path: string): Promise<string> {
  const { mtimeNs, ino } = await stat(path, { bigint: true });
  return `${mtimeNs} ${ino}`;
}
