import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anonymousPrincipal, runSimulation } from '@cloud-copilot/iam-simulate';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { DeadDropStack } from '../lib/dead-drop-stack.ts';

const ACCOUNT = '111122223333';
const BUCKET = 'arn:aws:s3:::drop';
const QUEUE = `arn:aws:sqs:eu-central-1:${ACCOUNT}:drop`;
const FUNCTIONS = `arn:aws:lambda:eu-central-1:${ACCOUNT}:function`;
const LOGS = `arn:aws:logs:eu-central-1:${ACCOUNT}:log-group:/aws/lambda/drop`;

interface Statement {
  Sid?: string;
  Effect: string;
  Principal?: unknown;
  Action: string | string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string>>;
}

interface Policies {
  bucket: Statement[];
  queue: Statement[];
  /** What each role may do, by the id of its construct. */
  roles: Record<string, Statement[]>;
}

/** Puts names in place of what CloudFormation would look up. */
// biome-ignore lint/suspicious/noExplicitAny: any part of a template
function resolve(value: any): any {
  if (Array.isArray(value)) return value.map(resolve);
  if (typeof value !== 'object' || value === null) return value;
  if (value['Fn::Join']) return resolve(value['Fn::Join'][1]).join(value['Fn::Join'][0]);
  if (value['Fn::GetAtt']) return arnOf(value['Fn::GetAtt']);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, resolve(part)]));
}

function arnOf([id, attribute]: [string, string]): string {
  const construct = constructOf(id);
  expect(attribute).toBe('Arn');
  if (construct === 'Bucket') return BUCKET;
  return construct === 'Queue' ? QUEUE : `${FUNCTIONS}:${construct}`;
}

const constructOf = (id: string) => id.replace(/^DeadDrop(.+)[0-9A-F]{8}$/, '$1');

const outdir = mkdtempSync(join(tmpdir(), 'dead-drop-'));
afterAll(() => rmSync(outdir, { recursive: true }));

/** Without bundling the Lambdas, which no claim here depends on. */
const context = { 'aws:cdk:bundling-stacks': [] };
const template = Template.fromStack(new DeadDropStack(new App({ outdir, context }), 'DeadDrop'));

/** Every policy of the template; a type of policy that is not expected here fails. */
function policiesOf(): Policies {
  const policies: Policies = { bucket: [], queue: [], roles: {} };
  // biome-ignore lint/suspicious/noExplicitAny: a template's properties have no types of their own
  for (const [id, { Type, Properties }] of Object.entries<any>(template.toJSON().Resources)) {
    if (Type === 'AWS::S3::BucketPolicy') policies.bucket = resolve(Properties.PolicyDocument.Statement);
    else if (Type === 'AWS::SQS::QueuePolicy') policies.queue = resolve(Properties.PolicyDocument.Statement);
    else if (Type === 'AWS::IAM::Role') policies.roles[constructOf(id)] = resolve(inlineStatements(Properties));
    else expect(Type).not.toMatch(/Policy$/);
  }
  return policies;
}

// biome-ignore lint/suspicious/noExplicitAny: a role's properties
function inlineStatements(role: any): Statement[] {
  expect(Object.keys(role).filter((key) => key !== 'Policies')).toEqual(['AssumeRolePolicyDocument']);
  // biome-ignore lint/suspicious/noExplicitAny: a policy
  return (role.Policies ?? []).flatMap((policy: any) => policy.PolicyDocument.Statement);
}

let policies: Policies;
beforeEach(() => {
  policies = policiesOf();
});

const UPLOAD = `${BUCKET}/uploads/AAAA`;
const BATCH = `${BUCKET}/ids/2026-11-22T11:25:00Z`;
const OTHER = `${BUCKET}/other`;
const once = { 's3:if-none-match': '*' };

type Request = readonly [action: string, resource: string, context?: Record<string, string>];

const OBJECT_ACTIONS =
  'GetObject PutObject DeleteObject GetObjectAcl PutObjectAcl GetObjectTagging PutObjectTagging PutObjectRetention PutObjectLegalHold GetObjectAttributes GetObjectVersion DeleteObjectVersion AbortMultipartUpload ListMultipartUploadParts';
