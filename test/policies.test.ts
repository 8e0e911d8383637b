import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anonymousPrincipal, runSimulation } from '@cloud-copilot/iam-simulate';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { DeadDropStack } from '../lib/dead-drop-stack.ts';
import { type Ask, contextOf, everyAsk, type Kind, spell } from './asks.ts';
import {
  ACCOUNT,
  BUCKET,
  FRONT_MARK,
  FUNCTIONS,
  type Policies,
  policiesOf,
  QUEUE,
  resolve,
  type Statement,
} from './template-policies.ts';

const LOGS = `arn:aws:logs:eu-central-1:${ACCOUNT}:log-group:/aws/lambda/drop`;

const outdir = mkdtempSync(join(tmpdir(), 'dead-drop-'));
afterAll(() => rmSync(outdir, { recursive: true }));

/** Without bundling the Lambdas and without the CDK's own rules, on which no claim here depends. */
const app = new App({ outdir, context: { 'aws:cdk:bundling-stacks': [] }, builtinCloudFormationValidation: false });
const template = Template.fromStack(new DeadDropStack(app, 'DeadDrop'));

let policies: Policies;
beforeEach(() => {
  policies = policiesOf(template);
});

const RESOURCES: Record<Kind, string> = {
  upload: `${BUCKET}/uploads/AAAA`,
  batch: `${BUCKET}/ids/2026-11-22T11:25:00Z`,
  summary: `${BUCKET}/summaries/2026-11-22T11`,
  other: `${BUCKET}/uploads-of-others/AAAA`,
  bucket: BUCKET,
  queue: QUEUE,
  account: '*',
};

/** What nobody may do anywhere. */
const RECORDS = [
  ['logs:CreateLogGroup', LOGS],
  ['logs:CreateLogStream', `${LOGS}:log-stream:x`],
  ['logs:PutLogEvents', `${LOGS}:log-stream:x`],
  ['xray:PutTraceSegments', '*'],
  ['kms:Decrypt', `arn:aws:kms:eu-central-1:${ACCOUNT}:key/x`],
] as const;

/** Whoever has no credentials of AWS. */
const PUBLIC = 'the public';

interface Permit {
  readonly action: string;
  readonly on: readonly Kind[];
  /** The one prefix that may be listed. */
  readonly prefix?: string;
  /** Only through the front. */
  readonly front?: true;
  /** What is written must be new, and by a signature of at most 15 minutes. */
  readonly write?: true;
}

/** What anybody may do, and so each role too. */
const ANYONE: readonly Permit[] = [
  { action: 's3:GetObject', on: ['upload', 'batch', 'summary'], front: true },
  { action: 's3:ListBucket', on: ['bucket'], prefix: 'ids/', front: true },
];

/** Everything that anybody may do with the bucket and the queue, and over TLS only. What is not in here is denied. */
const TABLE: Record<string, readonly Permit[]> = {
  [PUBLIC]: ANYONE,
  UploadUrlRole: [...ANYONE, { action: 's3:PutObject', on: ['upload'], write: true }],
  RegisterIdRole: [...ANYONE, { action: 'sqs:SendMessage', on: ['queue'] }],
  DecoyRole: ANYONE,
  PublishIdsRole: [
    ...ANYONE,
    { action: 's3:GetObject', on: ['batch', 'summary'] },
    { action: 's3:ListBucket', on: ['bucket'], prefix: 'ids/' },
    { action: 's3:PutObject', on: ['batch', 'summary'], write: true },
    { action: 'sqs:ReceiveMessage', on: ['queue'] },
    { action: 'sqs:DeleteMessage', on: ['queue'] },
  ],
  DecoyScheduleRole: ANYONE,
  PublishIdsScheduleRole: ANYONE,
};

function isInTable(who: string, { action, on, tls, once, age, prefix, front }: Ask): boolean {
  return TABLE[who]!.some(
    (permit) =>
      tls &&
      permit.action === action &&
      permit.on.includes(on) &&
      permit.prefix === prefix &&
      (!permit.front || front === true) &&
      (!permit.write || (once === true && age !== 'old')),
  );
}

