#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import {
  atOnce,
  type CollectEvent,
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
  paceOver,
  readBookmark,
  register,
  TooLate,
  tryIds,
  type Unopened,
  unlockIdentity,
  upload,
  watch,
  wipeIdentity,
  writeBookmark,
} from '../client/index.ts';
import packageJson from '../package.json' with { type: 'json' };
import { SLOT_SECONDS } from '../wire/sizes.ts';
import { gatewayCommand } from './gateway.ts';
import { letterText, readContact, readGiven, sealedIdFromInput } from './input.ts';
import { signal } from './interruption.ts';
import {
  duration,
  IDENTITY_FILE,
  identityOption,
  passphraseOption,
  sealedIdArgument,
  shieldSealedId,
  wholeNumber,
} from './options.ts';
import { planTeller } from './plan.ts';
import { openRoad, type RoadOptions, roadCommand } from './road.ts';
import { describe, passphrase, progressOf, say, tell, Usage } from './terminal.ts';

const INBOX = 'inbox';
const VALID_DAYS = 365;

/** A plan of a week leaves a day for what holds it up, before `send` refuses to go on. */
const OVER_MAX_DAYS = 7;

const LETTER_HELP = `
Without --text-file and files, the text is read from standard input.

The time of --over must stay well below the drop's retention: each part of a letter is gone 14 days after it came, or
sooner, after one day if the operator chose so, and the journalist needs time to read all of them. While the drop cannot
be reached, a step waits and is tried again; steps that were missed are planned anew. A letter that is not registered
8 days after its first part went up is given up, and has to be sent anew.`;

const WATCH_HELP = `
With --watch, polls come at random distances, and each cell is fetched at a random moment, not when it is found: one in
--gap seconds on average, by default a fifth of --every and at most 60. That something is fetched still shows that there
was a letter. Without it, all is fetched at once.`;

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
  const { drop, uploaded, pace } = await uploadLetter(files, options, true);
  try {
    await pace(uploaded.cells, uploaded.cells + 1, () => register(drop, uploaded));
  } catch (error) {
    if (error instanceof TooLate) throw error; // its sealed id is of no use any more
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
    const { uploaded } = await uploadLetter(files, options, false);
    const sealedId = formatSealedId(uploaded.seal());
    say(
      'uploaded: register the sealed id before the drop lets the letter expire (14 days after its first cell, or sooner)',
    );
    tell(options.json, { sealedId }, sealedId);
  },
);

roadCommand(command('register', 'register a letter that was uploaded before'))
  .argument('<sealed id>', 'what upload printed; - reads it from standard input', sealedIdArgument)
  .addOption(new Option('--to <contact>', 'contact file of the journalist, which names the drop').conflicts('drop'))
  .option('--drop <url>', 'base URL of the drop')
  .action(async (given: Uint8Array | undefined, { to, drop: url, json, ...options }) => {
    if (!to && !url) throw new Usage('give the contact with --to or the drop with --drop');
    const drop = await openRoad(url ?? (await readContact(to)).drop, options);
    await register(drop, given ?? (await sealedIdFromInput()));
    say('registered');
    tell(json, { registered: true }, undefined);
  });

inboxCommand(command('read', 'collect the letters left for you, as a journalist'))
  .option('--watch', 'go on until Ctrl-C')
  .option('--every <seconds>', 'how often to look on average, with --watch', wholeNumber(1, 86_400), SLOT_SECONDS)
  .option('--gap <seconds>', 'how long to wait on average before each cell (1 MiB), with --watch', wholeNumber(0, 60))
  .addHelpText('after', WATCH_HELP)
  .action(async ({ watch: isWatching, every, gap, inbox, drop: url, json, ...options }) => {
    await withIdentity(options, async (identity) => {
      const drop = await openRoad(url ?? identity.drop, options);
      const bookmark = await readBookmark(inbox, identity, drop.url);
      const progress = progressOf('fetching', 'bytes');
      const report = (event: CollectEvent) => {
        progress.stop();
        tellEvent(json, event);
      };
      const save = () => writeBookmark(inbox, identity, drop.url, bookmark);
      const reading = { drop, keys: identity.sealing, inbox, bookmark, save, report, progress };
      const trouble = (error: unknown) => say(`${describe(error)}; looking again later`);
      if (isWatching) say('watching until Ctrl-C');
      await (isWatching ? watch({ ...reading, every, gap, trouble }) : collect(reading)).finally(progress.stop);
    });
  });

inboxCommand(command('open', 'open one letter whose sealed id came by another road'))
  .argument('<sealed id>', '108 characters, as in a batch; - reads it from standard input', sealedIdArgument)
  .action(async (given: Uint8Array | undefined, { inbox, drop: url, json, ...options }) => {
    const sealedId = given ?? (await sealedIdFromInput());
    await withIdentity(options, async (identity) => {
      const drop = await openRoad(url ?? identity.drop, options);
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

gatewayCommand(command('gateway', 'put an onion service in front of a drop, as its operator'));

const UNOPENED: Record<Unopened, string> = {
  missing: 'the drop does not have that letter: it was deleted or has expired',
  damaged: 'that letter is damaged: nothing of it was kept',
  'too new': 'that letter needs a newer version of dead-drop',
};

await run();

/** Parses and carries out the command line; sets the exit status and never throws. */
async function run(): Promise<void> {
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
  const letter = command(name, description)
    .requiredOption('--to <contact>', 'contact file of the journalist')
    .option('--text-file <file>', 'text of the letter; - is standard input')
    .option(
      '--over <duration>',
      'spread what is sent over this time, like 6h, at random moments; nothing is kept if it is interrupted',
      duration(OVER_MAX_DAYS),
    )
    .argument('[files...]', 'files to go with it, under their own names without their folders')
    .addHelpText('after', LETTER_HELP);
  return roadCommand(letter);
}

function inboxCommand(of: Command): Command {
  const inbox = of
    .addOption(identityOption())
    .addOption(passphraseOption())
    .option('--inbox <folder>', 'where letters go, each into a folder of its own', INBOX)
    .option('--drop <url>', 'base URL of the drop, when it is no longer the one in the identity');
  return roadCommand(inbox);
}

interface LetterOptions extends RoadOptions {
  readonly to: string;
  readonly textFile?: string;
  /** Milliseconds. */
  readonly over?: number;
}

/** @param toRegister - whether the registration is to come, as the last step of the plan */
async function uploadLetter(paths: string[], { to, textFile, over, ...road }: LetterOptions, toRegister: boolean) {
  const contact = await readContact(to);
  checkContact(contact, new Date()); // before anybody writes a text for nothing
  const drop = await openRoad(contact.drop, road);
  const files = [];
  for (const path of paths) files.push(await fileAt(path));
  const text = await letterText(textFile, files.length > 0);
  const draft: Draft = { text, files };
  const show = progressOf('uploading', 'MiB');
  const progress = ({ cellsDone, cellsTotal }: { cellsDone: number; cellsTotal: number }) =>
    show(cellsDone, cellsTotal);
  const pace = over === undefined ? atOnce : paceOver(over, { signal, ...planTeller(toRegister, show.stop) });
  const uploaded = await upload(drop, contact, draft, { progress, pace, toRegister }).finally(show.stop);
  return { drop, uploaded, pace };
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
