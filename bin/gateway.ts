import type { Command } from 'commander';
import { checkPage } from '../gateway/check-page.ts';
import { checkTorrc } from '../gateway/check-torrc.ts';
import { INSTALLED, parseResolver, parseTarget, sha256 } from '../gateway/front.ts';
import { checkInstalled, runFront } from '../gateway/run.ts';
import { writeFront } from '../gateway/write.ts';
import { readGiven } from './input.ts';
import { signal } from './interruption.ts';
import { checked } from './options.ts';
import { progressOf } from './progress.ts';
import { say, shownLine, tell } from './terminal.ts';

interface GatewayOptions {
  readonly drop: string;
  readonly uploads: string;
  readonly folder: string;
  readonly run?: boolean;
  readonly authorities?: string;
  readonly resolver?: string;
  readonly torrc?: string;
  readonly page?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** Makes a command the one of who runs an onion front. */
export function gatewayCommand(command: Command): Command {
  return command
    .requiredOption('--drop <url>', 'base URL of the drop, the output Url of cdk deploy', checked(parseTarget))
    .requiredOption('--uploads <url>', 'where its upload URLs lead, the output Uploads', checked(parseTarget))
    .option('--folder <folder>', 'where the configuration goes', 'dead-drop-gateway')
    .option('--run', 'run it from there, with its keys beside it, until Ctrl-C (needs tor and nginx)')
    .option('--authorities <file>', 'PEM file of the certificate authorities to trust (default: those of the system)')
    .option('--resolver <address>', 'name server (default: what /etc/resolv.conf says)', checked(parseResolver))
    .option('--torrc <file>', 'more lines for tor, such as bridges')
    .option('--page <file>', 'the page, to be served at / of the onion service, for people who have only Tor Browser')
    .option('--overwrite', 'write also over files that somebody has changed since they were written')
    .addHelpText('after', '\nWithout --run, the configuration is for a server: as a systemd unit, or in a container.')
    .action(async ({ folder, run, json, authorities, torrc, page: pageFile, overwrite, ...given }: GatewayOptions) => {
      const page = pageFile === undefined ? undefined : checkPage(await readGiven(pageFile, 'page file'));
      const front = {
        ...given,
        authorities: authorities && String(await readGiven(authorities, 'file of certificate authorities')),
        torrc: torrc && checkTorrc(await readGiven(torrc, 'torrc file')),
        page,
      };
      if (page !== undefined) say(`the page that is served has the SHA-256 ${sha256(page)}`);
      const foreign = (names: string[]) => say(`written over, and not known to be ours: ${names.join(', ')}`);
      if (!run) {
        const names = await writeFront(
          folder,
          { ...front, places: INSTALLED },
          { overwrite: overwrite ?? false, foreign },
        );
        say('written: dead-drop-gateway.service and Containerfile say at their top how to go on');
        return tell(json, { folder, files: names }, names.map((name) => `${folder}/${name}`).join('\n'));
      }
      checkInstalled();
      const show = progressOf('joining the Tor network', '%', '%');
      const progress = (percent: number) => show(percent, 100);
      const ready = (url: string) => {
        show.stop();
        say('the gateway can be reached, and is what its keys in the folder make it: keep them, and a copy');
        tell(json, { url }, url);
      };
      const stalled = (says: string) => {
        const help = 'where Tor is blocked, or reached by a proxy, name bridges or that proxy in a file with --torrc';
        say(`tor has come no further for a minute, and says: ${shownLine(says)}; ${help}`);
      };
      const running = runFront({ ...front, folder, signal, progress, stalled, overwrite, foreign, ready });
      await running.finally(show.stop);
    });
}
