import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import { readBuilt } from '#program';
import { mistimingOf } from '../core/keys/identity.ts';
import {
  type Contact,
  checkContact,
  checkOnion,
  checkSignature,
  createFile,
  dayOf,
  formatContact,
  isOnion,
  presentSeconds,
  Revoked,
  readPublished,
  spelledOut,
} from '../node/index.ts';
import { contactsOf, formatPage } from '../page/page-file.ts';
import { readContact, readGiven } from './input.ts';
import { printOf } from './letter-report.ts';
import { say, tell, Usage } from './terminal.ts';
import { type TransportOptions, transportCommand } from './transport.ts';

/** Names of one or two lines on a small screen. */
const NAME_MAX_CHARACTERS = 80;

const HELP = `
The page is one HTML file: a source opens it in Tor Browser and needs nothing else. It speaks to the drop's onion address
only, so the contact's drop has to be one (see dead-drop gateway). Make it anew when the contact changes, and publish it
where sources look for the contact, with the fingerprint and the hash beside it: who gets a false page is lost.

With --check, you see whether a page is the one that this version makes of the contacts in it.`;

interface PageOptions extends TransportOptions {
  readonly contact?: readonly string[];
  readonly name?: readonly string[];
  readonly check?: string;
  readonly hash?: boolean;
  readonly out?: string;
  readonly json?: boolean;
}

/** Gives the command that makes a page for sources what it does. */
export function pageCommand(command: Command): Command {
  const collected = (value: string, before: readonly string[] = []) => [...before, value];
  return transportCommand(command)
    .option('--contact <file>', 'contact to write to, or its address; again for each further one', collected)
    .option('--name <name>', 'what sources know them by, once for each contact', collected)
    .option('--out <file>', 'write it to a new file instead')
    .option('--check <file>', 'see whether a page is what this version makes of its contacts')
    .option('--hash', 'print the SHA-256 of the page without contacts, which is that of this version')
    .addHelpText('after', HELP)
    .action(async (options: PageOptions) => {
      const { contact = [], check, hash } = options;
      if (Number(contact.length > 0) + Number(check !== undefined) + Number(hash ?? false) !== 1)
        throw new Usage('give one of --contact, --check and --hash');
      if (hash) return tellHash(options);
      return check === undefined ? makePage(contact, options) : checkPage(check, options);
    });
}

async function tellHash({ json }: PageOptions): Promise<void> {
  const hash = sha256(await pageTemplate());
  tell(json, { hash }, hash);
}

async function makePage(places: readonly string[], options: PageOptions): Promise<void> {
  const { name = [], out, json } = options;
  if (name.length > 0 && name.length !== places.length) throw new Usage('give one --name for each --contact, or none');
  const contacts: Contact[] = [];
  for (const place of places) contacts.push(await readContact(place, options).catch(tellRevoked));
  contacts.forEach(checkForPage);
  for (const contact of contacts) checkContact(contact);
  const names = contacts.map((_, i) => (name[i] ?? '').trim());
  const fault = faultOf(names, contacts);
  if (fault !== undefined) throw new Usage(fault);
  const template = await pageTemplate();
  const page = pageFor(template, names, contacts);
  const hashes = { page: sha256(page), withoutContacts: sha256(template) };
  for (const contact of contacts) say(`writes to the fingerprint ${printOf(contact)}`);
  say(`works until ${dayOf(Math.min(...contacts.map(({ validUntil }) => validUntil)))}: make it anew before that`);
  say(`SHA-256 of the page ${hashes.page}`);
  say(`of that without contacts ${hashes.withoutContacts}, as every page of this version`);
  if (out !== undefined) await createFile(out, page);
  const value = { ...hashes, fingerprints: contacts.map(printOf) };
  tell(json, out === undefined ? { ...value, html: page } : value, out ?? page);
}

/** Says what is to become of a page whose contact is revoked. @throws Error the same again */
function tellRevoked(error: Error): never {
  if (error instanceof Revoked) say('take its page away wherever it is published, and put the revocation there');
  throw error;
}

/** @throws Error in one line when a page can never write to a contact */
function checkForPage(contact: Contact): void {
  if (contact.kind === 'mailbox')
    throw new Error('that is the return contact of a mailbox: a page needs one of an identity');
  const drop = new URL(contact.drop);
  if (!isOnion(drop))
    throw new Error(
      'the drop of that contact has no onion address: a browser asks the storage for permission before each cell, and AWS may keep that it asked; put an onion front before the drop (dead-drop gateway), and make the contact for its address',
    );
  checkOnion(drop);
}

/** Why a source could take somebody of a page for somebody else, if so. */
function faultOf(names: readonly string[], contacts: readonly Contact[]): string | undefined {
  if (names.length > 1 && names.includes(''))
    return 'a source chooses among several by their names: give one --name for each --contact';
  if (names.some((name) => [...name].length > NAME_MAX_CHARACTERS))
    return `a name has at most ${NAME_MAX_CHARACTERS} characters`;
  if (names.some((name) => /[\p{C}\p{Zl}\p{Zp}]/u.test(name) || name !== name.trim()))
    return 'a name is text in one line, with nothing invisible in it';
  if (new Set(contacts.map(printOf)).size < contacts.length) return 'one of those contacts is there twice';
  return undefined;
}

async function checkPage(path: string, { json }: PageOptions): Promise<void> {
  const given = await readGiven(path, 'page');
  const text = given.toString();
  const list = contactsOf(text);
  const template = await pageTemplate();
  const contacts = list.map(({ contact }) => readPublished(contact));
  const names = list.map(({ name }) => name);
  const isSame = Buffer.from(pageFor(template, names, contacts)).equals(given);
  for (const [i, contact] of contacts.entries()) {
    checkSignature(contact);
    checkForPage(contact);
    const name = names[i]!;
    const until = dayOf(contact.validUntil);
    if (mistimingOf(contact, presentSeconds()) === 'over')
      say('by the clock of this machine the next one is over: a page writes to nobody then');
    say(
      `${name === '' ? 'writes' : `${spelledOut(name)} writes`} to the fingerprint ${printOf(contact)}, until ${until}`,
    );
  }
  const fault = faultOf(names, contacts);
  if (fault !== undefined) throw new Error(`that page is none that this command makes: ${fault}`);
  if (!isSame)
    throw new Error('that page is not what this version makes of these contacts: it is of another version, or false');
  const hashes = { page: sha256(text), withoutContacts: sha256(template) };
  say('it is what this version makes of these contacts, byte for byte: compare the fingerprint');
  tell(json, { ...hashes, fingerprints: contacts.map(printOf) }, hashes.page);
}

/** The page for some contacts, each in its one spelling. */
function pageFor(template: string, names: readonly string[], contacts: readonly Contact[]): string {
  return formatPage(
    template,
    contacts.map((contact, i) => ({ name: names[i]!, contact: formatContact(contact) })),
    contacts.map(({ drop }) => new URL(drop).origin),
  );
}

/** The page without contacts: as it was built for the package, or made of its sources in a checkout. */
async function pageTemplate(): Promise<string> {
  const built = readBuilt('page/template.html');
  if (built !== undefined) return built;
  const { bundlePage } = await import('./bundle-page.ts');
  return bundlePage();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
