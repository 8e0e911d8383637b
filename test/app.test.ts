import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { App, Duration, Stack, Validations } from 'aws-cdk-lib';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, describe, expect, test } from 'vitest';
import { deadDropApp } from '../lib/app.ts';
import type { DeadDropProps } from '../lib/dead-drop.ts';
import { DeadDropStack } from '../lib/dead-drop-stack.ts';
import { OWN_DOMAIN } from './own-domain.ts';

/** Leaves the Lambdas unbundled, which no claim here depends on. */
const context = { 'aws:cdk:bundling-stacks': [] };

const outdir = mkdtempSync(join(tmpdir(), 'dead-drop-'));
afterAll(() => rmSync(outdir, { recursive: true }));

const { domainName, certificateArn } = OWN_DOMAIN;

describe('a drop refuses', () => {
  const refusals: [name: string, props: DeadDropProps, message: string][] = [
    ['retention beyond what SQS keeps', { retention: Duration.days(15) }, 'from 1 to 14, received 15 days'],
    ['retention of part of a day', { retention: Duration.hours(36) }, 'from 1 to 14, received 1.5 days'],
    ['no retention', { retention: Duration.days(0) }, 'from 1 to 14, received 0 days'],
    ['less than no decoys', { decoysPerMinute: -0.1 }, 'from 0 to 100, received -0.1'],
    ['too many decoys', { decoysPerMinute: 100.1 }, 'from 0 to 100, received 100.1'],
    ['endless decoys', { decoysPerMinute: Number.POSITIVE_INFINITY }, 'from 0 to 100, received Infinity'],
    ['decoys that are no number', { decoysPerMinute: Number.NaN }, 'from 0 to 100, received NaN'],
    ['less than no loose cells', { looseCellsPerMinute: -1 }, 'from 0 to 200, received -1'],
    ['too many loose cells', { looseCellsPerMinute: 201 }, 'from 0 to 200, received 201'],
    ['a batch below the first rung', { linesPerBatch: 4 }, 'up to 131072, received 4'],
    ['a batch between two rungs', { linesPerBatch: 24 }, 'up to 131072, received 24'],
    ['a batch beyond the last rung', { linesPerBatch: 262_144 }, 'up to 131072, received 262144'],
    ['no requests', { requestsPerSecond: 0 }, 'requestsPerSecond must be a whole number from 1 up, received 0'],
    ['a domain without a certificate', { domainName }, 'give both or neither'],
    ['a certificate without a domain', { certificateArn }, 'give both or neither'],
    ...[
      'https://drop.example.org',
      'drop.example.org.',
      'Drop.example.org',
      'drop',
      'drop..org',
      '-a.org',
      'a.org:443',
    ].map(
      (name) =>
        [
          `${name} as a domain`,
          { domainName: name, certificateArn },
          `domainName must be a name like drop.example.org, in small letters, received '${name}'`,
        ] as [string, DeadDropProps, string],
    ),
    [
      'what is no certificate',
      { domainName, certificateArn: 'arn:aws:iam::111122223333:server-certificate/x' },
      'certificateArn must be the ARN of a certificate',
    ],
    ['half a burst', { burst: 0.5 }, 'burst must be a whole number from 1 up, received 0.5'],
  ];
  test.each(refusals)('%s, and says what it received', (_, props, message) => {
    expect(() => new DeadDropStack(new App({ context, outdir }), 'DeadDrop', props)).toThrow(message);
  });

  test('nothing at the ends of each range', () => {
    const least = { retention: Duration.days(1), decoysPerMinute: 0, linesPerBatch: 8, requestsPerSecond: 1, burst: 1 };
    const most = {
      retention: Duration.days(14),
      decoysPerMinute: 100,
      looseCellsPerMinute: 200,
      linesPerBatch: 131_072,
    };
    for (const props of [least, most]) {
      expect(() => new DeadDropStack(new App({ context, outdir }), 'DeadDrop', props)).not.toThrow();
    }
  });
});

