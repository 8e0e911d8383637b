#!/usr/bin/env node
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import {
  type CollectEvent,
  type Contact,
  checkContact,
  clearUnfinished,
  collect,
  contactOf,
  type Draft,
  dropAt,
  fileAt,
  formatContact,
  formatSealedId,
  type Identity,
  isOpened,
  letterName,
  lockIdentity,
  newIdentity,
  openLetter,
  parseContact,
  parseSealedId,
  readBookmark,
  register,
  tryIds,
  type Unopened,
  unlockIdentity,
  upload,
  wipeIdentity,
  writeBookmark,
} from '../client/index.ts';
import packageJson from '../package.json' with { type: 'json' };
import { SLOT_SECONDS } from '../wire/sizes.ts';
import { describe, passphrase, progressOf, say, tell, Usage } from './terminal.ts';

const IDENTITY_FILE = 'dead-drop.identity';
const INBOX = 'inbox';
const VALID_DAYS = 365;

const interruption = new AbortController();
const { signal } = interruption;

const program = new Command('dead-drop')
  .description('Leave a letter for a journalist, or collect the letters left for you, through a dead drop.')
  .version(packageJson.version)
  .showHelpAfterError('(dead-drop help COMMAND says more)')
  .configureOutput({ writeErr: (words) => process.stderr.write(words) })
  .exitOverride();

command('keygen', 'make an identity, as a journalist')
  .requiredOption('--drop <url>', 'base URL of the drop where you want your letters')
  .option('--out <file>', 'where to keep the identity, encrypted under a passphrase', IDENTITY_FILE)
  .option('--valid-days <days>', 'for how long sources may write to it', wholeNumber(1, 3650), VALID_DAYS)
  .addOption(passphraseOption())
  .action(async ({ drop, out, validDays, passphraseFd, json }) => {
    const now = Math.floor(Date.now() / 1000);
    const { url } = dropAt(drop);
    if (existsSync(out)) throw new Error('that file exists already: an identity is never overwritten');
    const secret = await passphrase(passphraseFd, signal, true);
    const identity = newIdentity(url, now, now + validDays * 86_400);
    const locked = await lockIdentity(identity, secret);
    secret.fill(0);
    wipeIdentity(identity);
    await writeFile(out, locked, { flag: 'wx', mode: 0o600 });
    say('the identity is made: whoever loses its file or its passphrase can read no letter any more');
    tell(json, { identity: out }, out);
  });

command('contact', 'print the contact of your identity, for sources')
  .addOption(identityOption())
  .addOption(passphraseOption())
  .action(async (options) => {
    const contact = await withIdentity(options, async (identity) => contactOf(identity));
    tell(options.json, { contact: formatContact(contact) }, formatContact(contact));
  });

letterCommand('send', 'leave a letter, as a source').action(async (files: string[], options) => {
  const { drop, uploaded } = await uploadLetter(files, options);
  try {
    await register(drop, uploaded);
  } catch (error) {
    const sealedId = formatSealedId(uploaded.seal());
    tell(options.json, { sent: false, sealedId }, sealedId);
    say('the letter is uploaded, and perhaps not registered: give what was printed to dead-drop register, later');
    throw error;
  }
  say('sent: the letter will stand in the next batches, among others that nobody can tell from it');
  tell(options.json, { sent: true }, undefined);
});

letterCommand('upload', 'upload a letter without registering it; prints the sealed id to register later').action(
  async (files: string[], options) => {
    const { uploaded } = await uploadLetter(files, options);
    const sealedId = formatSealedId(uploaded.seal());
    say('uploaded: register the sealed id before the drop lets the letter expire (14 days, unless it says otherwise)');
    tell(options.json, { sealedId }, sealedId);
  },
);

command('register', 'register a letter that was uploaded before')
  .argument('<sealed id>', 'what upload printed; - reads it from standard input', sealedIdArgument)
  .addOption(new Option('--to <contact>', 'contact file of the journalist, which names the drop').conflicts('drop'))
  .option('--drop <url>', 'base URL of the drop')
  .action(async (given: Uint8Array | undefined, { to, drop, json }) => {
    if (!to && !drop) throw new Usage('give the contact with --to or the drop with --drop');
    const sealedId = given ?? (await sealedIdFromInput());
    await register(dropAt(drop ?? (await readContact(to)).drop, { signal }), sealedId);
    say('registered');
    tell(json, { registered: true }, undefined);
  });

