import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { isBlank } from '../core/letter/body.ts';
import {
  addMember,
  checkContact,
  contactOf,
  createSecretFile,
  epochsAside,
  fileIn,
  findMember,
  type Identity,
  type IdentityStore,
  INVITATION_NAME,
  type ListedLetter,
  lockIdentity,
  type Member,
  membersBehind,
  membersOf,
  newDesk,
  newWords,
  openInvitation,
  openRenewal,
  presentSeconds,
  removeFromLetter,
  removeMember,
  renewDesk,
  spellWords,
  wipeIdentity,
  withSealed,
} from '../node/index.ts';
import { secret } from './ask.ts';
import { findLetter, inboxOption } from './inbox.ts';
import { identify, readContact } from './input.ts';
import { signal } from './interruption.ts';
import {
  checkClock,
  clockOption,
  keygenOptions,
  makeIdentity,
  nextEpoch,
  publishNewContact,
  sayBackup,
} from './keys.ts';
import { fingerprintOption, overOption, withoutFingerprintOption } from './letter.ts';
import { printOf } from './letter-report.ts';
import { passphraseOption, secretOption, signingKeyOptions, wordsOption } from './options.ts';
import { clock } from './plan.ts';
import { checkPlace, type PublishOptions, publishOption } from './publish.ts';
import { type DeliveryOptions, deliverKeys, goOnWith, sendFirstKeys } from './send-keys.ts';
import { changeSigned, type SigningOptions } from './signing-key.ts';
import { checkPrivate, counted, say, shownLine, tell, Usage } from './terminal.ts';
import { transportCommand } from './transport.ts';
import { type OwnerOptions, ownerCommand, withIdentity } from './unlock.ts';
import { checkKind, checkNewState, resumeOption, stateOption } from './unsent.ts';

const DESK_FILE = 'desk.identity';
const DESK_SIGNING_KEY_FILE = 'desk.signing-key';

/** Gives `desk new` what it does. */
export function newDeskCommand(command: Command): Command {
  return keygenOptions(command, DESK_FILE, DESK_SIGNING_KEY_FILE).action(async ({ json, ...options }) => {
    const fingerprint = await makeIdentity(options, newDesk);
    const which = options.offline ? 'the signing key' : 'this file';
    say(`the desk is made: who has ${which} issues its keys, and says who is on it; desk invite takes others on`);
    say(`its contact, its letters and answers to them: dead-drop contact, read, reply with --identity ${options.out}`);
    tell(json, { identity: options.out, fingerprint }, options.out);
  });
}

function deskCommand(command: Command): Command {
  return command.option('--identity <file>', "the desk's keys", DESK_FILE).addOption(passphraseOption());
}

interface DeskOptions extends OwnerOptions, SigningOptions, DeliveryOptions, PublishOptions {
  readonly clockIsRight?: boolean;
}

interface ResumeOptions extends DeskOptions {
  readonly resume?: string;
  readonly json?: boolean;
}

function changingCommand(command: Command): Command {
  return sendingCommand(signingKeyOptions(deskCommand(command)));
}

/** Gives a command that issues keys its options. */
function issuingCommand(command: Command): Command {
  return publishOption(clockOption(command));
}

/** Issues the keys of the next epoch, after another change, where nothing speaks against it. */
async function issueNext(
  held: IdentityStore,
  options: DeskOptions,
  change = (identity: Identity): Identity => identity,
): Promise<Identity> {
  await checkClock(held.current(), options.identity, options);
  await checkPlace(options, held.current());
  return changeSigned(held, options, (identity) => nextEpoch(change(identity)));
}

function sendingCommand(command: Command): Command {
  return stateOption(transportCommand(command).addOption(overOption()), "the desk's keys").hook(
    'preAction',
    (_, action) => checkNewState(action.opts<DeskOptions>()),
  );
}

