import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AWS_PACKAGES, type Aws } from '../doctor/calls.ts';
import { ACCOUNT, type Answers, accountWith, REGION, refuse, templateIn } from './account.ts';
import { command } from './command.ts';
import { sharedOutdir, withDrop } from './drop.ts';
import { serveAws } from './fake-aws.ts';
import { toPresent } from './office.ts';
import { folder } from './people.ts';

const before = (name: string) => `--import=${pathToFileURL(join(import.meta.dirname, name)).href}`;

/** What makes the shared template from the app, as `cdk deploy` would be given it. */
const AS_SHARED = ['-c', 'decoysPerMinute=0.25', '-c', 'linesPerBatch=8'];

interface Run {
  readonly answers?: Answers;
  /** The URL that the stack says. */
  readonly url?: string;
  readonly env?: Record<string, string>;
  readonly meanwhile?: (call: keyof Aws) => void;
  readonly child?: Parameters<typeof command>[1]['meanwhile'];
}

/** Runs `doctor` with the SDK's own clients, which reach an account of this machine. */
async function run(args: string[], { answers, url, env, meanwhile, child }: Run = {}) {
  const open = (storage: string) => accountWith(sharedOutdir(), answers, { storage, ...(url && { url }) }).aws;
  const served = await serveAws(open, meanwhile);
  onTestFinished(served.close);
  const cwd = folder();
  const found = {
    HOME: cwd,
    NODE_OPTIONS: before('localhost-names.ts'),
    AWS_ENDPOINT_URL: served.url,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...env,
  };
  const ended = await command(['doctor', ...args], { cwd, env: found, ...(child && { meanwhile: child }) });
  // Somebody may have to show it.
  expect(ended.out + ended.words).not.toMatch(new RegExp(`${ACCOUNT}|arn:|wJalrXUtnFEMI|AKIAIOSFODNN7`));
  return ended;
}

const QUICK = ['--no-letter', '--no-audit'];
const parsed = (out: string) =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** The template that the shared drop was made of, in a file. */
function templateFile(): string {
  const path = join(folder(), 'Mine.template.json');
  writeFileSync(path, JSON.stringify(templateIn(sharedOutdir())));
  return path;
}

test('doctor passes a drop that is deployed and works: account, stack, a letter through it, and an audit', async () => {
  const drop = await withDrop();
  toPresent(drop);
  let isOver = false;
  const publishing = (async () => {
    while (drop.waiting() === 0 && !isOver) await sleep(50);
    if (!isOver) await drop.tick();
  })();
  const { out, words, status } = await run([...AS_SHARED, '--look', '1', '--json'], { url: drop.url });
  isOver = true;
  await publishing;
  const results = parsed(out);
  expect(results.filter(({ group, verdict }) => group !== 'drop' && verdict !== 'pass')).toEqual([]);
  expect(results.find(({ name }) => name === 'template')).toEqual({
    name: 'template',
    group: 'stack',
    promise: 'The deployed template is the one that would be deployed.',
    verdict: 'pass',
    why: 'it is, resource by resource and property by property',
  });
  const [letter, audit] = results.slice(-2);
  expect(letter).toMatchObject({
    name: 'letter',
    verdict: 'pass',
    why: expect.stringMatching(/^came back after .*: 1 cell intact/),
  });
  expect(audit).toMatchObject({ name: 'audit', why: expect.stringMatching(/^\d+ pass, \d+ fail, \d+ cannot tell/) });
  expect(words).toMatch(
    /sending a letter of 1 cell\n.*: registered: looking for it for up to 10 minutes\n.*: auditing: about \d+ requests, .* MiB\n\d+ pass, /,
  );
  expect({ audit, status }).toEqual({ audit: { ...audit, verdict: 'pass' }, status: 0 });
});

test('doctor tells people in lines of 80 columns, with what to do, and ends with 1 when a check failed', async () => {
  const block = { BlockPublicPolicy: true, RestrictPublicBuckets: true };
  const answers = { getPublicAccessBlock: async () => ({ PublicAccessBlockConfiguration: block }) };
  const { out, words, status } = await run(['--template', templateFile(), ...QUICK, '--plain'], { answers });
  expect(status).toBe(1);
  expect(out).toMatch(/^The account\npass {9}The credentials are those of a role/);
  expect(out).toMatch(
    /\nfail {9}Nothing blocks public access .*\n( {13}.*\n)* {13}- BlockPublicPolicy and RestrictPublicBuckets are on\n {13}Switch it off/,
  );
  expect(out).toMatch(/\n\nThe stack\npass {9}The stack is deployed/);
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(words).toMatch(/^\d+ pass, 1 fail, 0 cannot tell\n$/);
});

test('doctor looks at the account alone where there is no stack, and ends with 0 when nothing failed', async () => {
  const answers = {
    describeStacks: async () => {
      throw Object.assign(new Error('Stack with id DeadDrop does not exist'), { name: 'ValidationError' });
    },
    listDetectors: refuse('AccessDeniedException'),
  };
  const { out, words, status } = await run(['--template', templateFile(), '--json'], { answers });
  expect({ status, words }).toEqual({ status: 0, words: expect.stringMatching(/^\d+ pass, 0 fail, 2 cannot tell\n$/) });
  const unclear = parsed(out).filter(({ verdict }) => verdict === 'cannot tell');
  expect(unclear.map(({ name }) => name)).toEqual(['guardduty', 'stack']);
});

