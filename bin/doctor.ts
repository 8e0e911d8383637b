import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { DoctorGroup } from '../doctor/check.ts';
import { parseTemplate, type Template } from '../doctor/template.ts';
import type { Synthesized } from '../doctor/visit.ts';
import { APP, synthesize } from '../lib/synthesize.ts';
import { checkDropUrl } from '../node/index.ts';
import { canDraw } from './bottom.ts';
import { outcomeText } from './canary-report.ts';
import { checkTeller } from './check-report.ts';
import { readGiven } from './input.ts';
import { signal } from './interruption.ts';
import { checked, wholeNumber } from './options.ts';
import { clock } from './plan.ts';
import { progressOf, tellWaiting } from './progress.ts';
import { say, Usage } from './terminal.ts';
import { openTransport, type TransportOptions, transportCommand } from './transport.ts';

const HELP = `
For the operator's machine only: it asks AWS, with your AWS credentials and not over Tor. Never run it as a source or as a
journalist, nor where you read or write letters. It only reads at AWS, which keeps its calls in the event history for 90
days as it keeps yours in the console. The drop itself is reached over Tor: it gets a letter for nobody, which is waited
for (about 10 minutes), and an audit.

Each check says pass, fail or cannot tell, and what to do: cannot tell is what AWS did not answer or these credentials may
not ask. Without the stack, only the account is looked at. The exit status is 1 when a check failed, or nothing could be
looked at. Not yet tried on AWS: docs/operating.md has the checks, and the rights that they need.`;

/** Nobody has to take the operator for a journalist. */
const LOOK_SECONDS = 20;

interface DoctorCommandOptions extends TransportOptions {
  readonly stack: string;
  readonly region?: string;
  readonly profile?: string;
  readonly context: Readonly<Record<string, string>>;
  readonly template?: string;
  readonly url?: string;
  readonly letter: boolean;
  readonly look: number;
  readonly audit: boolean;
  readonly json?: boolean;
}

/** Gives `doctor` what it does. */
export function doctorCommand(command: Command): Command {
  return transportCommand(command)
    .option('--stack <name>', 'the stack of the drop', 'DeadDrop')
    .option('--region <region>', 'region of AWS (default: what the environment or the profile says)')
    .option('--profile <name>', 'profile of the AWS configuration (default: as the AWS CLI chooses)')
    .addOption(
      new Option('-c, --context <name=value>', 'a setting, as it is given to cdk deploy; may be repeated')
        .argParser(setting)
        .default({}, 'none'),
    )
    .option('--template <file>', "the template of an app of your own, cdk.out/....template.json (default: this one's)")
    .option('--url <url>', 'base URL of the drop (default: the output Url of the stack)', checked(readUrl))
    .option('--no-letter', 'send no letter, and wait for none')
    .option('--look <seconds>', 'how often to look for the letter on average', wholeNumber(1, 200), LOOK_SECONDS)
    .option('--no-audit', 'do not audit the drop')
    .addHelpText('after', HELP)
    .action(async (given: DoctorCommandOptions) => {
      const { stack, url, letter, look, audit, json, ...options } = given;
      const expected = await findTemplate(options);
      // Only here: whoever does not run a drop on AWS has none of it.
      const [{ openAws }, { doctor }] = [await import('../doctor/open-aws.ts'), await import('../doctor/doctor.ts')];
      const { aws, region } = await openAws({ ...options, signal });
      const show = progressOf('looking', 'check');
      const audited = progressOf('auditing', 'check');
      const clear = () => {
        show.stop();
        audited.stop();
      };
      const { report, sum } = checkTeller(TITLES, json, clear);
      const note = (words: string) => {
        show.stop();
        say(`${clock(new Date())}: ${words}`);
      };
      const open = (at: string) => openTransport(at, options);
      const drop = { url, open, letter, look, audit, textOf: outcomeText, note, ...(canDraw() && { audited }) };
      // A line of each check is progress enough where no bar can be drawn.
      const next = canDraw() ? show : undefined;
      const looking = doctor({ aws, region, stack, expected, drop, signal, report, ...(next && { next }) });
      sum(await looking.finally(clear));
    });
}

const TITLES: Readonly<Record<DoctorGroup, string>> = {
  account: 'The account',
  stack: 'The stack',
  drop: 'The drop, as anybody reaches it',
};

/** Reads what `-c` has, one after another. */
function setting(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const [, name, value] = /^([\w:@/.-]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('It must be like retention=7.');
  return { ...before, [name]: value! };
}

function readUrl(text: string): string {
  checkDropUrl(text);
  return text;
}

/**
 * What would be deployed: the template of the file, or the one that this checkout synthesizes.
 *
 * @throws Usage; Error when a file is no template, or the checkout's does not synthesize
 */
async function findTemplate({
  template: file,
  context,
}: Pick<DoctorCommandOptions, 'template' | 'context'>): Promise<Synthesized> {
  const isGiven = Object.keys(context).length > 0;
  if (file !== undefined) {
    if (isGiven) throw new Usage('--template and --context contradict each other');
    return { template: parseTemplate(String(await readGiven(file, 'template'))) };
  }
  if (existsSync(APP)) return { template: await synthesized(context) };
  // The published package has the construct, and no app.
  if (isGiven) throw new Usage('--context is for a checkout: name the template of your app with --template');
  return { whyNot: 'Name the template of your app with --template, such as cdk.out/Mine.template.json.' };
}

async function synthesized(context: Readonly<Record<string, string>>): Promise<Template> {
  const folder = mkdtempSync(join(tmpdir(), 'dead-drop-template-'));
  try {
    await synthesize(folder, signal, context).finally(tellWaiting('the template, which is synthesized'));
    const [name] = readdirSync(folder).filter((each) => each.endsWith('.template.json'));
    return parseTemplate(readFileSync(join(folder, name!), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
