import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { policyDrift } from '../doctor/policy.ts';
import { ANYTHING, matches, resolver } from '../doctor/resolve.ts';
import { STACK_CHECKS } from '../doctor/stack.ts';
import { differences, parseTemplate } from '../doctor/template.ts';
import { beginVisit } from '../doctor/visit.ts';
import { synthesize } from '../lib/synthesize.ts';
import { ACCOUNT, type Answers, accountWith, deployment, REGION, templateIn } from './account.ts';
import { sharedOutdir } from './drop.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests change any part of a template
type Any = any;
let template: Any;
beforeAll(() => {
  template = templateIn(sharedOutdir());
});

/** A copy of the template that was changed, as somebody could deploy it. */
function changed(change: (template: Any) => void): Any {
  const copy = structuredClone(template);
  change(copy);
  return copy;
}

const idOf = (type: string, nth = 0): string =>
  Object.entries<Any>(template.Resources).filter(([, { Type }]) => Type === type)[nth]![0];

/** What a check of the stack says. */
async function say(name: string, changes: Answers = {}, deployed?: unknown) {
  const { aws } = accountWith(sharedOutdir(), changes, { template: deployed });
  const visit = beginVisit(aws, REGION, 'DeadDrop', { template });
  return STACK_CHECKS.find((check) => check.name === name)!.run(visit);
}

