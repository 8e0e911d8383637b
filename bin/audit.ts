import { type Command, InvalidArgumentError, Option } from 'commander';
import { AUDIT_BATCHES, AUDIT_GROUPS, type AuditGroup, audit, auditCost, sleepFor } from '../node/index.ts';
import { RETENTION_DAYS } from '../wire/sizes.ts';
import { canDraw } from './bottom.ts';
import { checkTeller } from './check-report.ts';
import { signal } from './interruption.ts';
import { wholeNumber } from './options.ts';
import { progressOf } from './progress.ts';
import { counted, say } from './terminal.ts';
import { openTransport, type TransportOptions, transportCommand } from './transport.ts';

const HELP = `
Each check says pass, fail or cannot tell: the last for what the network lost, and for what nobody outside can see. The
exit status is 1 when a check failed. An audit leaves one upload and one registration, both genuine and for nobody;
everything else that it tries has to be refused, and would harm nothing if it were not. It asks what no source or
journalist asks, so that a drop can know it for an audit, and behave: passes are no proof.`;

interface AuditCommandOptions extends TransportOptions {
  readonly batches: number;
  readonly retention: number;
  readonly only?: readonly AuditGroup[];
  readonly wait?: boolean;
  readonly json?: boolean;
}

/** Gives `audit` what it does. */
export function auditCommand(command: Command): Command {
  return transportCommand(command)
    .argument('<url>', 'base URL of the drop')
    .addOption(
      new Option('--batches <number>', 'how many batches to read: newest ones, and others at random')
        .argParser(wholeNumber(1, 10_000))
        .default(AUDIT_BATCHES),
    )
    .addOption(
      new Option('--retention <days>', 'for how long the drop says that it keeps things')
        .argParser(wholeNumber(1, RETENTION_DAYS))
        .default(RETENTION_DAYS),
    )
    .option('--wait', 'wait until what it registers is published, for up to a quarter of an hour')
    .addOption(
      new Option(
        '--only <groups>',
        `only these checks: ${AUDIT_GROUPS.join(', ')}; batches, expiry and headers only read`,
      ).argParser(groups),
    )
    .addHelpText('after', HELP)
    .action(
      async (url: string, { batches, retention, only, wait: isToWait, json, ...transport }: AuditCommandOptions) => {
        const drop = await openTransport(url, transport);
        const wait = isToWait ? (time: number) => sleepFor(time, signal) : undefined;
        const options = { batches, retentionDays: retention, only, wait };
        const { requests, bytes } = auditCost(options);
        say(
          `about ${counted(requests, 'request')}, each on circuits of its own, and ${Math.ceil(bytes / 2 ** 20)} MiB`,
        );
        const show = progressOf('auditing', 'check');
        const { report, sum } = checkTeller(TITLES, json, show.stop);
        // A line of each check is progress enough where no bar can be drawn.
        const next = canDraw() ? show : undefined;
        sum(await audit(drop, { ...options, report, ...(next && { next }) }).finally(show.stop));
      },
    );
}

const TITLES: Readonly<Record<AuditGroup, string>> = {
  batches: 'Batches: what everybody reads',
  expiry: 'Expiry: what must be gone',
  refused: 'Refused: what nobody may',
  uploads: 'Uploads: one PUT of one cell',
  ids: 'Registrations',
  headers: 'Answers: what they say besides',
  unknowable: 'What nobody can tell from outside',
};

/** Reads the groups of `--only`, with commas between. */
function groups(text: string): AuditGroup[] {
  return text.split(',').map((name) => {
    const found = AUDIT_GROUPS.find((group) => group === name);
    if (found === undefined)
      throw new InvalidArgumentError(`They are ${AUDIT_GROUPS.join(', ')}, with commas between.`);
    return found;
  });
}