const BUCKET_ACTIONS =
  'ListBucketVersions ListBucketMultipartUploads GetBucketPolicy PutBucketPolicy DeleteBucketPolicy GetBucketAcl PutBucketAcl GetLifecycleConfiguration PutBucketLogging GetBucketLocation DeleteBucket';
const QUEUE_ACTIONS =
  'SendMessage ReceiveMessage DeleteMessage ChangeMessageVisibility PurgeQueue GetQueueAttributes SetQueueAttributes GetQueueUrl DeleteQueue AddPermission';

/** What could be asked for, by a name for each. */
const REQUESTS: Record<string, Request> = {
  ...Object.fromEntries(
    Object.entries({ upload: UPLOAD, batch: BATCH, other: OTHER }).flatMap(([kind, arn]) =>
      OBJECT_ACTIONS.split(' ').map((action) => [
        `${action} ${kind}`,
        [`s3:${action}`, arn, action === 'PutObject' ? once : {}],
      ]),
    ),
  ),
  ...Object.fromEntries(BUCKET_ACTIONS.split(' ').map((action) => [action, [`s3:${action}`, BUCKET]])),
  ...Object.fromEntries(QUEUE_ACTIONS.split(' ').map((action) => [action, [`sqs:${action}`, QUEUE]])),
  'overwrite upload': ['s3:PutObject', UPLOAD],
  'overwrite batch': ['s3:PutObject', BATCH],
  'put upload at the last millisecond': ['s3:PutObject', UPLOAD, { ...once, 's3:signatureAge': '900000' }],
  'put upload too late': ['s3:PutObject', UPLOAD, { ...once, 's3:signatureAge': '900001' }],
  'list batches': ['s3:ListBucket', BUCKET, { 's3:prefix': 'ids/' }],
  'list uploads': ['s3:ListBucket', BUCKET, { 's3:prefix': 'uploads/' }],
  'list everything': ['s3:ListBucket', BUCKET],
  'list the empty prefix': ['s3:ListBucket', BUCKET, { 's3:prefix': '' }],
  'list a longer prefix': ['s3:ListBucket', BUCKET, { 's3:prefix': 'ids/2026' }],
  'list a shorter prefix': ['s3:ListBucket', BUCKET, { 's3:prefix': 'ids' }],
  'invoke UploadUrl': ['lambda:InvokeFunction', `${FUNCTIONS}:UploadUrl`],
  'invoke RegisterId': ['lambda:InvokeFunction', `${FUNCTIONS}:RegisterId`],
  'invoke Decoy': ['lambda:InvokeFunction', `${FUNCTIONS}:Decoy`],
  'invoke PublishIds': ['lambda:InvokeFunction', `${FUNCTIONS}:PublishIds`],
  'invoke a version of PublishIds': ['lambda:InvokeFunction', `${FUNCTIONS}:PublishIds:1`],
  'make a log group': ['logs:CreateLogGroup', LOGS],
  'make a log stream': ['logs:CreateLogStream', `${LOGS}:log-stream:x`],
  'write a log': ['logs:PutLogEvents', `${LOGS}:log-stream:x`],
  'write a trace': ['xray:PutTraceSegments', '*'],
  'use a key': ['kms:Decrypt', `arn:aws:kms:eu-central-1:${ACCOUNT}:key/x`],
};

/** The names of the requests that are allowed to a role, or to anybody when none is named. */
async function allowed(role?: string, secureTransport = true): Promise<string[]> {
  const names = [];
  for (const [name, request] of Object.entries(REQUESTS)) {
    if (await isAllowed(role, request, secureTransport)) names.push(name);
  }
  return names;
}