/** What the policies decide otherwise than the table says. */
async function differences(who: string, asks: readonly Ask[]): Promise<string[]> {
  const found: string[] = [];
  for (const ask of asks) {
    const allowed = await isAllowed(who, ask.action, RESOURCES[ask.on], contextOf(ask));
    if (allowed !== isInTable(who, ask)) found.push(`${allowed ? 'allowed' : 'denied'}: ${spell(ask)}`);
  }
  return found;
}

async function isAllowed(who: string, action: string, resource: string, context = {}): Promise<boolean> {
  const rights = who === PUBLIC ? [] : policies.roles[who];
  if (!rights) throw new Error(`no role ${who} among ${Object.keys(policies.roles).join(', ')}`);
  const onResource = resource.startsWith(BUCKET) ? policies.bucket : resource === QUEUE ? policies.queue : [];
  const answer = await runSimulation(
    {
      request: {
        principal: who === PUBLIC ? anonymousPrincipal : roleArn(who),
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: { ...context, ...(who !== PUBLIC && { 'aws:PrincipalArn': roleArn(who) }) },
      },
      identityPolicies: rights.length > 0 ? [{ name: 'Rights', policy: documentOf(rights) }] : [],
      ...(onResource.length > 0 && { resourcePolicy: documentOf(onResource) }),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (answer.resultType !== 'single') throw new Error(`${action} on ${resource}: ${JSON.stringify(answer)}`);
  expect(answer.result.ignoredContextKeys).toEqual([]);
  return answer.overallResult === 'Allowed';
}

const roleArn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;

const documentOf = (statements: Statement[]) => ({ Version: '2012-10-17', Statement: statements });

const asks = await everyAsk();

describe('the policies, evaluated', () => {
  test('are asked about every action on every kind of thing, thousands of times', () => {
    const actions = (service: string) =>
      new Set(asks.filter(({ action }) => action.startsWith(`${service}:`)).map(({ action }) => action));
    expect(actions('s3').size).toBeGreaterThan(110);
    expect(actions('sqs').size).toBe(20);
    expect(new Set(asks.map(({ on }) => on))).toEqual(new Set(Object.keys(RESOURCES)));
    expect(new Set(asks.map(spell)).size).toBe(asks.length);
    expect(asks.length * Object.keys(TABLE).length).toBeGreaterThan(8_000);
  });

  test('the table has a line for the public and for each role, and each of its entries is asked about', () => {
    expect(Object.keys(TABLE).sort()).toEqual([PUBLIC, ...Object.keys(policies.roles)].sort());
    const permitted = Object.keys(TABLE).map((who) => [who, asks.filter((ask) => isInTable(who, ask)).length]);
    // Reading three kinds and listing, whatever the signature's age is: 4 times 3. Writing, either way: 4. Sending,
    // receiving, deleting: 1 each. The publisher reads two kinds and lists not only through the front: 9.
    expect(Object.fromEntries(permitted)).toEqual({
      [PUBLIC]: 12,
      UploadUrlRole: 12 + 4,
      RegisterIdRole: 12 + 1,
      DecoyRole: 12,
      PublishIdsRole: 12 + 9 + 2 * 4 + 2,
      DecoyScheduleRole: 12,
      PublishIdsScheduleRole: 12,
    });
  });

  test.each(Object.keys(TABLE))('%s may do what the table says, and nothing else', async (who) => {
    expect(await differences(who, asks)).toEqual([]);
  });

  test('a schedule may invoke its one function, and nobody else any', async () => {
    const invoked: string[] = [];
    for (const who of Object.keys(TABLE)) {
      for (const name of ['UploadUrl', 'RegisterId', 'Decoy', 'PublishIds', 'Decoy:1', 'PublishIds:1']) {
        if (await isAllowed(who, 'lambda:InvokeFunction', `${FUNCTIONS}:${name}`)) invoked.push(`${who} ${name}`);
      }
    }
    expect(invoked).toEqual(['DecoyScheduleRole Decoy', 'PublishIdsScheduleRole PublishIds']);
  });

  test('nobody may write a log or a trace, or use a key', async () => {
    for (const who of Object.keys(TABLE)) {
      for (const [action, resource] of RECORDS) expect(await isAllowed(who, action, resource)).toBe(false);
    }
  });
});

describe('the evaluation notices', () => {
  const statement = (sid: string) => policies.bucket.find(({ Sid }) => Sid === sid)!;
  const remove = (sid: string) => policies.bucket.splice(policies.bucket.indexOf(statement(sid)), 1);
  const about = (...actions: string[]) => asks.filter(({ action }) => actions.includes(action));

  test('listing without a condition', async () => {
    delete statement('AnyoneListsBatches').Condition;
    expect(await differences(PUBLIC, about('s3:ListBucket'))).toContain(
      "allowed: s3:ListBucket on bucket with the prefix 'ids/'",
    );
    remove('NobodyListsUploads');
    const found = await differences(PUBLIC, about('s3:ListBucket'));
    expect(found).toEqual(
      expect.arrayContaining([
        'allowed: s3:ListBucket on bucket',
        "allowed: s3:ListBucket on bucket with the prefix ''",
        "allowed: s3:ListBucket on bucket with the prefix 'uploads/'",
      ]),
    );
  });

  test('reading past the front', async () => {
    delete statement('AnyoneReadsWhatTheyCanName').Condition;
    const found = await differences(PUBLIC, about('s3:GetObject'));
    expect(found).toContain('allowed: s3:GetObject on upload');
    expect(found.every((one) => !one.includes('through the front'))).toBe(true);
  });

  test('a Referer that is not the one of the front', async () => {
    const tls = { 'aws:SecureTransport': 'true' };
    for (const [referer, allowed] of [
      [FRONT_MARK, true],
      [`${FRONT_MARK}x`, false],
      ['', false],
    ] as const) {
      const context = { ...tls, 'aws:Referer': referer };
      expect(await isAllowed(PUBLIC, 's3:GetObject', RESOURCES.upload, context)).toBe(allowed);
    }
  });

  test('listing of whatever begins alike', async () => {
    statement('AnyoneListsBatches').Condition = { StringLike: { 's3:prefix': 'ids/*' } };
    remove('NobodyListsUploads');
    const found = await differences(PUBLIC, about('s3:ListBucket'));
    expect(found).toContain("allowed: s3:ListBucket on bucket with the prefix 'ids/2026'");
  });

  test('reading of the whole bucket', async () => {
    statement('AnyoneReadsWhatTheyCanName').Resource = `${BUCKET}/*`;
    expect(await differences(PUBLIC, about('s3:GetObject'))).toContain(
      'allowed: s3:GetObject on other, through the front',
    );
  });

  test('reading of what only begins as uploads do', async () => {
    statement('AnyoneReadsWhatTheyCanName').Resource = [`${BUCKET}/ids/*`, `${BUCKET}/uploads*`];
    expect(await differences(PUBLIC, about('s3:GetObject'))).toContain(
      'allowed: s3:GetObject on other, through the front',
    );
  });

  test('no rule against overwriting', async () => {
    remove('NobodyOverwrites');
    const put = about('s3:PutObject');
    expect(await differences('UploadUrlRole', put)).toContain('allowed: s3:PutObject on upload');
    expect(await differences('PublishIdsRole', put)).toContain('allowed: s3:PutObject on batch');
  });

  test('no rule against old URLs', async () => {
    remove('NobodyUsesOldUrls');
    const found = await differences('UploadUrlRole', about('s3:PutObject'));
    expect(found).toEqual(
      ['', ', through the front'].map((way) => `allowed: s3:PutObject on upload${way} once, old`).reverse(),
    );
  });

  test('no rule for TLS', async () => {
    policies.bucket = policies.bucket.filter(({ Action }) => Action !== 's3:*');
    policies.queue = [];
    expect(await differences(PUBLIC, about('s3:GetObject'))).toContain(
      'allowed: s3:GetObject on batch, through the front, without TLS',
    );
    const send = await differences('RegisterIdRole', about('sqs:SendMessage'));
    expect(send).toEqual(['allowed: sqs:SendMessage on queue, without TLS']);
  });

  test('what grantPut would have given', async () => {
    policies.roles.UploadUrlRole![0]!.Action = ['s3:PutObject', 's3:PutObjectTagging', 's3:PutObjectLegalHold'];
    const found = await differences('UploadUrlRole', about('s3:PutObjectTagging', 's3:PutObjectLegalHold'));
    expect(found).toContain('allowed: s3:PutObjectLegalHold on upload');
  });

  test('a right that is missing', async () => {
    policies.roles.PublishIdsRole!.splice(1, 1);
    const found = await differences('PublishIdsRole', about('s3:PutObject'));
    expect(found).toContain('denied: s3:PutObject on batch once, young');
  });

  test('a right to log', async () => {
    policies.roles.DecoyRole!.push({ Effect: 'Allow', Action: 'logs:*', Resource: '*' });
    expect(await isAllowed('DecoyRole', ...RECORDS[2])).toBe(true);
  });
});

describe('who may act as whom', () => {
  const found = (type: string) => {
    const resources = Object.entries(template.findResources(type));
    expect(resources).not.toEqual([]);
    return resources;
  };

  test('only Lambda and the own schedules of the account may take a role', () => {
    const account = { Ref: 'AWS::AccountId' };
    const group = ['arn:', { Ref: 'AWS::Partition' }, ':scheduler:', { Ref: 'AWS::Region' }, ':', account];
    const condition = {
      'aws:SourceAccount': account,
      'aws:SourceArn': { 'Fn::Join': ['', [...group, ':schedule-group/default']] },
    };
    for (const [id, { Properties }] of found('AWS::IAM::Role')) {
      const takes = { Effect: 'Allow', Action: 'sts:AssumeRole' };
      const scheduler = { Principal: { Service: 'scheduler.amazonaws.com' }, Condition: { StringEquals: condition } };
      const lambda = { Principal: { Service: 'lambda.amazonaws.com' } };
      expect(Properties.AssumeRolePolicyDocument.Statement).toEqual([
        { ...takes, ...(id.includes('Schedule') ? scheduler : lambda) },
      ]);
    }
  });

  test('only the API, by their one route, invokes the two functions behind it', () => {
    const permissions = found('AWS::Lambda::Permission').map(([, { Properties }]) => Properties);
    expect(permissions.map(({ Principal, Action }) => [Principal, Action])).toEqual(
      Array(2).fill(['apigateway.amazonaws.com', 'lambda:InvokeFunction']),
    );
    expect(
      permissions.map(({ FunctionName, SourceArn }) => [resolve(FunctionName), SourceArn['Fn::Join'][1].at(-1)]),
    ).toEqual([
      [`${FUNCTIONS}:UploadUrl`, '/*/*/upload-url'],
      [`${FUNCTIONS}:RegisterId`, '/*/*/register-id'],
    ]);
  });
});

test('each role lists exactly its actions and resources', () => {
  expect(policies.roles).toEqual({
    UploadUrlRole: [{ Effect: 'Allow', Action: 's3:PutObject', Resource: `${BUCKET}/uploads/*` }],
    RegisterIdRole: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: QUEUE }],
    DecoyRole: [],
    PublishIdsRole: [
      { Effect: 'Allow', Action: ['sqs:DeleteMessage', 'sqs:ReceiveMessage'], Resource: QUEUE },
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject'],
        Resource: [`${BUCKET}/ids/*`, `${BUCKET}/summaries/*`],
      },
      {
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: BUCKET,
        Condition: { StringEquals: { 's3:prefix': 'ids/' } },
      },
    ],
    DecoyScheduleRole: [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: `${FUNCTIONS}:Decoy` }],
    PublishIdsScheduleRole: [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: `${FUNCTIONS}:PublishIds` }],
  });
});