describe('a deployed template', () => {
  test('is the same in another order, with other metadata, and with what the CDK adds of its own', async () => {
    const same = changed((copy) => {
      copy.Resources = Object.fromEntries(Object.entries<Any>(copy.Resources).reverse());
      for (const resource of Object.values<Any>(copy.Resources)) {
        resource.Metadata = { 'aws:cdk:path': 'DeadDrop/Mine', 'aws:asset:path': '/home/jane/drop/cdk.out' };
        if (Array.isArray(resource.DependsOn)) resource.DependsOn.reverse();
      }
      copy.Resources.CDKMetadata = { Type: 'AWS::CDK::Metadata', Properties: { Analytics: 'v2:x' } };
      copy.Conditions = { CDKMetadataAvailable: true };
      copy.Description = 'Mine';
    });
    expect(await say('template', {}, same)).toMatchObject({ verdict: 'pass' });
    expect(differences(same, template)).toEqual([]);
  });

  test('is the same where CloudFormation gives back question marks for what is not ASCII', () => {
    const ours = changed((copy) => {
      copy.Outputs.Url.Value = 'a “drop”';
    });
    const theirs = (Value: string) => changed((copy) => void Object.assign(copy.Outputs.Url, { Value }));
    expect(differences(theirs('a ?drop?'), ours)).toEqual([]);
    expect(differences(theirs('a ?drop'), ours)).toHaveLength(1);
    expect(differences(ours, theirs('a ?drop?'))).toHaveLength(1);
  });

  test('differs wherever anything does: each value of it, changed, is found by logical id and property', () => {
    let tried = 0;
    const walk = (node: Any, path: (string | number)[]) => {
      for (const key of Object.keys(node)) {
        const at = [...path, key];
        if (at.length === 3 && key === 'Metadata') continue;
        if (typeof node[key] === 'object' && node[key] !== null) walk(node[key], at);
        else {
          tried += 1;
          const copy = changed((other) => {
            const parent = path.reduce((value, step) => value[step], other);
            parent[key] = typeof parent[key] === 'number' ? parent[key] + 1 : `${parent[key]}-x`;
          });
          const [, id] = at;
          const found = differences(copy, template);
          expect(found.length, at.join('.')).toBeGreaterThan(0);
          for (const difference of found) expect(difference.id, at.join('.')).toBe(id);
        }
      }
    };
    walk({ Resources: template.Resources }, []);
    expect(tried).toBeGreaterThan(300);
  });

  const drifts: [title: string, change: (copy: Any) => void, why: RegExp][] = [
    [
      'an environment that was added',
      (copy) => {
        copy.Resources[idOf('AWS::Lambda::Function')].Properties.Environment = { Variables: { DEBUG: '1' } };
      },
      /Properties\.Environment/,
    ],
    [
      'a log group that was added',
      (copy) => {
        copy.Resources.Logs = { Type: 'AWS::Logs::LogGroup' };
      },
      /^Logs was added$/,
    ],
    [
      'a policy that is missing',
      (copy) => {
        delete copy.Resources[idOf('AWS::SQS::QueuePolicy')];
      },
      /QueuePolicy\w+ is missing/,
    ],
    [
      'a statement less',
      (copy) => {
        copy.Resources[idOf('AWS::S3::BucketPolicy')].Properties.PolicyDocument.Statement.pop();
      },
      /BucketPolicy\w+ Properties\.PolicyDocument\.Statement\.\d+ is missing/,
    ],
    [
      'another retention',
      (copy) => {
        copy.Resources[idOf('AWS::SQS::Queue')].Properties.MessageRetentionPeriod = 60;
      },
      /Queue\w+ Properties\.MessageRetentionPeriod differs/,
    ],
    [
      'another removal policy',
      (copy) => {
        copy.Resources[idOf('AWS::S3::Bucket')].DeletionPolicy = 'Delete';
      },
      /Bucket\w+ DeletionPolicy differs/,
    ],
    [
      'a macro',
      (copy) => {
        copy.Transform = 'Mine';
      },
      /^Transform was added$/,
    ],
    [
      'an output more',
      (copy) => {
        copy.Outputs.Queue = { Value: 'x' };
      },
      /^Outputs Queue was added$/,
    ],
  ];
  test.each(drifts)('differs by %s', async (_, change, why) => {
    const said = await say('template', {}, changed(change));
    expect(said.verdict).toBe('fail');
    expect(said.why).toMatch(why);
  });

  test('with other code alone is said to be another version, or other settings', async () => {
    const other = changed((copy) => {
      copy.Resources[idOf('AWS::Lambda::Function')].Properties.Code.S3Key = `${'0'.repeat(64)}.zip`;
    });
    expect(await say('template', {}, other)).toMatchObject({
      verdict: 'fail',
      why: expect.stringMatching(/^only code differs: of DeadDrop\w+$/),
    });
  });

  test('that is none is said to be so', async () => {
    const said = await say('template', { getTemplate: async () => ({ TemplateBody: 'Resources: {}' }) });
    expect(said).toMatchObject({ verdict: 'fail', why: 'the deployed one is none that the CDK writes' });
    expect(() => parseTemplate('{}')).toThrow('the template has no resources');
  });

  test('is the one that the command of the CDK writes, however else that runs the app', async () => {
    const [ours, theirs] = [folder(), folder()];
    await synthesize(ours, undefined, { retention: '7' });
    const cdk = join(import.meta.dirname, '../node_modules/aws-cdk/bin/cdk');
    const args = [cdk, 'synth', '--quiet', '--output', theirs, '-c', 'retention=7'];
    await promisify(execFile)(process.execPath, args, { cwd: join(import.meta.dirname, '..') });
    expect(differences(templateIn(theirs), templateIn(ours))).toEqual([]);
    expect(differences(templateIn(theirs), template).length).toBeGreaterThan(0);
  });
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'dead-drop-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

describe('the policy of', () => {
  /** The documents as AWS has them, by the local drop's own way to resolve them. */
  const live = (type: string): Any => deployment(sharedOutdir(), '').of(type)[0]!.properties.PolicyDocument;
  const asked = {
    'bucket-policy': (document: Any): Answers => ({
      getBucketPolicy: async () => ({ Policy: JSON.stringify(document) }),
    }),
    'queue-policy': (document: Any): Answers => ({
      getQueueAttributes: async () => ({ Attributes: { Policy: JSON.stringify(document) } }),
    }),
  };
  const types = { 'bucket-policy': 'AWS::S3::BucketPolicy', 'queue-policy': 'AWS::SQS::QueuePolicy' };

  test.each(['bucket-policy', 'queue-policy'] as const)(
    '%s: any statement less, more or changed is found',
    async (name) => {
      const document = live(types[name]);
      expect(document.Statement.length).toBeGreaterThan(0);
      expect(await say(name, asked[name](document))).toMatchObject({ verdict: 'pass' });
      for (const nth of document.Statement.keys()) {
        const less = structuredClone(document);
        less.Statement.splice(nth, 1);
        expect(await say(name, asked[name](less))).toMatchObject({
          verdict: 'fail',
          why: expect.stringMatching(/statements 1 missing/),
        });
        for (const part of ['Effect', 'Principal', 'Action', 'Resource', 'Condition']) {
          const other = structuredClone(document);
          other.Statement[nth][part] = 'something else';
          expect(await say(name, asked[name](other)), `${nth} ${part}`).toMatchObject({ verdict: 'fail' });
        }
      }
      const more = structuredClone(document);
      more.Statement.push({ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: '*' });
      expect(await say(name, asked[name](more))).toMatchObject({
        verdict: 'fail',
        why: expect.stringMatching(/1 that it has not/),
      });
    },
  );

  test('both is the same in another spelling and order', async () => {
    for (const name of ['bucket-policy', 'queue-policy'] as const) {
      const document = live(types[name]);
      const other = { ...document, Id: 'x', Statement: structuredClone(document.Statement).reverse() };
      for (const statement of other.Statement) {
        for (const part of ['Action', 'Resource'].filter((name) => name in statement)) {
          statement[part] = Array.isArray(statement[part]) ? statement[part].reverse() : [statement[part]];
        }
        if (statement.Principal?.AWS === '*') statement.Principal = '*';
      }
      expect(await say(name, asked[name](other))).toMatchObject({ verdict: 'pass' });
    }
  });
});

test("one policy is another's in its own spelling only", () => {
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
    Action: ['a:B', 'a:C'],
    Condition: { Bool: { x: true } },
  };
  const same = {
    Statement: {
      ...statement,
      Principal: { AWS: ACCOUNT },
      Action: ['a:C', 'a:B'],
      Condition: { Bool: { x: 'true' } },
    },
  };
  expect(policyDrift({ Statement: [statement] }, same)).toEqual({ missing: 0, added: 0 });
  expect(policyDrift({ Statement: [statement, statement] }, same)).toEqual({ missing: 1, added: 0 });
  expect(policyDrift({ Statement: [statement] }, {})).toEqual({ missing: 1, added: 0 });
  expect(policyDrift({ Statement: [] }, same)).toEqual({ missing: 0, added: 1 });
});

describe('a reference of the template', () => {
  const resources = new Map([
    ['B', { type: 'AWS::S3::Bucket', physicalId: 'bucket-1' }],
    ['Q', { type: 'AWS::SQS::Queue', physicalId: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/queue-1` }],
    ['F', { type: 'AWS::Lambda::Function', physicalId: 'f-1' }],
    ['R', { type: 'AWS::IAM::Role', physicalId: 'r-1' }],
    ['P', { type: 'AWS::IAM::Role', physicalId: 'p-1' }],
    ['A', { type: 'AWS::ApiGatewayV2::Api', physicalId: 'a1' }],
  ]);
  const own = { Resources: { P: { Type: 'AWS::IAM::Role', Properties: { Path: '/mine/' } } } };
  const stackId = `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/DeadDrop/51af3dc0`;
  const resolve = resolver(own, {
    partition: 'aws',
    account: ACCOUNT,
    region: REGION,
    stackName: 'DeadDrop',
    stackId,
    resources,
  });

  test('becomes the name that AWS gave', () => {
    const get = (id: string, attribute = 'Arn') => resolve({ 'Fn::GetAtt': [id, attribute] });
    expect(resolve({ Ref: 'B' })).toBe('bucket-1');
    expect(get('B')).toBe('arn:aws:s3:::bucket-1');
    expect(get('Q')).toBe(`arn:aws:sqs:${REGION}:${ACCOUNT}:queue-1`);
    expect(get('F')).toBe(`arn:aws:lambda:${REGION}:${ACCOUNT}:function:f-1`);
    expect(get('R')).toBe(`arn:aws:iam::${ACCOUNT}:role/r-1`);
    expect(get('P')).toBe(`arn:aws:iam::${ACCOUNT}:role/${ANYTHING}p-1`);
    expect(resolve({ 'Fn::GetAtt': 'B.Arn' })).toBe('arn:aws:s3:::bucket-1');
    const parts = { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] };
    expect(resolve({ 'Fn::Select': [2, parts] })).toBe('51af3dc0');
    expect(resolve({ 'Fn::Sub': 'x-$' + '{B}-$' + '{B.Arn}-$' + '{!B}' })).toBe(
      'x-bucket-1-arn:aws:s3:::bucket-1-$' + '{B}',
    );
  });

  test('is left open where the names do not say, and takes anything there but nothing', () => {
    const endpoint = { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['A', 'ApiEndpoint'] }, '/x']] };
    expect(matches(resolve(endpoint), 'https://a1.execute-api/x')).toBe(true);
    expect(matches(resolve(endpoint), '/x')).toBe(false);
    expect(matches(resolve(endpoint), 'https://a1.execute-api/y')).toBe(false);
    expect(matches(resolve({ 'Fn::If': ['C', 'a', 'b'] }), 'a')).toBe(true);
    expect(matches(resolve({ Ref: 'Unknown' }), '')).toBe(false);
    expect(matches(['a'], ['a', 'b'])).toBe(false);
    expect(matches({ a: 1 }, { a: 1, b: 2 })).toBe(false);
  });
});
