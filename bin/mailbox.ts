import { type Command, Option } from 'commander';
import {
  createSecretFile,
  firstBookmark,
  keysName,
  newWords,
  onlyFrom,
  openMailbox,
  textInbox,
  wipeIdentity,
} from '../node/index.ts';
import { slotAt } from '../wire/slot.ts';
import { type ReadOptions, readInto, readLetters, readOptions } from './inbox.ts';
import { checkIdentity, knownDrop } from './input.ts';
import { fingerprintOption } from './letter.ts';
import { tellLetter } from './letter-report.ts';
import { duration, wordsOption } from './options.ts';
import { clock } from './plan.ts';
import { checkPrivate, say, tell, Usage, write } from './terminal.ts';
import { openTransport } from './transport.ts';
import { sayMailbox, withMailbox } from './unlock.ts';

const READ_HELP = `
Each answer is printed when it comes, and nothing is kept: the same answers come again the next time, as long as the drop
has them (14 days). Only --inbox keeps them, and what was read, in a folder, of which the commands inbox, show and reply
with --mailbox know more. Two weeks of a drop are some fifty requests; --since makes it shorter. An older drop, which has no
summaries, is asked for each batch: 288 a day.`;

/** Gives `mailbox new` what it does. */
export function newMailboxCommand(command: Command): Command {
  const out = 'write the words to this new file, which only you may read, and do not print them';
  return command.option('--out <file>', out).action(async ({ json, out }) => {
    if (out === undefined) checkPrivate('mailbox new --out');
    const words = newWords();
    if (out !== undefined) {
      await createSecretFile(out, `${words}\n`).catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'EEXIST' ? new Error('that file exists already: it is not overwritten') : error;
      });
    }
    const mailbox = await openMailbox(Buffer.from(words));
    say('these twelve words are your mailbox. Nothing of them is kept: write them down, or learn them.');
    say('Anybody who has them can read all answers to you, recorded ones too; without them nobody can, not even you.');
    say('The journalist can be sure that your letters are from it, and can prove it to nobody else.');
    say('Use a mailbox of its own for each journalist: two who compare notes would see that it is the same.');
    sayMailbox(mailbox);
    wipeIdentity(mailbox);
    if (out === undefined) tell(json, { words }, words);
    else tell(json, { out }, out);
  });
}

interface MailboxOptions extends Omit<ReadOptions, 'inbox'> {
  readonly from?: string;
  readonly drop?: string;
  readonly fingerprint?: Uint8Array;
  /** Milliseconds. */
  readonly since?: number;
  readonly inbox?: string;
  readonly wordsFd?: number;
}

/** Gives `mailbox read` what it does. */
export function readMailboxCommand(command: Command): Command {
  return readOptions(command)
    .addOption(
      new Option('--from <contact>', 'contact, file or address, of whom you wrote to: names drop and identity'),
    )
    .addOption(new Option('--drop <url>', 'base URL of the drop, where no contact is given'))
    .addOption(fingerprintOption())
    .option('--since <duration>', 'look no further back than this, like 2d', duration(30))
    .option('--inbox <folder>', 'keep the answers, and what was read, in this folder')
    .addOption(wordsOption())
    .addHelpText('after', READ_HELP)
    .action(async (options: MailboxOptions) => {
      const { fingerprint, since, inbox, json } = options;
      if (inbox === undefined && options.encrypted) throw new Usage('--encrypted goes with --inbox');
      const { drop: place, contact } = await knownDrop(options, options);
      if (contact) checkIdentity(contact, fingerprint);
      if (!contact && fingerprint) throw new Usage('--fingerprint goes with --from');
      await withMailbox(options, place, async (held) => {
        const keys = held.current().epochs.map(keysName);
        const start = since === undefined ? undefined : slotAt(new Date(Date.now() - since));
        const first = firstBookmark(start, keys);
        // An inbox keeps everything, and its listing says from whom it is.
        if (inbox !== undefined) return readLetters(held, place, { ...options, inbox }, first);
        const drop = await openTransport(place, options);
        const show = answerTeller(json);
        const into = contact ? onlyFrom(contact.identity, show.inbox) : show.inbox;
        await readInto(held, drop, into, options, first, { nothing: 'no answer' }).finally(show.end);
      });
    });
}

/** Prints answers one after another, each under its number and time, with an empty line between their texts. */
function answerTeller(json: boolean | undefined) {
  let count = 0;
  let hasFiles = false;
  let between = '';
  const inbox = textInbox((letter, text, time) => {
    count += 1;
    hasFiles ||= letter.files.length > 0;
    if (!json) {
      write(between);
      between = text.at(-1) === NEWLINE || process.stdout.isTTY ? '\n' : '\n\n';
      say(`answer ${count}, in the batch of ${clock(new Date(time * 1000))}:`);
    }
    tellLetter(json, letter, text, time);
  });
  return {
    inbox,
    /** Says what is kept of them. */
    end(): void {
      if (hasFiles) say('files are not kept: read again with --inbox to keep answers and their files');
    },
  };
}

const NEWLINE = 10;
