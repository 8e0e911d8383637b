import { randomBytes } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import { presentSeconds } from '../../core/keys/day.ts';
import { derive } from '../../core/keys/derive.ts';
import { type Epoch, SEED_BYTES } from '../../core/keys/epoch.ts';
import {
  checkContact,
  endOf,
  type Identity,
  type Member,
  signingKeyOf,
  wipeIdentity,
} from '../../core/keys/identity.ts';
import type { Stretching } from '../../core/platform.ts';
import { type Contact, MINUTE_SECONDS } from '../../wire/contact.ts';
import { damaged, newLock, unlock } from '../files/locked-file.ts';
import { guard } from '../sodium/secret.ts';
import { checkMemberName, formatIdentity, parseIdentity } from './identity-file.ts';

await sodium.ready;

/** The name of the file in which an invitation comes. */
export const INVITATION_NAME = 'desk.invitation';

/** Makes an identity a desk's, with nobody on it yet. */
export function newDesk(identity: Identity): Identity {
  return { ...identity, members: [] };
}

/** The members of a desk. @throws Error when it is an ordinary identity */
export function membersOf({ members }: Identity): readonly Member[] {
  if (members === undefined) throw new Error('that identity is no desk: make one with dead-drop desk new');
  return members;
}

/**
 * Puts somebody on a desk, or gives them a newer contact when they are on it already.
 *
 * @param name - 1 to 64 bytes; what the others call them
 * @param nowSeconds - since 1970. @default - by the clock of this machine
 * @param isAnew - whether they are to get the keys once more, under new words, as when they have lost them
 * @throws Error when the name is another member's, or the contact will not do, or is the desk's own
 */
export function addMember(
  desk: Identity,
  name: string,
  contact: Contact,
  nowSeconds?: number,
  isAnew = false,
): Identity {
  signingKeyOf(desk);
  checkContact(contact, nowSeconds);
  checkMember(desk, contact);
  checkMemberName(name);
  const before = findMember(desk, contact);
  const others = membersOf(desk).filter((member) => member !== before);
  if (others.some((member) => member.name === name)) throw new Error('another member of the desk has that name');
  const isOn = before !== undefined && before.epoch > 0 && !isAnew;
  const member = isOn ? { ...before, name, contact } : { name, contact, secret: randomSecret(), epoch: 0 };
  return { ...desk, members: [...others, member] };
}

/** @throws Error unless a contact can be that of somebody on a desk */
function checkMember(desk: Identity, { kind, identity }: Contact): void {
  // Its keys would be sent to all who ever had them.
  if (Buffer.compare(identity, desk.signing.publicKey) === 0)
    throw new Error("that is the desk's own contact: a member is invited with theirs, which dead-drop contact prints");
  if (kind !== 'identity')
    throw new Error('that is the contact of a mailbox, which cannot be on a desk: members need an identity');
}

/** A member by their identity. */
export function findMember(desk: Identity, { identity }: Pick<Contact, 'identity'>): Member | undefined {
  return membersOf(desk).find(({ contact }) => Buffer.compare(contact.identity, identity) === 0);
}

/** Takes somebody off a desk. What they have, they keep: new keys are for `rotate` to issue. */
export function removeMember(desk: Identity, name: string): Identity {
  signingKeyOf(desk);
  const others = membersOf(desk).filter((member) => member.name !== name);
  if (others.length === membersOf(desk).length) throw new Error('nobody on the desk has that name');
  return { ...desk, members: others };
}

/** Notes that a member was sent an epoch, by when it begins, and destroys what it was locked under. */
export function noteSent(desk: Identity, { contact }: Member, epoch: number): Identity {
  const member = findMember(desk, contact);
  if (member === undefined || member.epoch >= epoch) return desk;
  const noted = { ...member, secret: secretAfter(member, epoch), epoch };
  return { ...desk, members: membersOf(desk).map((each) => (each === member ? noted : each)) };
}

/** Members that were sent earlier keys of the desk, and not yet the newest. */
export function membersBehind(desk: Identity): Member[] {
  return membersOf(desk).filter(({ epoch }) => epoch > 0 && epoch < desk.issued);
}

