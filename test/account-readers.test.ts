import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, test } from 'vitest';
import { DeadDropStack } from '../lib/dead-drop-stack.ts';
import { MANAGED_POLICIES } from './managed-policies.ts';
import { ACCOUNT, BUCKET, FUNCTIONS, policiesOf, QUEUE, type Statement } from './template-policies.ts';

const outdir = mkdtempSync(join(tmpdir(), 'dead-drop-'));
afterAll(() => rmSync(outdir, { recursive: true }));

const app = new App({ outdir, context: { 'aws:cdk:bundling-stacks': [] }, builtinCloudFormationValidation: false });
const template = Template.fromStack(new DeadDropStack(app, 'DeadDrop'));
const drop = policiesOf(template);

interface Ask {
  readonly action: string;
  readonly resource: string;
  readonly prefix?: string;
}

const CELL = `${BUCKET}/uploads/AAAA`;
const ASKS: Readonly<Record<string, Ask>> = {
  'receive messages': { action: 'sqs:ReceiveMessage', resource: QUEUE },
  'hide messages': { action: 'sqs:ChangeMessageVisibility', resource: QUEUE },
  'delete messages': { action: 'sqs:DeleteMessage', resource: QUEUE },
  'send messages': { action: 'sqs:SendMessage', resource: QUEUE },
  'purge the queue': { action: 'sqs:PurgeQueue', resource: QUEUE },
  'move messages': { action: 'sqs:StartMessageMoveTask', resource: QUEUE },
  'count messages': { action: 'sqs:GetQueueAttributes', resource: QUEUE },
  'list uploads': { action: 's3:ListBucket', resource: BUCKET, prefix: 'uploads/' },
  'list everything': { action: 's3:ListBucket', resource: BUCKET },
  'list versions': { action: 's3:ListBucketVersions', resource: BUCKET, prefix: 'uploads/' },
  'list uploads in parts': { action: 's3:ListBucketMultipartUploads', resource: BUCKET },
  'list batches': { action: 's3:ListBucket', resource: BUCKET, prefix: 'ids/' },
  'read a cell by its name': { action: 's3:GetObject', resource: CELL },
  'read the bucket policy': { action: 's3:GetBucketPolicy', resource: BUCKET },
  "read a schedule's input": {
    action: 'scheduler:GetSchedule',
    resource: `arn:aws:scheduler:eu-central-1:${ACCOUNT}:schedule/default/Decoy`,
  },
  "read a function's settings": { action: 'lambda:GetFunctionConfiguration', resource: `${FUNCTIONS}:Decoy` },
  "read a function's code": { action: 'lambda:GetFunction', resource: `${FUNCTIONS}:Decoy` },
  'read metrics': { action: 'cloudwatch:GetMetricData', resource: '*' },
  'read the event history': { action: 'cloudtrail:LookupEvents', resource: '*' },
  'read the bills': { action: 'ce:GetCostAndUsage', resource: '*' },
  'change the bucket policy': { action: 's3:PutBucketPolicy', resource: BUCKET },
  'delete the bucket policy': { action: 's3:DeleteBucketPolicy', resource: BUCKET },
  'delete a cell': { action: 's3:DeleteObject', resource: CELL },
  'change the queue policy': { action: 'sqs:SetQueueAttributes', resource: QUEUE },
};

/** The policy gives it, and the drop's own policies refuse it. */
const REFUSED = 'refused';
const YES = 'yes';
/** The policy does not give it. */
const NO = 'no';

const READERS = ['ReadOnlyAccess', 'ViewOnlyAccess', 'SecurityAudit', 'SupportUser', 'AdministratorAccess'] as const;

/** What each of `READERS` may, in that order. */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  'receive messages': [REFUSED, NO, NO, REFUSED, REFUSED],
  'hide messages': [NO, NO, NO, NO, REFUSED],
  'delete messages': [NO, NO, NO, NO, REFUSED],
  'send messages': [NO, NO, NO, NO, REFUSED],
  'purge the queue': [NO, NO, NO, NO, REFUSED],
  'move messages': [NO, NO, NO, NO, REFUSED],
  'count messages': [YES, YES, YES, YES, YES],
  'list uploads': [REFUSED, REFUSED, REFUSED, REFUSED, REFUSED],
  'list everything': [REFUSED, REFUSED, REFUSED, REFUSED, REFUSED],
  'list versions': [REFUSED, NO, NO, REFUSED, REFUSED],
  'list uploads in parts': [REFUSED, NO, NO, REFUSED, REFUSED],
  'list batches': [YES, YES, YES, YES, YES],
  'read a cell by its name': [YES, NO, NO, NO, YES],
  'read the bucket policy': [YES, NO, YES, NO, YES],
  "read a schedule's input": [YES, NO, NO, NO, YES],
  "read a function's settings": [YES, NO, YES, YES, YES],
  "read a function's code": [YES, NO, NO, YES, YES],
  'read metrics': [YES, YES, NO, YES, YES],
  'read the event history': [YES, YES, YES, YES, YES],
  'read the bills': [YES, NO, NO, NO, YES],
  'change the bucket policy': [NO, NO, NO, NO, YES],
  'delete the bucket policy': [NO, NO, NO, NO, YES],
  'delete a cell': [NO, NO, NO, NO, YES],
  'change the queue policy': [NO, NO, NO, NO, YES],
};

