import { randomBytes } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import type { Contact } from '../../wire/contact.ts';
import { damaged, newLock, type Stretching, unlock } from '../files/locked-file.ts';
import { guard } from '../sodium/secret.ts';
import { derive, SEED_BYTES } from './epoch.ts';
import {
  checkContact,
  checkSignature,
  contactOf,
  endOf,
  type Identity,
  type Member,
  wipeIdentity,
} from './identity.ts';
import { formatIdentity, MEMBER_NAME_MAX_BYTES, parseIdentity } from './identity-file.ts';

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
 * @param isAnew - whether they are to get the keys once more, under new words, as when they have lost them
 * @throws Error when the name is another member's, or the contact will not do
 */
export function addMember(desk: Identity, name: string, contact: Contact, now: number, isAnew = false): Identity {
  checkMaker(desk);
  checkContact(contact, new Date(now * 1000));
  const bytes = Buffer.byteLength(name);
  if (bytes < 1 || bytes > MEMBER_NAME_MAX_BYTES || /\p{C}/u.test(name))
    throw new Error(`a member's name has 1 to ${MEMBER_NAME_MAX_BYTES} bytes, all of them visible`);
  const before = findMember(desk, contact);
  const others = membersOf(desk).filter((member) => member !== before);
  if (others.some((member) => member.name === name)) throw new Error('another member of the desk has that name');
  const isOn = before !== undefined && before.epoch > 0 && !isAnew;
  const member = isOn ? { ...before, name, contact } : { name, contact, secret: randomSecret(), epoch: 0 };
  return { ...desk, members: [...others, member] };
}

/** A member by their identity. */
export function findMember(desk: Identity, { identity }: Pick<Contact, 'identity'>): Member | undefined {
  return membersOf(desk).find(({ contact }) => Buffer.compare(contact.identity, identity) === 0);
}

/** Takes somebody off a desk. What they have, they keep: new keys are for `rotate` to issue. */
export function removeMember(desk: Identity, name: string): Identity {
  checkMaker(desk);
  const others = membersOf(desk).filter((member) => member.name !== name);
  if (others.length === membersOf(desk).length) throw new Error('nobody on the desk has that name');
  return { ...desk, members: others };
}

/** Notes that a member was sent an epoch, and destroys what it was locked under. */
export function noteSent(desk: Identity, { contact }: Member, epoch: number): Identity {
  const member = findMember(desk, contact);
  if (member === undefined || member.epoch >= epoch) return desk;
  const noted = { ...member, secret: secretFor(member, epoch + 1), epoch };
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
  checkMaker(desk);
  const member = findMember(desk, contact);
  if (member === undefined) throw new Error('they are not on the desk any more');
  const theirs = { ...member, secret: secretFor(member, desk.issued + 1), epoch: desk.issued };
  const forThem = {
    ...desk,
    signing: { publicKey: desk.signing.publicKey, secretKey: undefined },
    storageKey: new Uint8Array(SEED_BYTES),
    members: membersOf(desk).map((each) => (each === member ? theirs : { ...each, secret: undefined })),
  };
  const secrets = formatIdentity(forThem);
  sodium.memzero(theirs.secret);
  const key = words ?? secretFor(member, desk.issued);
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
 * @param now - seconds since 1970
 * @returns the desk as a member has it, or null when the secret is wrong
 * @throws Error when it is none, for somebody else, or its keys are over
 */
export async function openInvitation(
  text: string,
  secret: Uint8Array,
  own: Uint8Array,
  now: number,
): Promise<Identity | null> {
  const unlocked = await unlock('invitation', text, secret);
  if (unlocked === null) return null;
  unlocked.lock.wipe();
  let desk: Identity | undefined;
  try {
    desk = parseIdentity(unlocked.secrets);
    checkInvitation(desk, own, now);
    return { ...desk, storageKey: guard(randomBytes(SEED_BYTES)) };
  } catch (error) {
    if (desk === undefined) throw damaged('invitation');
    wipeIdentity(desk);
    throw error;
  } finally {
    sodium.memzero(unlocked.secrets);
  }
}

function checkInvitation(desk: Identity, own: Uint8Array, now: number): void {
  // What is the maker's alone, and what a member makes alone.
  if (desk.signing.secretKey !== undefined || desk.storageKey.some((byte) => byte !== 0)) throw damaged('invitation');
  try {
    for (const epoch of desk.epochs) checkSignature(contactOf(desk, epoch));
  } catch {
    throw damaged('invitation');
  }
  const me = desk.members?.find(({ contact }) => Buffer.compare(contact.identity, own) === 0);
  if (me?.secret === undefined) throw new Error('that invitation is for somebody else');
  if (desk.epochs.every((epoch) => endOf(epoch) < now)) throw new Error('that invitation is over: ask for another');
}

/** How many epochs may have passed a member by without their keys: a year of months. Each costs a stretching. */
const MISSED_MAX = 12;

/**
 * Reads an invitation to a desk whose keys are there already. It is locked under a secret that came with them, or with
 * one of those that came before and were missed.
 *
 * @returns as openInvitation
 */
export async function openRenewal(
  text: string,
  desk: Identity,
  own: Uint8Array,
  now: number,
): Promise<Identity | null> {
  const member = membersOf(desk).find(({ secret }) => secret !== undefined);
  if (desk.signing.secretKey !== undefined || member === undefined)
    throw new Error('whoever made the desk needs no invitation to it');
  for (let epoch = member.epoch + 1; epoch <= member.epoch + MISSED_MAX; epoch += 1) {
    const secret = secretFor(member, epoch);
    const newer = await openInvitation(text, secret, own, now).finally(() => sodium.memzero(secret));
    if (newer !== null) return newer;
  }
  return null;
}

/**
 * Brings newer keys of a desk to a member's copy.
 *
 * @param isAnew - whether the same ones will do, since their maker has sent them once more
 * @throws Error when they are another desk's, or not newer
 */
export function renewDesk(desk: Identity, newer: Identity, isAnew = false): Identity {
  if (Buffer.compare(desk.signing.publicKey, newer.signing.publicKey) !== 0)
    throw new Error('that invitation is to another desk');
  if (newer.issued < desk.issued || (newer.issued === desk.issued && !isAnew))
    throw new Error('you have these keys of the desk, or newer ones, already');
  return { ...newer, storageKey: desk.storageKey };
}

/** What an epoch of the future is locked under for a member: each secret gives the next, and none the one before. */
function secretFor({ secret, epoch }: Member, wanted: number): Uint8Array {
  let current = Uint8Array.from(secret!);
  for (let number = epoch + 1; number < wanted; number += 1) {
    const next = derive(current, 'member secret');
    sodium.memzero(current);
    current = Uint8Array.from(next);
    sodium.memzero(next);
  }
  return current;
}

function randomSecret(): Uint8Array {
  return guard(randomBytes(SEED_BYTES));
}

function checkMaker({ signing }: Identity): void {
  if (signing.secretKey === undefined) throw new Error('only whoever made the desk can change who is on it');
}