/**
 * Writes an invitation: the desk as a member is to have it, locked. Protocol, "Desk".
 *
 * @param words - under which the first is locked. @default - the member's secret for the newest epoch
 * @throws Error when they are not on the desk
 */
export async function invitationFor(
  desk: Identity,
  { contact }: Member,
  words?: Uint8Array,
  stretching?: Stretching,
): Promise<string> {
  const member = findMember(desk, contact);
  if (member === undefined) throw new Error('they are not on the desk any more');
  if (member.secret === undefined) throw new Error('only the maker of the desk can send its keys');
  if (member.epoch === 0 && !words)
    throw new Error('they were not sent any keys yet: the first are locked under words');
  const theirs = { ...member, secret: secretAfter(member, desk.issued), epoch: desk.issued };
  const forThem = {
    ...desk,
    signing: { publicKey: desk.signing.publicKey, secretKey: undefined },
    storageKey: new Uint8Array(SEED_BYTES),
    members: membersOf(desk).map((each) => (each === member ? theirs : { ...each, secret: undefined })),
  };
  const secrets = formatIdentity(forThem);
  sodium.memzero(theirs.secret);
  const key = words ?? invitationSecret(member, desk.issued);
  const lock = await newLock('invitation', key, stretching);
  try {
    return lock.lock(secrets);
  } finally {
    lock.wipe();
    sodium.memzero(secrets);
    if (!words) sodium.memzero(key);
  }
}

/**
 * Reads an invitation.
 *
 * @param secret - words, or the secret that came with an earlier one
 * @param own - identity (Ed25519 public key) of whoever reads it
 * @param nowSeconds - since 1970. @default - by the clock of this machine
 * @returns the desk as a member has it, or null when the secret is wrong
 * @throws Error when it is none, for somebody else, or its keys are over
 */
export async function openInvitation(
  text: Uint8Array | string,
  secret: Uint8Array,
  own: Uint8Array,
  nowSeconds = presentSeconds(),
): Promise<Identity | null> {
  const unlocked = await unlock('invitation', text, secret);
  if (unlocked === null) return null;
  unlocked.lock.wipe();
  let desk: Identity | undefined;
  try {
    desk = parseIdentity(unlocked.secrets);
    checkInvitation(desk, own, nowSeconds);
    return { ...desk, storageKey: guard(randomBytes(SEED_BYTES)) };
  } catch (error) {
    if (desk === undefined) throw damaged('invitation');
    wipeIdentity(desk);
    throw error;
  } finally {
    sodium.memzero(unlocked.secrets);
  }
}

function checkInvitation(desk: Identity, own: Uint8Array, nowSeconds: number): void {
  const { signing, storageKey, epochs, members = [], issued } = desk;
  const invited = members.filter(({ secret }) => secret !== undefined);
  const [me] = invited;
  // What is the maker's alone, what a member makes alone, and what is another member's.
  if (signing.secretKey !== undefined || storageKey.some((byte) => byte !== 0)) throw damaged('invitation');
  if (invited.length > 1 || (me && me.epoch !== issued)) throw damaged('invitation');
  if (me === undefined || Buffer.compare(me.contact.identity, own) !== 0)
    throw new Error('that invitation is for somebody else');
  if (epochs.every((epoch) => endOf(epoch) < nowSeconds)) throw new Error('that invitation is over: ask for another');
}

/** 5,256,000 minutes: for how long epochs may have passed a member by without their keys. Each costs 2 microseconds. */
const MISSED_MAX = 10 * 365 * 24 * 60;

/**
 * Reads an invitation to a desk whose keys are there already. It is locked under a secret that came with them, or that
 * follows from it, since others may have been missed.
 *
 * @param epoch - when the epoch begins with which the invitation's letter is signed: its return contact's `validFrom`
 * @returns as openInvitation; null also when it is of an earlier epoch than the keys that are there
 */
