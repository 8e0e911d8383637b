import { type Command, Option } from 'commander';
import { firstBookmark, keysName, newWords, onlyFrom, openMailbox, textInbox, wipeIdentity } from '../client/index.ts';
import { slotAt } from '../wire/slot.ts';
import { sayMailbox, withMailbox } from './hold.ts';
import { type ReadOptions, readInto, readLetters, readOptions } from './inbox.ts';
import { identify, knownDrop } from './input.ts';
import { fingerprintOption } from './letter.ts';
import { duration, wordsOption } from './options.ts';
import { openRoad } from './road.ts';
import { tellLetter } from './tell-letter.ts';
import { say, tell, Usage } from './terminal.ts';

const READ_HELP = `
Each answer is printed when it comes, and nothing is kept: the same answers come again the next time, as long as the drop
has them (14 days). Only --inbox keeps them, and what was read, in a folder, of which the commands inbox, show and reply
with --mailbox know more. Reading everything that a drop has takes as many requests as it has batches, 288 a day: --since
makes it shorter.`;

/** Gives `mailbox new` what it does. */
export function newMailboxCommand(command: Command): Command {
  return command.action(async ({ json }) => {
    const words = newWords();
    const mailbox = await openMailbox(Buffer.from(words), '', Date.now() / 1000);
    say('these twelve words are your mailbox. Nothing of them is kept: write them down, or learn them.');
    say('Whoever has them reads all answers to you, recorded ones too; without them nobody does, you neither.');
    say('Use a mailbox of its own for each journalist: two who compare notes would see that it is the same.');
    sayMailbox(mailbox);
    wipeIdentity(mailbox);
    tell(json, { words }, words);
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
      if (contact) identify(contact, fingerprint);
      if (!contact && fingerprint) throw new Usage('--fingerprint goes with --from');
      await withMailbox(options, place, async (held) => {
        const keys = held.current().epochs.map(keysName);
        const start = since === undefined ? undefined : slotAt(new Date(Date.now() - since));
        const first = firstBookmark(start, keys);
        // An inbox keeps everything, and its listing says from whom it is.
        if (inbox !== undefined) return readLetters(held, place, { ...options, inbox }, first);
        const drop = await openRoad(place, options);
        let count = 0;
        const show = textInbox((letter, text) => {
          count += 1;
          tellLetter(json, letter, text);
        });
        await readInto(held, drop, contact ? onlyFrom(contact.identity, show) : show, options, first);
        if (count === 0) say('no answer');
      });
    });
}
