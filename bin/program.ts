import { Command, CommanderError } from 'commander';
import { auditCommand } from './audit.ts';
import { drawNothing } from './bottom.ts';
import { canaryCommand } from './canary.ts';
import { coverCommand } from './cover.ts';
import {
  inviteCommand,
  joinCommand,
  membersCommand,
  newDeskCommand,
  removeCommand,
  rotateCommand,
  updateCommand,
} from './desk.ts';
import { doctorCommand } from './doctor.ts';
import { gatewayCommand } from './gateway.ts';
import { listCommand, openCommand, readCommand, showCommand } from './inbox.ts';
import { contactCommand, keygenCommand } from './keys.ts';
import { registerCommand, sendCommand, uploadCommand } from './letter.ts';
import { newMailboxCommand, readMailboxCommand } from './mailbox.ts';
import { addSecretFiles } from './options.ts';
import { pageCommand } from './page.ts';
import { replyCommand } from './reply.ts';
import { detachCommand, revokeCommand } from './signing-key.ts';
import { write } from './terminal.ts';
import { versionText } from './version.ts';

/** What people type. */
export const program = new Command('dead-drop')
  .description('Leave a letter for a journalist, or collect the letters left for you, through a dead drop.')
  .option('-V, --version', 'output the version, the commit, and what to compare with')
  .showHelpAfterError('(dead-drop help COMMAND says more)')
  .configureOutput({ writeErr: (words) => process.stderr.write(words) })
  .exitOverride();

program.on('option:version', () => {
  write(versionText());
  throw new CommanderError(0, 'commander.version', '');
});

program.commandsGroup('As a source:');
sendCommand(command('send', 'leave a letter'));
uploadCommand(command('upload', 'upload a letter without registering it; prints the sealed id to register later'));
registerCommand(command('register', 'register a letter that was uploaded before'));
const mailbox = group('mailbox', 'be answered, and keep nothing but twelve words');
newMailboxCommand(command('new', 'make the words of a mailbox', mailbox));
readMailboxCommand(command('read', 'read the answers to a mailbox', mailbox));

program.commandsGroup('As a journalist:');
keygenCommand(command('keygen', 'make an identity'));
contactCommand(command('contact', 'print the contact of your identity, for sources, and its fingerprint'));
pageCommand(command('page', 'make the page with which sources write to you in Tor Browser'));
rotateCommand(command('rotate', 'issue the next keys of your identity'));
detachCommand(command('detach', 'move the signing key of your identity into a file of its own'));
revokeCommand(command('revoke', 'say for ever that nobody is to write to your identity any more'));
readCommand(command('read', 'collect the letters left for you'));
listCommand(command('inbox', 'list the letters collected, conversation by conversation'));
showCommand(command('show', 'show one letter'));
replyCommand(command('reply', 'answer a letter'));
openCommand(command('open', 'open one letter whose sealed id came another way'));
const desk = group('desk', 'share an identity with other journalists');
newDeskCommand(command('new', 'make a desk', desk));
inviteCommand(command('invite', 'take somebody on, or send them the keys anew', desk));
joinCommand(command('join', 'take the keys that an invitation brings, the first ones and newer ones', desk));
membersCommand(command('members', 'list who is on the desk', desk));
removeCommand(command('remove', 'take somebody off: issues new keys, for those who remain', desk));
updateCommand(command('update', 'send the newest keys to members who lack them', desk));

program.commandsGroup('As anybody:');
auditCommand(command('audit', 'check what a drop that somebody else runs lets anybody see of its promises'));
canaryCommand(command('canary', 'send yourself a letter, and see whether the drop swallows it'));
coverCommand(command('cover', 'be one of many: send and fetch what means nothing, so that others do not stand out'));

program.commandsGroup('As an operator:');
doctorCommand(command('doctor', 'look at your AWS account before a drop is deployed, and at both afterwards'));
gatewayCommand(command('gateway', 'put an onion service in front of a drop'));

program.commandsGroup('Commands:');
/** Words with commands of their own. */
export const groups = [mailbox, desk];
for (const of of [program, ...groups]) helpCommand(of);
addSecretFiles(program);
program.hook('preAction', (_, action) => {
  if (action.opts().plain) drawNothing();
});

/** A command with what all have in common. */
function command(name: string, description: string, of = program): Command {
  return of
    .command(name)
    .description(description)
    .option('--json', 'print JSON, a value on each line')
    .option('--plain', 'draw nothing anew on the terminal, as screen readers want it (or set DEAD_DROP_PLAIN=1)');
}

/** Gives a word the command that says more of those below it, however deep. */
function helpCommand(of: Command): void {
  of.helpCommand(false)
    .command('help')
    .description('display help for command')
    .argument('[command...]', 'as it is typed')
    .action((names: string[]) => {
      let found = of;
      for (const name of names) {
        const next = found.commands.find((each) => each.name() === name);
        if (next === undefined) of.error(`error: unknown command '${names.join(' ')}'`);
        found = next!;
      }
      found.outputHelp();
    });
}

/** A word with commands of its own. */
function group(name: string, description: string): Command {
  return program.command(name).description(description);
}