/** Gives `desk invite` what it does. */
export function inviteCommand(command: Command): Command {
  return changingCommand(command)
    .requiredOption('--to <contact>', "the member's own contact: a file, or its address on the web")
    .addOption(fingerprintOption())
    .addOption(withoutFingerprintOption())
    .requiredOption('--name <name>', 'what the members call them; it stays among them')
    .option('--anew', 'send the keys once more, under new words, as to somebody who has lost them')
    .action(async ({ to, fingerprint, withoutFingerprint, name, anew, json, ...options }) => {
      checkPrivate(); // of the words
      if (isBlank(name)) throw new Usage('--name is empty, or shows nothing: the members have to know who that is');
      const contact = await readContact(to, options, fingerprint);
      checkContact(contact, undefined, fingerprint);
      await identify(contact, { fingerprint, withoutFingerprint });
      await withIdentity(options, async (held) => {
        const known = findMember(held.current(), contact);
        const desk = await changeSigned(held, options, (before) =>
          addMember(before, name, contact, presentSeconds(), anew),
        );
        sayBackup('desk');
        if (known && known.name !== name)
          say(`${shownLine(known.name)} is on the desk already, and is called ${shownLine(name)} from now on`);
        const member = findMember(desk, contact)!;
        if (member.epoch > 0) {
          say(
            `${shownLine(name)} is on the desk already, and has this contact from now on; --anew sends the keys anew`,
          );
          await deliverKeys(held, options);
          return tell(json, { renewed: true }, undefined);
        }
        const words = newWords();
        say('tell them these words, by another way than the drop; they join with dead-drop desk join:');
        tell(json, { words }, words);
        await sendFirstKeys(held, member, Buffer.from(words), options);
      });
    });
}

/** Gives `desk join` what it does. */
export function joinCommand(command: Command): Command {
  return inboxOption(ownerCommand(command))
    .argument('<letter>', 'in which the invitation came, as inbox lists it')
    .option('--out <file>', "where the desk's keys are to be kept, or are kept already", DESK_FILE)
    .addOption(secretOption('--desk-passphrase-fd', "read the passphrase of the desk's keys from this descriptor"))
    .addOption(wordsOption())
    .action(async (what: string, options: JoinOptions) => {
      const { inbox, json } = options;
      const desk = await withIdentity(options, async (held) => {
        const letter = await findLetter(inbox, held, what);
        const text = await readInvitation(inbox, held, letter);
        const own = held.current().signing.publicKey;
        const others = await (existsSync(options.out) ? renew : joinAnew)(text, own, letter, options);
        // What stays of it could give back keys that are destroyed one day.
        const isLeft = await removeFromLetter(inbox, letter, INVITATION_NAME, held.current().storageKey);
        say(
          isLeft
            ? 'the invitation is removed from the letter in which it came; what else was in it stays in the inbox'
            : 'the letter in which the keys came is removed from the inbox',
        );
        return others;
      });
      say(`on the desk with you: ${desk.map(({ name }) => shownLine(name)).join(', ') || 'nobody'}, and who made it`);
      say(`its letters: dead-drop read --identity ${options.out}, with an inbox of its own`);
      tell(json, { identity: options.out, members: desk.map(({ name }) => name) }, options.out);
    });
}

interface JoinOptions extends OwnerOptions {
  readonly inbox: string;
  readonly out: string;
  readonly deskPassphraseFd?: number;
  readonly wordsFd?: number;
  readonly json?: boolean;
}

/** Takes the first keys of a desk, with the words that came another way. @returns the other members */
async function joinAnew(
  text: Uint8Array,
  own: Uint8Array,
  letter: ListedLetter,
  options: JoinOptions,
): Promise<Member[]> {
  const { out, deskPassphraseFd } = options;
  const desk = await openWithWords(text, own, options);
  try {
    checkInviter(desk, letter);
    const name = "New passphrase for the desk's keys";
    const option = '--desk-passphrase-fd';
    const passphrase = await secret({ name, option, fd: deskPassphraseFd, signal, isNew: true });
    await createSecretFile(out, await lockIdentity(desk, passphrase).finally(() => passphrase.fill(0)));
    return othersOn(desk, own);
  } finally {
    wipeIdentity(desk);
  }
}

async function openWithWords(text: Uint8Array, own: Uint8Array, { wordsFd }: JoinOptions): Promise<Identity> {
  const typed = await secret({ name: 'Words of the invitation', option: '--words-fd', fd: wordsFd, signal });
  const words = spellWords(typed);
  typed.fill(0);
  const desk = await openInvitation(text, words, own).finally(() => words.fill(0));
  if (desk === null) throw new Error('those are not the words of this invitation');
  return desk;
}

/** Takes newer keys of a desk that is there already. @returns the other members */
async function renew(text: Uint8Array, own: Uint8Array, letter: ListedLetter, options: JoinOptions): Promise<Member[]> {
  const asked = { name: "Passphrase of the desk's keys", option: '--desk-passphrase-fd' };
  const deskOptions = { identity: options.out, passphraseFd: options.deskPassphraseFd };
  const take = async (held: IdentityStore) => {
    checkInviter(held.current(), letter); // before anything is stretched for a stranger
    const epoch = letter.from!.contact.validFrom;
    const renewal = await openRenewal(text, held.current(), own, presentSeconds(), epoch);
    if (renewal === null) say('these keys are locked under words: they were sent anew, or you have them already');
    const newer = renewal ?? (await openWithWords(text, own, options));
    const aside = epochsAside(held.current(), newer);
    const renewed = await held.update((desk) => renewDesk(desk, newer, renewal === null));
    if (aside.length > 0)
      say(
        `the maker of the desk issued these keys from an older copy, without ${counted(aside.length, 'epoch')} that you have: yours are kept, and only those who have them read what comes to them; tell the maker of the desk`,
      );
    sayBackup('desk');
    return othersOn(renewed, own);
  };
  return withIdentity(deskOptions, take, asked);
}