describe("AWS's own policies, as roles of the account", () => {
  test('are asked about each line of the table', () => {
    expect(Object.keys(TABLE)).toEqual(Object.keys(ASKS));
    expect(Object.keys(MANAGED_POLICIES)).toEqual(READERS);
    expect(Object.values(TABLE).every((row) => row.length === READERS.length)).toBe(true);
  });

  test.each(READERS.map((who, column) => [who, column] as const))('%s may what the table says', async (who, column) => {
    const answers: Record<string, string> = {};
    for (const [what, ask] of Object.entries(ASKS)) answers[what] = await answerOf(who, ask);
    expect(answers).toEqual(Object.fromEntries(Object.entries(TABLE).map(([what, row]) => [what, row[column]])));
  });

  test.each([
    ['NobodyElseReceives', ['receive messages', 'hide messages', 'delete messages']],
    ['NobodyElseSends', ['send messages']],
    ['NobodyPurges', ['purge the queue', 'move messages']],
    ['NobodyListsUploads', ['list uploads', 'list everything']],
    ['NobodyListsOtherwise', ['list versions', 'list uploads in parts']],
  ])('an administrator would get past the policies without %s', async (sid, whats) => {
    const without = (statements: Statement[]) => statements.filter(({ Sid }) => Sid !== sid);
    const got: string[] = [];
    for (const [what, ask] of Object.entries(ASKS)) {
      const before = await isAllowed('AdministratorAccess', ask, drop.bucket, drop.queue);
      const after = await isAllowed('AdministratorAccess', ask, without(drop.bucket), without(drop.queue));
      if (after && !before) got.push(what);
    }
    expect(got).toEqual(whats);
  });

  // The simulator does not know how the ARN of an HTTP API's stage is written, so this reads the statements themselves.
  test.each(READERS)('%s may read the variables of the stage', (who) => {
    const patterns = MANAGED_POLICIES[who]!.statements.filter(({ Action }) =>
      [Action].flat().some((action) => action === '*' || action === 'apigateway:GET'),
    ).flatMap(({ Resource }) => Resource);
    const stage = 'arn:aws:apigateway:eu-central-1::/apis/a1b2c3/stages/$default';
    expect(patterns.filter((pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(stage))).not.toEqual([]);
  });
});

/** Whether the policy gives what is asked for to a role of the account, and whether the drop lets it have it. */
async function answerOf(who: string, ask: Ask): Promise<string> {
  const granted = ({ Effect }: Statement) => Effect === 'Allow';
  const allowed = await isAllowed(who, ask, drop.bucket, drop.queue);
  const otherwise = await isAllowed(who, ask, drop.bucket.filter(granted), drop.queue.filter(granted));
  if (allowed) return otherwise ? YES : 'given by a denial';
  return otherwise ? REFUSED : NO;
}

async function isAllowed(
  who: string,
  { action, resource, prefix }: Ask,
  bucket: readonly Statement[],
  queue: readonly Statement[],
): Promise<boolean> {
  const onResource = resource.startsWith(BUCKET) ? bucket : resource === QUEUE ? queue : [];
  const principal = `arn:aws:iam::${ACCOUNT}:role/${who}`;
  const answer = await runSimulation(
    {
      request: {
        principal,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: {
          'aws:SecureTransport': 'true',
          'aws:PrincipalArn': principal,
          'aws:PrincipalAccount': ACCOUNT,
          ...(prefix !== undefined && { 's3:prefix': prefix }),
        },
      },
      identityPolicies: [{ name: who, policy: documentOf(MANAGED_POLICIES[who]!.statements) }],
      ...(onResource.length > 0 && { resourcePolicy: documentOf(onResource) }),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  // What concerns no single resource is answered for all of a kind.
  if (answer.resultType === 'error') throw new Error(`${action} on ${resource}: ${JSON.stringify(answer)}`);
  return answer.overallResult === 'Allowed';
}

const documentOf = (statements: readonly Statement[]) => ({ Version: '2012-10-17', Statement: statements });

describe('when a drop is removed', () => {
  // biome-ignore lint/suspicious/noExplicitAny: any part of a template
  const resources: Record<string, any> = template.toJSON().Resources;

  /** The resources that this part of the template names, so that CloudFormation makes them before and deletes them after. */
  // biome-ignore lint/suspicious/noExplicitAny: any part of a template
  function named(part: any): string[] {
    if (typeof part === 'string') return [...part.matchAll(/\$\{(\w+)[.}]/g)].map(([, id]) => id!);
    if (typeof part !== 'object' || part === null) return [];
    const { Ref, 'Fn::GetAtt': attribute, ...rest } = part;
    return [...(Ref ? [Ref] : []), ...(attribute ? [attribute[0]] : []), ...Object.values(rest).flatMap(named)];
  }

  function isDeletedAfter(bucket: string, id: string): boolean {
    const { Properties, DependsOn = [] } = resources[id];
    return [...named(Properties), ...[DependsOn].flat()].some(
      (other) => other === bucket || (other !== id && other in resources && isDeletedAfter(bucket, other)),
    );
  }

  test('whatever may write to the bucket, give out its URLs or forbid to list it goes before the bucket', () => {
    const bucket = Object.keys(resources).find((id) => resources[id].Type === 'AWS::S3::Bucket')!;
    const before = Object.keys(resources).filter((id) => isDeletedAfter(bucket, id));
    const construct = (id: string) => id.replace(/^DeadDrop(.+)[0-9A-F]{8}$/, '$1');
    expect(before.map(construct)).toEqual(
      expect.arrayContaining(['BucketPolicy', 'UploadUrlRole', 'UploadUrl', 'PublishIdsRole', 'PublishIds']),
    );
    const writers = Object.keys(drop.roles).filter((role) => JSON.stringify(drop.roles[role]).includes('s3:Put'));
    expect(writers).toEqual(['UploadUrlRole', 'PublishIdsRole']);
    expect(before).not.toContain(bucket);
  });
});