async function isAllowed(role: string | undefined, request: Request, secureTransport: boolean): Promise<boolean> {
  const [action, resource, context] = request;
  const rights = role === undefined ? [] : policies.roles[role];
  if (!rights) throw new Error(`no role ${role} among ${Object.keys(policies.roles).join(', ')}`);
  const onResource = action.startsWith('s3:') ? policies.bucket : action.startsWith('sqs:') ? policies.queue : [];
  const answer = await runSimulation(
    {
      request: {
        principal: role === undefined ? anonymousPrincipal : `arn:aws:iam::${ACCOUNT}:role/${role}`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: { ...context, 'aws:SecureTransport': `${secureTransport}` },
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

const documentOf = (statements: Statement[]) => ({ Version: '2012-10-17', Statement: statements });

/** What anybody may do, and so each role too. */
const ANYONE = ['GetObject upload', 'GetObject batch', 'list batches'];

/** Everything that is allowed to whom; what is not in here is denied. */
const ALLOWED: Record<string, string[]> = {
  UploadUrlRole: [...ANYONE, 'PutObject upload', 'put upload at the last millisecond'],
  RegisterIdRole: [...ANYONE, 'SendMessage'],
  DecoyRole: ANYONE,
  PublishIdsRole: [...ANYONE, 'PutObject batch', 'ReceiveMessage', 'DeleteMessage'],
  DecoyScheduleRole: [...ANYONE, 'invoke Decoy'],
  PublishIdsScheduleRole: [...ANYONE, 'invoke PublishIds'],
};

describe('the policies, evaluated', () => {
  test('anybody may read what they can name and list batches, and nothing else', async () => {
    expect((await allowed()).sort()).toEqual([...ANYONE].sort());
  });

  test('there are no roles but these six', () => {
    expect(Object.keys(policies.roles).sort()).toEqual(Object.keys(ALLOWED).sort());
  });

  test.each(Object.keys(ALLOWED))('%s may do its one job and what anybody may', async (role) => {
    expect((await allowed(role)).sort()).toEqual([...ALLOWED[role]!].sort());
  });

  test('without TLS nobody may do anything with the bucket or the queue', async () => {
    expect(await allowed(undefined, false)).toEqual([]);
    for (const role of ['UploadUrlRole', 'RegisterIdRole', 'PublishIdsRole']) {
      expect(await allowed(role, false)).toEqual([]);
    }
  });
});

describe('the evaluation notices a wider policy:', () => {
  const statement = (sid: string) => policies.bucket.find(({ Sid }) => Sid === sid)!;

  test('listing without a condition', async () => {
    delete statement('AnyoneListsBatches').Condition;
    expect(await allowed()).toEqual(expect.arrayContaining(['list uploads', 'list everything']));
  });

  test('listing of whatever begins alike', async () => {
    statement('AnyoneListsBatches').Condition = { StringLike: { 's3:prefix': 'ids/*' } };
    expect(await allowed()).toContain('list a longer prefix');
  });

  test('reading of the whole bucket', async () => {
    statement('AnyoneReadsWhatTheyCanName').Resource = `${BUCKET}/*`;
    expect(await allowed()).toContain('GetObject other');
  });

  test('no rule against overwriting', async () => {
    policies.bucket.splice(policies.bucket.indexOf(statement('NobodyOverwrites')), 1);
    expect(await allowed('UploadUrlRole')).toContain('overwrite upload');
    expect(await allowed('PublishIdsRole')).toContain('overwrite batch');
  });

  test('no rule against old URLs', async () => {
    policies.bucket.splice(policies.bucket.indexOf(statement('NobodyUsesOldUrls')), 1);
    expect(await allowed('UploadUrlRole')).toContain('put upload too late');
  });

  test('no rule for TLS', async () => {
    policies.bucket = policies.bucket.filter(({ Action }) => Action !== 's3:*');
    expect(await allowed(undefined, false)).toEqual(await allowed());
  });

  test('what grantPut would have given', async () => {
    policies.roles.UploadUrlRole![0]!.Action = ['s3:PutObject', 's3:PutObjectTagging', 's3:PutObjectLegalHold'];
    expect(await allowed('UploadUrlRole')).toContain('PutObjectLegalHold upload');
  });

  test('a right to log', async () => {
    policies.roles.DecoyRole!.push({ Effect: 'Allow', Action: 'logs:*', Resource: '*' });
    expect(await allowed('DecoyRole')).toContain('write a log');
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
      { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: `${BUCKET}/ids/*` },
    ],
    DecoyScheduleRole: [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: `${FUNCTIONS}:Decoy` }],
    PublishIdsScheduleRole: [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: `${FUNCTIONS}:PublishIds` }],
  });
});