inboxCommand(command('read', 'collect the letters left for you, as a journalist'))
  .option('--watch', 'go on until Ctrl-C')
  .option('--every <seconds>', 'how often to look, with --watch', wholeNumber(1, 86_400), SLOT_SECONDS)
  .action(async ({ watch, every, inbox, drop: url, json, ...options }) => {
    await withIdentity(options, async (identity) => {
      const drop = dropAt(url ?? identity.drop, { signal });
      const bookmark = await readBookmark(inbox, identity, drop.url);
      const progress = progressOf('fetching', 'bytes');
      const report = (event: CollectEvent) => {
        progress.stop();
        tellEvent(json, event);
      };
      const save = () => writeBookmark(inbox, identity, drop.url, bookmark);
      for (;;) {
        try {
          await collect({ drop, keys: identity.sealing, inbox, bookmark, save, report, progress });
        } catch (error) {
          if (!watch || signal.aborted) throw error;
          say(`${describe(error)}; looking again later`);
        } finally {
          progress.stop();
        }
        if (!watch) return;
        // Early or late by a tenth, so that polls do not keep a beat of their own.
        await sleep(every * randomInt(900, 1101), undefined, { signal });
      }
    });
  });

inboxCommand(command('open', 'open one letter whose sealed id came by another road'))
  .argument('<sealed id>', '108 characters, as in a batch; - reads it from standard input', sealedIdArgument)
  .action(async (given: Uint8Array | undefined, { inbox, drop: url, json, ...options }) => {
    const sealedId = given ?? (await sealedIdFromInput());
    await withIdentity(options, async (identity) => {
      const drop = dropAt(url ?? identity.drop, { signal });
      const [found] = await tryIds(sealedId, identity.sealing);
      if (found === undefined) throw new Error('that sealed id is not for this identity');
      const keys = identity.sealing[found.keys]!;
      const name = letterName(found.id, keys);
      if (await isOpened(inbox, name)) {
        say('that letter is in the inbox already');
        return tell(json, { folder: join(inbox, name) }, join(inbox, name));
      }
      await clearUnfinished(inbox);
      const progress = progressOf('fetching', 'bytes');
      const letter = await openLetter(drop, keys, found.id, inbox, name, progress).finally(progress.stop);
      if (typeof letter === 'string') throw new Error(UNOPENED[letter]);
      tell(json, letter, letter.folder);
    });
  });

const UNOPENED: Record<Unopened, string> = {
  missing: 'the drop does not have that letter: it was deleted or has expired',
  damaged: 'that letter is damaged: nothing of it was kept',
  'too new': 'that letter needs a newer version of dead-drop',
};

await run();

/** Parses and carries out the command line; sets the exit status and never throws. */
async function run(): Promise<void> {
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interruption.abort());
  // Whoever read our output has gone, as `head` does: stop as if interrupted.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => interruption.abort());
  try {
    await program.parseAsync(process.argv.map(shieldSealedId));
  } catch (error) {
    if (error instanceof CommanderError)
      process.exitCode = error.exitCode === 0 ? 0 : 2; // it has spoken already
    else if (signal.aborted || declined(error)) {
      say('interrupted');
      process.exitCode = 130;
    } else {
      say(`dead-drop: ${describe(error)}`);
      process.exitCode = error instanceof Usage ? 2 : 1;
    }
  }
}

/** Whether somebody answered a question of ours with Ctrl-C. */
function declined(error: unknown): boolean {
  return error instanceof Error && error.name === 'ExitPromptError';
}

/** A command with what all have in common. */
function command(name: string, description: string): Command {
  return program.command(name).description(description).option('--json', 'print JSON, a value on each line');
}

/** `send` and `upload`: the same letter. Its text is no option, because other users of a machine see those. */
function letterCommand(name: string, description: string): Command {
  return command(name, description)
    .requiredOption('--to <contact>', 'contact file of the journalist')
    .option('--text-file <file>', 'text of the letter; - is standard input')
    .argument('[files...]', 'files to go with it, under their own names without their folders')
    .addHelpText('after', '\nWithout --text-file and files, the text is read from standard input.');
}

function inboxCommand(of: Command): Command {
  return of
    .addOption(identityOption())
    .addOption(passphraseOption())
    .option('--inbox <folder>', 'where letters go, each into a folder of its own', INBOX)
    .option('--drop <url>', 'base URL of the drop, when it is no longer the one in the identity');
}