/** @throws Error unless the desk itself signed the letter in which its keys came */
function checkInviter(desk: Identity, { from }: ListedLetter): void {
  if (from && Buffer.compare(from.contact.identity, desk.signing.publicKey) === 0) return;
  throw new Error(
    'that letter is not from this desk: somebody else put the invitation into it, or it is to another desk (see --out)',
  );
}

function othersOn(desk: Identity, own: Uint8Array): Member[] {
  return membersOf(desk).filter(({ contact }) => Buffer.compare(contact.identity, own) !== 0);
}

async function readInvitation(
  inbox: string,
  held: IdentityStore,
  { name, isSealed }: ListedLetter,
): Promise<Uint8Array> {
  const missing = new Error('there is no invitation in that letter');
  if (!isSealed) return readFile(join(inbox, name, INVITATION_NAME)).catch(() => Promise.reject(missing));
  return withSealed(inbox, name, held.current().storageKey, async (letter) => {
    const file = await fileIn(letter, INVITATION_NAME);
    if (file === undefined) throw missing;
    return file;
  });
}

/** Gives `desk remove` what it does. */
export function removeCommand(command: Command): Command {
  return issuingCommand(changingCommand(command))
    .argument('<name>', 'as desk members lists them')
    .action(async (name: string, options: DeskOptions) => {
      await withIdentity(options, async (held) => {
        const until = Math.max(...held.current().epochs.map(({ validUntil }) => validUntil));
        await issueNext(held, options, (desk) => removeMember(desk, name));
        const when = clock(new Date(until * 1000));
        say(`until ${when} they can still read what is written to earlier contacts, and sign in the desk's name`);
        await publishNewContact(options, contactOf(held.current()));
        await deliverKeys(held, options);
      });
    });
}

/** Gives `desk update` what it does. */
export function updateCommand(command: Command): Command {
  const update = changingCommand(command);
  const what = 'go on with what this file keeps of invite, remove, rotate or update';
  return resumeOption(update, what, ['over', 'signingKey']).action(async ({ json, ...options }: ResumeOptions) => {
    const { resume } = options;
    if (resume !== undefined) await checkKind(resume, 'unsent invitation');
    await withIdentity(options, async (held) => {
      membersOf(held.current());
      if (resume !== undefined) return tell(json, { sent: await goOnWith(held, resume, options) }, undefined);
      await changeSigned(held, options, (desk) => desk); // whoever made it
      const count = await deliverKeys(held, options);
      if (count === 0 && !process.exitCode) say('all members were sent the newest keys already');
      tell(json, { sent: count }, undefined);
    });
  });
}

/** Gives `desk members` what it does. */
export function membersCommand(command: Command): Command {
  return deskCommand(command).action(async ({ json, ...options }: DeskOptions) => {
    await withIdentity(options, async (held) => {
      const desk = held.current();
      const behind = new Set(membersBehind(desk).map(({ name }) => name));
      for (const { name, contact, epoch } of membersOf(desk)) {
        const fingerprint = printOf(contact);
        const note =
          epoch === 0
            ? '  (was not sent any keys: invite them again)'
            : behind.has(name)
              ? '  (lacks the newest keys)'
              : '';
        tell(json, { name, fingerprint, isBehind: behind.has(name) }, `${fingerprint}  ${shownLine(name)}${note}`);
      }
    });
  });
}

/** Gives `rotate` what it does: issues the keys of the next epoch, and sends a desk's to its members. */
export function rotateCommand(command: Command): Command {
  const rotating = issuingCommand(sendingCommand(signingKeyOptions(ownerCommand(command))));
  return rotating.action(async (options: DeskOptions) => {
    await withIdentity(options, async (held) => {
      if (options.state !== undefined && held.current().members === undefined)
        throw new Usage('--state goes with a desk: nothing else is sent its keys');
      const { members } = await issueNext(held, options);
      // Without the file to be published, members get their keys all the same.
      await publishNewContact(options, contactOf(held.current())).finally(() => members && deliverKeys(held, options));
    });
  });
}