describe('the AWS Solutions rules', () => {
  test('hold for the whole app, but for what is acknowledged', () => {
    expect(() => deadDropApp({ outdir, context }).synth()).not.toThrow();
  });

  test('are not met by a queue that does without TLS', () => {
    const app = deadDropApp({ outdir, context });
    const stack = new Stack(app, 'Beside');
    new CfnQueue(stack, 'Queue');
    expect(() => app.synth()).toThrow();
    const report = readFileSync(join(outdir, 'validation-report.json'), 'utf8');
    expect(report).toContain('AwsSolutions-SQS4');
  });

  test('find exactly these faults, each of them acknowledged in a sentence and by nothing wider', () => {
    const app = new App({ context, outdir });
    const stack = new DeadDropStack(app, 'DeadDrop');
    const acknowledged: [path: string, id: string][] = [];
    for (const construct of stack.node.findAll()) {
      for (const { type, data } of construct.node.metadata) {
        if (type !== Validations.ACKNOWLEDGED_RULES_METADATA_KEY) continue;
        for (const [id, reason] of Object.entries(data as Record<string, string>)) {
          expect(reason).toMatch(/^[A-Z].{40,}\.$/);
          acknowledged.push([construct.node.path, id.replace(/^.*::(?=AwsSolutions-)/, '')]);
        }
      }
      // Forgotten, so that the rules below see everything.
      Object.assign(construct.node, { _metadata: [] });
    }
    const { violations } = new AwsSolutionsChecks(app).validateScope(app);
    const found = violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }): [string, string] => [constructPath ?? '', ruleName]),
    );
    expect(found.length).toBeGreaterThan(0);
    for (const [path, id] of found) {
      expect(acknowledged.some(([scope, name]) => name === id && path.startsWith(`${scope}/`))).toBe(true);
    }
    for (const [scope, id] of acknowledged) {
      expect(found.some(([path, name]) => name === id && path.startsWith(`${scope}/`))).toBe(true);
    }
    expect(acknowledged.map(([scope, id]) => `${scope} ${id}`).sort()).toMatchInlineSnapshot(`
      [
        "DeadDrop/DeadDrop/Api AwsSolutions-APIG4",
        "DeadDrop/DeadDrop/Api/DefaultStage AwsSolutions-APIG1",
        "DeadDrop/DeadDrop/Bucket AwsSolutions-S1",
        "DeadDrop/DeadDrop/Bucket AwsSolutions-S2",
        "DeadDrop/DeadDrop/PublishIdsRole AwsSolutions-IAM5[Resource::<DeadDropBucket92AA8C21.Arn>/ids/*]",
        "DeadDrop/DeadDrop/PublishIdsRole AwsSolutions-IAM5[Resource::<DeadDropBucket92AA8C21.Arn>/summaries/*]",
        "DeadDrop/DeadDrop/Queue AwsSolutions-SQS3",
        "DeadDrop/DeadDrop/UploadUrlRole AwsSolutions-IAM5[Resource::<DeadDropBucket92AA8C21.Arn>/uploads/*]",
      ]
    `);
  });
});

/** Synthesized into a directory that no `node_modules` is above of. */
test('each bundle is one module that stands alone and exports a handler', async () => {
  const bundled = mkdtempSync(join(outdir, 'bundled-'));
  deadDropApp({ outdir: bundled }).synth();
  const bundles = readdirSync(bundled).filter((name) => name.startsWith('asset.'));
  expect(bundles).toHaveLength(4);
  for (const bundle of bundles) {
    expect(readdirSync(join(bundled, bundle))).toEqual(['index.mjs']);
    const script = `const { handler } = await import('./${bundle}/index.mjs'); process.stdout.write(typeof handler);`;
    const options = { cwd: bundled, env: { AWS_REGION: 'eu-central-1' } };
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], options);
    expect(stdout).toBe('function');
  }
});

describe('scripts/cdk.ts', () => {
  /** Runs what `cdk synth -c name=value ...` runs. */
  async function run(given: Record<string, unknown>): Promise<{ code: number; stderr: string }> {
    const env = { ...process.env, CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...given }), CDK_OUTDIR: outdir };
    return promisify(execFile)(process.execPath, ['scripts/cdk.ts'], { env }).then(
      ({ stderr }) => ({ code: 0, stderr }),
      ({ code, stderr }) => ({ code, stderr }),
    );
  }

  test('takes every prop from the context', async () => {
    const given = { retention: '3', decoysPerMinute: '0.5', linesPerBatch: '16', requestsPerSecond: '2', burst: '4' };
    expect(await run({ ...given, looseCellsPerMinute: '0.25', workBits: '12', removalPolicy: 'destroy' })).toEqual({
      code: 0,
      stderr: '',
    });
    const template = readFileSync(join(outdir, 'DeadDrop.template.json'), 'utf8');
    for (const property of [
      '"ExpirationInDays": 3',
      '\\"decoysPerMinute\\":0.5,\\"looseCellsPerMinute\\":0.25}',
      '\\"linesPerBatch\\":16}',
      '"workBits": "12"',
    ]) {
      expect(template).toContain(property);
    }
    for (const property of ['"ThrottlingRateLimit": 2', '"ThrottlingBurstLimit": 4', '"DeletionPolicy": "Delete"']) {
      expect(template).toContain(property);
    }
  });

  test.each([
    [{ decoyPerMinute: '1' }, "context 'decoyPerMinute' is not known, accepted are retention, decoysPerMinute,"],
    [{ retention: '2 weeks' }, "retention must be a plain number, received '2 weeks'"],
    [{ retention: '15' }, 'retention must be a whole number of days from 1 to 14, received 15 days'],
    [{ workBits: '25' }, 'workBits must be a whole number from 0 to 24, received 25'],
    [{ workBits: '1.5' }, 'workBits must be a whole number from 0 to 24, received 1.5'],
    [
      { workBits: '20' },
      'looseCellsPerMinute must be at most 22.88 together with workBits 20: with more, there is no time for the decoys',
    ],
    [{ removalPolicy: 'snapshot' }, "removalPolicy must be retain or destroy, received 'snapshot'"],
  ])('refuses %o in one line', async (given, message) => {
    const { code, stderr } = await run(given);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
