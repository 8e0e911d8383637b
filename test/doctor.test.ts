import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Aws, CLIENTS } from '../doctor/calls.ts';
import type { DoctorResult } from '../doctor/check.ts';
import { doctor } from '../doctor/doctor.ts';
import { bootstrapOf, requestsPerSecondOf, reservedBy } from '../doctor/template.ts';
import type { Synthesized } from '../doctor/visit.ts';
import {
  ACCOUNT,
  type Answers,
  accountWith,
  deployment,
  REGION,
  refuse,
  sdkError,
  selector,
  templateIn,
} from './account.ts';
import { sharedOutdir } from './drop.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests change any part of a template
const template: any = templateIn(sharedOutdir());

/** How many executions its functions reserve. */
const RESERVED = Object.values<{ Properties?: { ReservedConcurrentExecutions?: number } }>(template.Resources)
  .map(({ Properties }) => Properties?.ReservedConcurrentExecutions ?? 0)
  .reduce((sum, each) => sum + each);

/** How many routes its API has. */
const ROUTES = Object.values<{ Type: string }>(template.Resources).filter(
  ({ Type }) => Type === 'AWS::ApiGatewayV2::Route',
).length;

const unused = () => Promise.reject(new Error('nobody goes to the drop here'));
const NO_DROP = { open: unused, letter: false, audit: false, look: 1, textOf: String, note: () => {} };

/** Which calls a stack needs to be found at all. */
const FINDS_STACK = ['getCallerIdentity', 'describeStacks', 'listStackResources', 'getTemplate'];

interface Look {
  readonly region?: string;
  readonly expected?: Synthesized;
  readonly deployed?: unknown;
}

/** What the doctor says of an account, check by check. */
async function look(changes: Answers = {}, { region = REGION, expected = { template }, deployed }: Look = {}) {
  const { aws } = accountWith(sharedOutdir(), changes, { template: deployed });
  const results = await doctor({ aws, region, stack: 'DeadDrop', expected, drop: NO_DROP });
  // Whoever shows somebody what it says tells nobody which account that is.
  expect(JSON.stringify(results)).not.toMatch(/\d{12}|arn:/);
  for (const { verdict, todo } of results) expect(todo === undefined).toBe(verdict === 'pass');
  return new Map(results.map((result) => [result.name, result]));
}

const NONE: Answers = {
  describeStacks: async () => {
    throw Object.assign(new Error('Stack with id DeadDrop does not exist'), { name: 'ValidationError' });
  },
};