function identityOption(): Option {
  return new Option('--identity <file>', 'your identity').default(IDENTITY_FILE).env('DEAD_DROP_IDENTITY');
}

function passphraseOption(): Option {
  const description = 'read the passphrase from this file descriptor instead of asking';
  return new Option('--passphrase-fd <number>', description).argParser(wholeNumber(0, 1023));
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < least || number > most) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return number;
  };
}

/** One sealed id in 64 begins with a hyphen and would pass for an option. A colon in front, and it does not. */
function shieldSealedId(argument: string): string {
  return /^-[\w-]{106}=$/.test(argument) ? `:${argument}` : argument;
}

function sealedIdArgument(text: string): Uint8Array | undefined {
  if (text === '-') return undefined;
  try {
    return parseSealedId(text.replace(/^:/, ''));
  } catch {
    throw new InvalidArgumentError('A sealed id has 108 characters and ends in =.');
  }
}

async function sealedIdFromInput(): Promise<Uint8Array> {
  const text = await readInput();
  try {
    return parseSealedId(text.toString().trim());
  } catch {
    throw new Usage('standard input is no sealed id: it has 108 characters and ends in =');
  }
}

/** All of standard input, or the end of it all when interrupted. */
function readInput(): Promise<Buffer> {
  return buffer(addAbortSignal(signal, process.stdin));
}

interface LetterOptions {
  readonly to: string;
  readonly textFile?: string;
}

async function uploadLetter(paths: string[], { to, textFile }: LetterOptions) {
  const contact = await readContact(to);
  checkContact(contact, new Date()); // before anybody writes a text for nothing
  const drop = dropAt(contact.drop, { signal });
  const files = [];
  for (const path of paths) files.push(await fileAt(path));
  const text = await letterText(textFile, files.length > 0);
  const draft: Draft = { text, files };
  const show = progressOf('uploading', 'MiB');
  const progress = ({ cellsDone, cellsTotal }: { cellsDone: number; cellsTotal: number }) =>
    show(cellsDone, cellsTotal);
  return { drop, uploaded: await upload(drop, contact, draft, { progress }).finally(show.stop) };
}

async function letterText(textFile: string | undefined, hasFiles: boolean): Promise<string> {
  if (textFile === undefined && hasFiles) return '';
  if (process.stdin.isTTY && (textFile ?? '-') === '-')
    say('write your letter, and end it with Ctrl-D on a line of its own:');
  const bytes = (textFile ?? '-') === '-' ? await readInput() : await readGiven(textFile!, 'text file');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error('the text is not UTF-8: send it as a file');
  }
}

/** A file that was named on the command line. Its name stays out of the error, which may be shown to somebody. */
function readGiven(path: string, what: string, hint = ''): Promise<Buffer> {
  return readFile(path, { signal }).catch(() => {
    signal.throwIfAborted();
    throw new Error(`the ${what} cannot be read${hint}`);
  });
}

async function readContact(path: string): Promise<Contact> {
  const text = await readGiven(path, 'contact file');
  // Mail and editors change line ends; the contact itself has one spelling.
  return parseContact(`${text.toString().replaceAll('\r\n', '\n').trim()}\n`);
}

async function withIdentity<T>(
  options: { identity: string; passphraseFd?: number },
  use: (identity: Identity) => Promise<T>,
): Promise<T> {
  const hint = ': make one with dead-drop keygen, or name it with --identity';
  const text = (await readGiven(options.identity, 'identity file', hint)).toString();
  const secret = await passphrase(options.passphraseFd, signal);
  const identity = await unlockIdentity(text, secret);
  secret.fill(0);
  if (identity === null) throw new Error('wrong passphrase');
  try {
    return await use(identity);
  } finally {
    wipeIdentity(identity);
  }
}

function tellEvent(json: boolean | undefined, event: CollectEvent): void {
  if (event.kind === 'letter') {
    const { folder, files, signatureUnchecked } = event.letter;
    say(`a letter came with the batch of ${event.slot}: ${files.length} ${files.length === 1 ? 'file' : 'files'}`);
    if (signatureUnchecked) say('it claims a signature, which this version does not check');
    tell(json, event, folder);
  } else {
    if (event.kind === 'skipped') say(`a ${event.what} of ${event.slot} is ${event.why}: skipped`);
    if (event.kind === 'postponed') say(`a ${event.what} of ${event.slot} has to wait: ${event.why}`);
    tell(json, event, undefined);
  }
}