test('doctor goes to the drop over Tor only, and cannot tell where there is none', async () => {
  const template = ['--template', templateFile(), '--json'];
  const { out, status } = await run([...template, '--socks', '127.0.0.1:1']);
  expect(status).toBe(0);
  const [letter, audit] = parsed(out).slice(-2);
  for (const result of [letter, audit]) {
    expect(result).toMatchObject({ group: 'drop', verdict: 'cannot tell', why: expect.stringMatching(/Tor/) });
  }
  const both = await run([...template, '--socks', '127.0.0.1:1', '--without-tor']);
  expect(both).toMatchObject({ status: 2, words: expect.stringContaining('contradict each other') });
});

test('doctor finds that another version is deployed, or other settings', async () => {
  const { out, status } = await run(['-c', 'decoysPerMinute=0.25', '-c', 'linesPerBatch=16', ...QUICK, '--json']);
  expect(status).toBe(1);
  expect(parsed(out).find(({ name }) => name === 'template')).toMatchObject({
    verdict: 'fail',
    todo: expect.stringContaining('give the same -c here'),
  });
});

describe('doctor says in a line', () => {
  test('that there are no credentials, or that AWS does not take them, and ends with 1', async () => {
    const template = ['--template', templateFile()];
    const without = await run(template, { env: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' } });
    expect(without).toMatchObject({ status: 1, out: '' });
    expect(without.words).toMatch(/^dead-drop: nothing can be looked at: there are no credentials .*--profile\n$/);
    const over = await run(template, { answers: { getCallerIdentity: refuse('ExpiredToken') } });
    expect(over).toMatchObject({ status: 1, out: '' });
    expect(over.words).toMatch(/^dead-drop: nothing can be looked at: AWS does not take these credentials.*\n$/);
  });

  test('that no region is named', async () => {
    const env = { AWS_REGION: '', AWS_DEFAULT_REGION: '' };
    const { words, status } = await run(['--template', templateFile()], { env });
    expect({ words, status }).toEqual({
      words: 'dead-drop: no region is named: give --region, such as --region eu-central-1, or set AWS_REGION\n',
      status: 1,
    });
  });

  test('what is not installed, and how that is done', async () => {
    const env = { NODE_OPTIONS: before('no-operator.ts') };
    const { words, status } = await run(['--template', templateFile()], { env });
    expect(status).toBe(1);
    expect(words).toBe(
      `dead-drop: AWS is asked with packages that are not installed: ${AWS_PACKAGES.join(', ')}; install them with npm install --save-dev ${AWS_PACKAGES.join(' ')}\n`,
    );
  });

  test('what is wrong with a template or a setting', async () => {
    const path = join(folder(), 'x.json');
    writeFileSync(path, '{}');
    expect(await run(['--template', path])).toMatchObject({
      status: 1,
      words: 'dead-drop: the template has no resources\n',
    });
    expect(await run(['--template', path, '-c', 'retention=7'])).toMatchObject({ status: 2 });
    expect(await run(['-c', 'retention'])).toMatchObject({ status: 2, out: '' });
    const { words, status } = await run(['-c', 'retention=15']);
    expect({ words, status }).toEqual({
      words: expect.stringMatching(/retention must be .* received 15 days\n$/),
      status: 1,
    });
  });
});

test('doctor ends with 130 on Ctrl-C, in the middle of a call', async () => {
  let interrupt = () => {};
  const child: Run['child'] = (process) => {
    interrupt = () => void process.kill('SIGINT');
  };
  const answers = { listDetectors: () => new Promise(() => {}) };
  const meanwhile = (call: keyof Aws) => {
    if (call === 'listDetectors') interrupt();
  };
  const { out, words, status } = await run(['--template', templateFile(), '--json'], { answers, meanwhile, child });
  expect({ words, status }).toEqual({ words: 'interrupted\n', status: 130 });
  expect(parsed(out).at(-1)).toMatchObject({ name: 'event-data-stores' });
});

test('other commands, and all help, need none of what only operators install', async () => {
  const env = { NODE_OPTIONS: before('no-operator.ts') };
  for (const args of [['--help'], ['help', 'doctor'], ['doctor', '--help'], ['help', 'send'], ['inbox', '--help']]) {
    const { words, out, status } = await command(args, { cwd: folder(), env });
    expect(words + out, args.join(' ')).not.toMatch(/not installed/);
    expect(status, args.join(' ')).toBe(0);
  }
  const { out } = await command(['doctor', '--help'], { cwd: folder(), env });
  expect(out).toMatch(/For the operator's machine only: it asks AWS, with your AWS credentials and not over Tor/);
  expect((await command(['--help'], { cwd: folder(), env })).out).toMatch(/As an operator:\n {2}doctor /);
});