describe('an account in which all is well', () => {
  test('passes each check, and every call that the doctor may make is made', async () => {
    const { aws, made } = accountWith(sharedOutdir());
    const reported: DoctorResult[] = [];
    const report = (result: DoctorResult) => void reported.push(result);
    const results = await doctor({
      aws,
      region: REGION,
      stack: 'DeadDrop',
      expected: { template },
      drop: NO_DROP,
      report,
    });
    expect(results.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(reported).toEqual(results);
    expect(results.length).toBeGreaterThanOrEqual(16);
    expect([...made].sort()).toEqual(CLIENTS.flatMap(({ calls }) => Object.keys(calls)).sort());
  });

  test('passes before there is a stack, too, and that is said', async () => {
    const said = await look(NONE);
    expect(said.get('stack')).toMatchObject({
      verdict: 'cannot tell',
      why: 'there is no stack DeadDrop in this region yet',
    });
    said.delete('stack');
    expect(said.size).toBeGreaterThanOrEqual(10);
    expect([...said.values()].filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
  });
});

test('a stack that is not up is told, and its parts are not looked for', async () => {
  for (const name of ['ROLLBACK_COMPLETE', 'CREATE_IN_PROGRESS', 'DELETE_FAILED']) {
    const said = await look({ ...quota(1000, 99 + RESERVED), ...status(name) });
    expect([...said.keys()].at(-1)).toBe('stack');
    // What it would reserve is still to be had.
    expect(said.get('concurrency')).toMatchObject({ verdict: 'cannot tell' });
  }
  expect([...(await look(status('UPDATE_ROLLBACK_COMPLETE'))).keys()]).toContain('records');
});

const DATA = { eventCategory: { Equals: ['Data'] } };
const OBJECTS = { ...DATA, 'resources.type': { Equals: ['AWS::S3::Object'] } };
const basic = (Type: string, Values: string[]): Answers => ({
  getEventSelectors: async () => ({ EventSelectors: [{ DataResources: [{ Type, Values }] }] }),
});
const advanced = (fields: Record<string, object>): Answers => ({
  getEventSelectors: async () => ({ AdvancedEventSelectors: [selector(fields)] }),
});
const feature = (Name: string): Answers => ({
  getDetector: async () => ({ Status: 'ENABLED', Features: [{ Name, Status: 'ENABLED' }] }),
});
const recorder = (recordingGroup: object, recording = true): Answers => ({
  describeConfigurationRecorders: async () => ({ ConfigurationRecorders: [{ name: 'default', recordingGroup }] }),
  describeConfigurationRecorderStatus: async () => ({ ConfigurationRecordersStatus: [{ name: 'default', recording }] }),
});
const quota = (all: number, free: number): Answers => ({
  ...NONE,
  getAccountSettings: async () => ({
    AccountLimit: { ConcurrentExecutions: all, UnreservedConcurrentExecutions: free },
  }),
});
const block = (PublicAccessBlockConfiguration: object): Answers => ({
  getPublicAccessBlock: async () => ({ PublicAccessBlockConfiguration }),
});
const s3Policy = (PolicyContent: string): Answers => ({
  describeEffectivePolicy: async () => ({ EffectivePolicy: { PolicyContent } }),
});
const status = (StackStatus: string): Answers => ({
  describeStacks: async () => ({ Stacks: [{ StackId: 's', StackStatus, Outputs: [] }] }),
});
const alone = refuse('AWSOrganizationsNotInUseException');
const objects = (arn: object) => advanced({ ...OBJECTS, 'resources.ARN': arn });

/** An answer, and what the check has to say of it. */
type Case = [check: string, title: string, changes: Answers, verdict: string, why: RegExp];

const cases: Case[] = [
  [
    'identity',
    'the root user',
    { getCallerIdentity: async () => ({ Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:root` }) },
    'fail',
    /root user/,
  ],
  [
    'identity',
    'a user',
    { getCallerIdentity: async () => ({ Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:user/jane` }) },
    'pass',
    /user/,
  ],
  ['bootstrap', 'none', { getParameter: refuse('ParameterNotFound') }, 'fail', /it is not/],
  [
    'bootstrap',
    'an old version',
    { getParameter: async () => ({ Parameter: { Value: '5' } }) },
    'fail',
    /version 5 is too old/,
  ],
  [
    'bootstrap',
    'the oldest that is taken',
    { getParameter: async () => ({ Parameter: { Value: '6' } }) },
    'pass',
    /version 6/,
  ],
  ['public-access', 'policies blocked', block({ BlockPublicPolicy: true }), 'fail', /BlockPublicPolicy is on/],
  [
    'public-access',
    'buckets restricted',
    block({ RestrictPublicBuckets: true }),
    'fail',
    /RestrictPublicBuckets is on/,
  ],
  [
    'public-access',
    'all four',
    block({ BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true }),
    'fail',
    /and RestrictPublicBuckets are on/,
  ],
  [
    'public-access',
    'ACLs only',
    block({ BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: false }),
    'pass',
    /ACLs only/,
  ],
  [
    'concurrency',
    'the quota of a new account',
    quota(10, 10),
    'fail',
    /of 10, 10 are not reserved, and the template reserves \d: .* below 10$/,
  ],
  ['concurrency', 'so little that accounts differ', quota(50, 50), 'cannot tell', /reserves \d: accounts differ/],
  ['concurrency', 'one less than certain', quota(1000, 99 + RESERVED), 'cannot tell', /accounts differ/],
  [
    'concurrency',
    'little left beside a stack',
    { getAccountSettings: quota(1000, 9).getAccountSettings! },
    'fail',
    /9 are left/,
  ],
  ['concurrency', 'just enough', quota(1000, 100 + RESERVED), 'pass', /are not reserved/],
  ['concurrency', 'all reserved by others', quota(1000, 9 + RESERVED), 'fail', /below 10$/],
  ['trails', 'none', { describeTrails: async () => ({ trailList: [] }) }, 'pass', /no trail/],
  [
    'trails',
    'all objects',
    basic('AWS::S3::Object', ['arn:aws:s3']),
    'fail',
    /the trail management \(of the organization\)/,
  ],
  ['trails', 'all objects, in another spelling', basic('AWS::S3::Object', ['arn:aws:s3:::']), 'fail', /they are kept/],
  ['trails', 'all functions', basic('AWS::Lambda::Function', ['arn:aws:lambda']), 'fail', /they are kept/],
  ['trails', 'all tables', basic('AWS::DynamoDB::Table', ['arn:aws:dynamodb']), 'pass', /none does/],
  ['trails', 'advanced: all objects', advanced(OBJECTS), 'fail', /they are kept/],
  [
    'trails',
    'advanced: all messages',
    advanced({ ...DATA, 'resources.type': { Equals: ['AWS::SQS::Queue'] } }),
    'fail',
    /they are kept/,
  ],
  [
    'trails',
    'advanced: writes only',
    advanced({ ...OBJECTS, readOnly: { Equals: ['false'] } }),
    'fail',
    /they are kept/,
  ],
  [
    'trails',
    'advanced: all but another bucket',
    objects({ NotStartsWith: ['arn:aws:s3:::other/'] }),
    'fail',
    /they are kept/,
  ],
  ['trails', 'advanced: another bucket', objects({ StartsWith: ['arn:aws:s3:::other/'] }), 'pass', /none does/],
  ['trails', 'advanced: management', advanced({ eventCategory: { Equals: ['Management'] } }), 'pass', /none does/],
  [
    'trails',
    'one that is stopped',
    { ...advanced(OBJECTS), getTrailStatus: async () => ({ IsLogging: false }) },
    'pass',
    /none does/,
  ],
  [
    'trails',
    "one whose selectors are the organization's",
    { getEventSelectors: refuse('AccessDeniedException') },
    'cannot tell',
    /management \(of the organization\) keeps: these credentials may not/,
  ],
  [
    'event-data-stores',
    'all objects',
    { getEventDataStore: async () => ({ Status: 'ENABLED', AdvancedEventSelectors: [selector(OBJECTS)] }) },
    'fail',
    /the event data store lake/,
  ],
  [
    'event-data-stores',
    'one that waits for its deletion',
    { getEventDataStore: async () => ({ Status: 'PENDING_DELETION', AdvancedEventSelectors: [selector(OBJECTS)] }) },
    'pass',
    /none does/,
  ],
  ['event-data-stores', 'none', { listEventDataStores: async () => ({}) }, 'pass', /no event data store/],
  [
    'event-data-stores',
    'a region without',
    { listEventDataStores: refuse('UnsupportedOperationException') },
    'cannot tell',
    /UnsupportedOperationException/,
  ],
  ['guardduty', 'S3 protection', feature('S3_DATA_EVENTS'), 'fail', /S3_DATA_EVENTS is on/],
  ['guardduty', 'network activity of functions', feature('LAMBDA_NETWORK_LOGS'), 'fail', /LAMBDA_NETWORK_LOGS is on/],
  [
    'guardduty',
    'S3 protection, as it was said before',
    { getDetector: async () => ({ Status: 'ENABLED', DataSources: { S3Logs: { Status: 'ENABLED' } } }) },
    'fail',
    /S3_DATA_EVENTS is on/,
  ],
  [
    'guardduty',
    'one that is suspended',
    { getDetector: async () => ({ Status: 'DISABLED', Features: [{ Name: 'S3_DATA_EVENTS', Status: 'ENABLED' }] }) },
    'pass',
    /no detector/,
  ],
  ['guardduty', 'none', { listDetectors: async () => ({ DetectorIds: [] }) }, 'pass', /no detector/],
  ['config', 'all types', recorder({ allSupported: true }), 'fail', /a recorder is on/],
  ['config', 'buckets', recorder({ resourceTypes: ['AWS::S3::Bucket'] }), 'fail', /a recorder is on/],
  [
    'config',
    'all but some',
    recorder({
      recordingStrategy: { useOnly: 'EXCLUSION_BY_RESOURCE_TYPES' },
      exclusionByResourceTypes: { resourceTypes: ['AWS::S3::Bucket'] },
    }),
    'fail',
    /a recorder is on/,
  ],
  ['config', 'one that is stopped', recorder({ allSupported: true }, false), 'pass', /no recorder is on/],
  ['config', 'none', { describeConfigurationRecorders: async () => ({}) }, 'pass', /no recorder/],
  ['organization-s3', 'none', { describeEffectivePolicy: alone }, 'pass', /no organization/],
  [
    'organization-s3',
    'all blocked',
    s3Policy('{"s3_attributes":{"public_access_block_configuration":"all"}}'),
    'fail',
    /it does/,
  ],
  [
    'organization-s3',
    'all blocked, as it is written',
    s3Policy('{"s3_attributes": {"public_access_block_configuration": {"@@assign": "all"}}}'),
    'fail',
    /it does/,
  ],
  [
    'organization-s3',
    'nothing blocked',
    s3Policy('{"s3_attributes":{"public_access_block_configuration":"none"}}'),
    'pass',
    /blocks nothing/,
  ],
  ['organization-policies', 'none', { describeOrganization: alone }, 'pass', /no organization/],
  [
    'organization-policies',
    'the one that manages',
    { describeOrganization: async () => ({ Organization: { MasterAccountId: ACCOUNT } }) },
    'pass',
    /manages its organization/,
  ],
  [
    'organization-policies',
    'another policy at the root',
    {
      listPoliciesForTarget: async ({ TargetId }) => ({
        Policies: [{ Name: TargetId === 'r-1' ? 'DenyPublic' : 'FullAWSAccess' }],
      }),
    },
    'cannot tell',
    /^2 hold/,
  ],
  [
    'organization-policies',
    'policies that a member may not read',
    { listParents: refuse('AccessDeniedException') },
    'cannot tell',
    /may not read its policies/,
  ],
  ['stack', 'one whose creation was rolled back', status('ROLLBACK_COMPLETE'), 'fail', /ROLLBACK_COMPLETE/],
  ['stack', 'one whose update was rolled back', status('UPDATE_ROLLBACK_COMPLETE'), 'fail', /UPDATE_ROLLBACK_COMPLETE/],
  ['stack', 'one that is being made', status('CREATE_IN_PROGRESS'), 'cannot tell', /IN_PROGRESS/],
  ['stack', 'one that failed', status('CREATE_FAILED'), 'fail', /CREATE_FAILED/],
  ['bucket-policy', 'none', { getBucketPolicy: refuse('NoSuchBucketPolicy') }, 'fail', /it is not there/],
  ['queue-policy', 'none', { getQueueAttributes: async () => ({}) }, 'fail', /missing or changed/],
  [
    'functions',
    'one that is gone',
    { getFunctionConfiguration: refuse('ResourceNotFoundException') },
    'fail',
    /it is not there/,
  ],
  [
    'records',
    'an access log of the bucket',
    { getBucketLogging: async () => ({ LoggingEnabled: { TargetBucket: 'logs' } }) },
    'fail',
    /access log/,
  ],
  [
    'records',
    'a notification',
    { getBucketNotificationConfiguration: async () => ({ LambdaFunctionConfigurations: [{}] }) },
    'fail',
    /tells others/,
  ],
  [
    'records',
    'events to a bus',
    { getBucketNotificationConfiguration: async () => ({ EventBridgeConfiguration: {} }) },
    'fail',
    /tells others/,
  ],
  [
    'records',
    'an access log of the API',
    { getStage: async () => ({ AccessLogSettings: { DestinationArn: 'arn:aws:logs' } }) },
    'fail',
    /access log/,
  ],
  [
    'records',
    'metrics of each route',
    { getStage: async () => ({ RouteSettings: { 'GET /': { DetailedMetricsEnabled: true } } }) },
    'fail',
    /counts each route/,
  ],
];

describe('a check says of', () => {
  test.each(cases)('%s: %s', async (check, _, changes, verdict, why) => {
    const said = (await look(changes)).get(check)!;
    expect(said).toMatchObject({ verdict, why: expect.stringMatching(why) });
  });

  test("a trail, whether what it names is this drop's", async () => {
    const { of } = deployment(sharedOutdir(), '');
    const [bucket] = of('AWS::S3::Bucket');
    const [queue] = of('AWS::SQS::Queue');
    const bucketArn = `arn:aws:s3:::${bucket!.name}/`;
    const queueArn = `arn:aws:sqs:${REGION}:${ACCOUNT}:${queue!.name.split('/').at(-1)}`;
    const messages = { ...DATA, 'resources.type': { Equals: ['AWS::SQS::Queue'] } };
    for (const changes of [
      basic('AWS::S3::Object', [bucketArn]),
      basic('AWS::S3::Object', [`${bucketArn}uploads/`]),
      objects({ StartsWith: [bucketArn] }),
      advanced({ ...messages, 'resources.ARN': { Equals: [queueArn] } }),
    ]) {
      expect((await look(changes)).get('trails')).toMatchObject({ verdict: 'fail' });
    }
    expect((await look(objects({ NotStartsWith: ['arn:aws:s3:::'] }))).get('trails')).toMatchObject({
      verdict: 'pass',
    });
  });

  test('regions: those with little room, in China, unknown', async () => {
    const at = async (region: string, rate: number) => {
      const changed = structuredClone(template);
      for (const { Type, Properties } of Object.values<{ Type: string; Properties: Record<string, never> }>(
        changed.Resources,
      )) {
        const settings = Properties.DefaultRouteSettings as { ThrottlingRateLimit: number } | undefined;
        if (Type === 'AWS::ApiGatewayV2::Stage' && settings) settings.ThrottlingRateLimit = rate;
        if (Type === 'AWS::ApiGatewayV2::Stage') delete (Properties as Record<string, unknown>).RouteSettings;
      }
      return (await look(NONE, { region, expected: { template: changed } })).get('region')!.verdict;
    };
    expect(await at('eu-central-1', 50)).toBe('pass');
    expect(await at('eu-south-1', 2500 / ROUTES)).toBe('pass');
    expect(await at('eu-south-1', 2500 / ROUTES + 1)).toBe('fail');
    expect(await at('cn-north-1', 50)).toBe('fail');
    expect(await at('eu-nowhere-1', 50)).toBe('cannot tell');
  });

  test("a function, each setting that is not the template's", async () => {
    const wrong = async (change: object) => {
      const { aws } = accountWith(sharedOutdir());
      const getFunctionConfiguration = async (input: { FunctionName: string }) => ({
        ...(await aws.getFunctionConfiguration(input)),
        ...change,
      });
      return (await look({ getFunctionConfiguration })).get('functions')!;
    };
    const changes = {
      Environment: { Variables: { DEBUG: 'http-everything' } },
      Layers: [{ Arn: 'arn:aws:lambda:eu-central-1:1:layer:insights' }],
      TracingConfig: { Mode: 'Active' },
      DeadLetterConfig: { TargetArn: 'arn:aws:sqs:eu-central-1:1:failed' },
      KMSKeyArn: 'arn:aws:kms:eu-central-1:1:key/1',
      VpcConfig: { VpcId: 'vpc-1' },
      LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'DEBUG', ApplicationLogLevel: 'TRACE' },
      Role: `arn:aws:iam::${ACCOUNT}:role/other`,
      Timeout: 900,
    };
    for (const [name, value] of Object.entries(changes)) {
      const { verdict, why } = await wrong({ [name]: value });
      expect(verdict, name).toBe('fail');
      expect(why).toContain(name === 'KMSKeyArn' ? 'KmsKeyArn' : name);
    }
    const free = await look({ getFunctionConcurrency: async () => ({}) });
    expect(free.get('functions')).toMatchObject({
      verdict: 'fail',
      why: expect.stringContaining('its ReservedConcurrentExecutions is not'),
    });
    // What Lambda says where nothing is set.
    expect(await wrong({ VpcConfig: { VpcId: '', SubnetIds: [] }, Layers: [], DeadLetterConfig: {} })).toMatchObject({
      verdict: 'pass',
    });
  });

  test('a schedule that is off, or does something else', async () => {
    const { aws } = accountWith(sharedOutdir());
    const wrong = async (change: (has: Record<string, unknown>) => object) => {
      const getSchedule = async (input: { Name: string }) => change((await aws.getSchedule(input)) as never);
      return (await look({ getSchedule })).get('schedules')!;
    };
    const target = (more: object) => wrong((has) => ({ ...has, Target: { ...(has.Target as object), ...more } }));
    expect((await wrong((has) => ({ ...has, State: 'DISABLED' }))).why).toMatch(/: it is DISABLED/);
    expect((await wrong((has) => ({ ...has, ScheduleExpression: 'rate(1 day)' }))).why).toContain(
      'its expression is not',
    );
    expect((await target({ Arn: 'arn:aws:lambda:eu-central-1:1:function:other' })).why).toContain(
      'its function is not',
    );
    expect((await target({ RoleArn: 'arn:aws:iam::1:role/other' })).why).toContain('its role is not');
    expect((await target({ Input: '{}' })).why).toContain('its input is not');
    expect((await target({ DeadLetterConfig: { Arn: 'arn:aws:sqs:x' } })).why).toContain(
      'its dead-letter queue is not',
    );
    expect(await target({})).toMatchObject({ verdict: 'pass' });
  });

  test('what would be deployed, where that is not known', async () => {
    const said = await look(quota(1000, 994), { expected: { whyNot: 'Name the template.' } });
    expect(said.get('concurrency')).toMatchObject({ verdict: 'cannot tell', todo: 'Name the template.' });
    const after = await look({}, { expected: { whyNot: 'Name the template.' } });
    expect(after.get('template')).toMatchObject({ verdict: 'cannot tell', todo: 'Name the template.' });
    for (const name of ['bucket-policy', 'queue-policy', 'functions', 'records'])
      expect(after.get(name)).toMatchObject({ verdict: 'pass', why: expect.stringMatching(/^looked at \w/) });
  });
});

/** Ways in which AWS does not answer, and what is said of them. */
const refusals: [title: string, error: Error, why: RegExp][] = [
  ['access denied', sdkError('AccessDeniedException'), /may not ask that \(AccessDeniedException\)/],
  ['access denied, in the words of S3', sdkError('AccessDenied'), /may not ask that/],
  ['too many requests', sdkError('ThrottlingException'), /too many requests/],
  ['too many requests, in the words of Lambda', sdkError('TooManyRequestsException'), /too many requests/],
  ['a region without the service', sdkError('Error', { code: 'ENOTFOUND' }), /no name in this region/],
  ['a network that hangs', sdkError('TimeoutError'), /could not be reached/],
  ['a connection refused', sdkError('Error', { code: 'ECONNREFUSED' }), /could not be reached/],
  ['a fault of AWS', sdkError('InternalFailure'), /could not be reached/],
  ['credentials that are over', sdkError('ExpiredTokenException'), /does not take these credentials/],
  ['an error that nobody knows', sdkError('NewException'), /AWS answered NewException/],
];

describe('nothing is told of what AWS does not answer:', () => {
  test.each(refusals)('%s', async (_, error, why) => {
    const calls = CLIENTS.flatMap(({ calls: names }) => Object.keys(names)) as (keyof Aws)[];
    for (const call of calls.filter((name) => name !== 'getCallerIdentity')) {
      const said = await look({ [call]: async () => Promise.reject(error) });
      const others = [...said.values()].filter(({ verdict }) => verdict !== 'pass');
      expect(others.length, call).toBeGreaterThan(0);
      for (const { verdict, why: reason } of others) {
        expect(verdict, call).toBe('cannot tell');
        if (call !== 'describeOrganization' && !/organization/.test(reason)) expect(reason, call).toMatch(why);
      }
      // One service that does not answer hides nothing of another.
      if (!FINDS_STACK.includes(call)) expect(others.length, call).toBe(1);
    }
  });

  test('and nothing at all without an identity, in words that name no account', async () => {
    for (const [, error] of refusals) {
      const asked = look({ getCallerIdentity: async () => Promise.reject(error) });
      await expect(asked).rejects.toThrow(/^nothing can be looked at: [^\d]+$/);
    }
  });

  test('but a fault of ours is one', async () => {
    await expect(look({ listDetectors: async () => ({ DetectorIds: 7 }) })).rejects.toThrow(TypeError);
  });

  test('and an interruption ends it', async () => {
    const interruption = new AbortController();
    const { aws } = accountWith(sharedOutdir(), {
      listDetectors: async () => {
        interruption.abort(new Error('enough'));
        throw sdkError('AbortError');
      },
    });
    const { signal } = interruption;
    const reported: string[] = [];
    const report = ({ name }: DoctorResult) => void reported.push(name);
    const looking = doctor({
      aws,
      region: REGION,
      stack: 'DeadDrop',
      expected: { template },
      drop: NO_DROP,
      signal,
      report,
    });
    await expect(looking).rejects.toThrow('enough');
    expect(reported).toContain('trails');
    expect(reported).not.toContain('guardduty');
  });
});

test('what is read in the template is there to be read', () => {
  expect(RESERVED).toBeGreaterThan(0);
  expect(reservedBy(template)).toBe(RESERVED);
  const api = { Ref: 'Api' };
  const route = (RouteKey: string, ApiId = api) => ({
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: { ApiId, RouteKey },
  });
  const stage = {
    Type: 'AWS::ApiGatewayV2::Stage',
    Properties: {
      ApiId: api,
      DefaultRouteSettings: { ThrottlingRateLimit: 50 },
      RouteSettings: { 'GET /a': { ThrottlingRateLimit: 7 } },
    },
  };
  const other = route('GET /', { Ref: 'Other' });
  const Resources = { a: route('GET /a'), b: route('GET /b'), c: route('GET /c'), other, stage };
  expect(requestsPerSecondOf({ Resources })).toBe(107);
  expect(requestsPerSecondOf(template)).toBeGreaterThanOrEqual(ROUTES);
  expect(bootstrapOf(template)).toEqual({
    parameter: '/cdk-bootstrap/hnb659fds/version',
    refused: ['1', '2', '3', '4', '5'],
  });
});

test('operating.md gives a policy with the rights of these calls, and no others', () => {
  const text = readFileSync(join(import.meta.dirname, '../docs/operating.md'), 'utf8');
  const [, policy = '{}'] = /```json\n(\{\s*"Version".*?)```/s.exec(text) ?? [];
  const { Statement = [] } = JSON.parse(policy) as { Statement?: { Effect: string; Action: string[] }[] };
  const rights = CLIENTS.flatMap(({ calls }) => Object.values<string>(calls));
  expect(Statement.every(({ Effect }) => Effect === 'Allow')).toBe(true);
  expect(Statement.flatMap(({ Action }) => Action).sort()).toEqual(rights.sort());
  for (const right of rights) expect(right).toMatch(/^[\w-]+:(Get|List|Describe|GET)/);
});