export async function openRenewal(
  text: Uint8Array | string,
  desk: Identity,
  own: Uint8Array,
  nowSeconds: number,
  epoch: number,
): Promise<Identity | null> {
  const secrets = membersOf(desk).filter(({ secret }) => secret !== undefined);
  const [member] = secrets;
  if (desk.signing.secretKey !== undefined || secrets.length !== 1)
    throw new Error('the maker of the desk needs no invitation to it');
  const missed = numberOf(epoch) - numberOf(member!.epoch);
  if (missed < 1 || missed > MISSED_MAX) return null;
  const secret = invitationSecret(member!, epoch);
  return openInvitation(text, secret, own, nowSeconds).finally(() => sodium.memzero(secret));
}

/**
 * Brings newer keys of a desk to a member's copy, and keeps those that the copy has besides: letters may be sealed to them.
 *
 * @param isAnew - whether the same ones will do, since their maker has sent them once more
 * @throws Error when they are another desk's, not newer, or of a branch that this copy cannot hold
 */
export function renewDesk(desk: Identity, newer: Identity, isAnew = false): Identity {
  if (Buffer.compare(desk.signing.publicKey, newer.signing.publicKey) !== 0 || desk.drop !== newer.drop)
    throw new Error('that invitation is to another desk');
  const isOlder = newer.issued < desk.issued;
  const had = new Map(desk.epochs.map((epoch) => [epoch.validFrom, epoch]));
  const isAside = ({ validFrom, seed }: Epoch) => {
    const mine = had.get(validFrom);
    return mine
      ? Buffer.compare(mine.seed, seed) !== 0
      : isOlder && validFrom > (desk.epochs[0]?.validFrom ?? desk.issued);
  };
  if (newer.epochs.some(isAside))
    throw new Error(
      'that invitation is of another branch of this desk, as when its keys were issued from two copies: nothing was changed, tell the maker of the desk',
    );
  if (isOlder || (newer.issued === desk.issued && !isAnew)) throw new Error('that invitation brings nothing new');
  // Those that are the same stay: a letter may be opening with them.
  const others = newer.epochs.filter(({ validFrom }) => !had.has(validFrom));
  const epochs = [...desk.epochs, ...others].sort((one, other) => one.validFrom - other.validFrom);
  return { ...newer, storageKey: desk.storageKey, epochs };
}

/**
 * The epochs of a member's copy that were issued after some of the maker's, and that the maker does not have: their copy was
 * an older one, as of a backup, when they issued theirs.
 */
export function epochsAside(desk: Identity, newer: Identity): Epoch[] {
  const [first] = newer.epochs;
  const theirs = new Set(newer.epochs.map(({ validFrom }) => validFrom));
  return desk.epochs.filter(({ validFrom }) => validFrom > first!.validFrom && !theirs.has(validFrom));
}

/** The number of the epoch that begins at a time: minutes since 1970. */
function numberOf(epoch: number): number {
  return epoch / MINUTE_SECONDS;
}

/**
 * What the invitation with an epoch is locked under for a member. There is one for each number; each gives the next, and
 * none the one before.
 */
function secretFor({ secret, epoch }: Member, wanted: number): Uint8Array {
  const current = Uint8Array.from(secret!);
  for (let number = numberOf(epoch) + 1; number < numberOf(wanted); number += 1) {
    const next = derive(current, 'member secret');
    current.set(next);
    sodium.memzero(next);
  }
  return current;
}

/** What the invitation of an epoch is locked under for a member. */
function invitationSecret(member: Member, epoch: number): Uint8Array {
  const secret = secretFor(member, epoch);
  const key = derive(secret, 'invitation secret');
  sodium.memzero(secret);
  return key;
}

/** What a member keeps who was sent an epoch: the secret of the number after it. Whoever is new begins with theirs there. */
function secretAfter(member: Member, epoch: number): Uint8Array {
  if (member.epoch === 0) return Uint8Array.from(member.secret!);
  const secret = secretFor(member, epoch);
  const next = derive(secret, 'member secret');
  sodium.memzero(secret);
  return next;
}

function randomSecret(): Uint8Array {
  return guard(randomBytes(SEED_BYTES));
}
