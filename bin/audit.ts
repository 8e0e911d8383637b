import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  AUDIT_BATCHES,
  AUDIT_GROUPS,
  type AuditGroup,
  type AuditResult,
  type AuditVerdict,
  audit,
  auditCost,
} from '../client/index.ts';
import { RETENTION_DAYS } from '../wire/sizes.ts';
import { signal } from './interruption.ts';
import { wholeNumber } from './options.ts';
import { openRoad, type RoadOptions, roadCommand } from './road.ts';
import { progressOf, say, shownLine, tell } from './terminal.ts';

const HELP = `
Each check says pass, fail or cannot tell: the last for what the network lost, and for what nobody outside can see. The
exit status is 1 when a check failed. An audit leaves one upload and one registration, both genuine and for nobody;
everything else that it tries has to be refused, and would harm nothing if it were not. It asks what no source or
journalist asks, so that a drop can know it for an audit, and behave: passes are no proof.`;

interface AuditCommandOptions extends RoadOptions {
  readonly batches: number;
  readonly retention: number;
  readonly only?: readonly AuditGroup[];
  readonly wait?: boolean;
  readonly json?: boolean;
}

/** Gives `audit` what it does. */
export function auditCommand(command: Command): Command {
  return roadCommand(command)
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
    .action(async (url: string, { batches, retention, only, wait: isToWait, json, ...road }: AuditCommandOptions) => {
      const drop = await openRoad(url, road);
      const wait = isToWait ? (time: number) => sleep(time, undefined, { signal }) : undefined;
      const options = { batches, retentionDays: retention, only, wait };
      const { requests, bytes } = auditCost(options);
      say(`about ${requests} requests, each on circuits of its own, and ${Math.ceil(bytes / 2 ** 20)} MiB`);
      const show = progressOf('auditing', 'checks');
      let group: AuditGroup | undefined;
      const report = (result: AuditResult) => {
        show.stop();
        const head = result.group === group ? '' : `${group === undefined ? '' : '\n'}${TITLES[result.group]}\n`;
        group = result.group;
        tell(json, result, head + textOf(result));
      };
      // A line of each check is progress enough where no bar can be drawn.
      const next = process.stderr.isTTY ? show : undefined;
      const results = await audit(drop, { ...options, report, ...(next && { next }) }).finally(show.stop);
      const count = (verdict: AuditVerdict) => results.filter((result) => result.verdict === verdict).length;
      const [passed, failed, unclear] = [count('pass'), count('fail'), count('cannot tell')];
      say(`${passed} pass, ${failed} fail, ${unclear} cannot tell`);
      if (failed > 0) process.exitCode = 1;
    });
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

const INDENT = 13;
const COLUMNS = 80;

/** A check as people read it: verdict, promise, then why. */
function textOf({ verdict, promise, why }: AuditResult): string {
  const [first, ...more] = wrapped(promise);
  const lines = [
    verdict.padEnd(INDENT) + first,
    ...[...more, ...wrapped(`- ${shownLine(why)}`)].map((line) => ' '.repeat(INDENT) + line),
  ];
  return lines.join('\n');
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > COLUMNS - INDENT) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** Reads the groups of `--only`, with commas between. */
function groups(text: string): AuditGroup[] {
  return text.split(',').map((name) => {
    const found = AUDIT_GROUPS.find((group) => group === name);
    if (found === undefined)
      throw new InvalidArgumentError(`They are ${AUDIT_GROUPS.join(', ')}, with commas between.`);
    return found;
  });
}
