import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { afterAll, describe, expect, test } from 'vitest';
import { DeadDrop, type DeadDropProps } from '../lib/dead-drop.ts';
import { DeadDropStack } from '../lib/dead-drop-stack.ts';
import { OWN_DOMAIN } from './own-domain.ts';

/** Leaves the Lambdas unbundled, which no claim here depends on. */
const WITHOUT_BUNDLES = { 'aws:cdk:bundling-stacks': [] };

const outdir = mkdtempSync(join(tmpdir(), 'dead-drop-'));
afterAll(() => rmSync(outdir, { recursive: true }));

interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template's properties have no types of their own
  readonly Properties: Record<string, any>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: readonly string[];
}

function synthesize(props?: DeadDropProps): Template {
  return Template.fromStack(new DeadDropStack(new App({ outdir, context: WITHOUT_BUNDLES }), 'DeadDrop', props));
}

function resourcesOf(template: Template): Map<string, Resource> {
  const entries = Object.entries(template.toJSON().Resources as Record<string, Resource>);
  // `DeadDropUploadUrlA8D6EA50` is the construct `UploadUrl` in the construct `DeadDrop`.
  return new Map(entries.map(([id, resource]) => [id.replace(/^DeadDrop(.+)[0-9A-F]{8}$/, '$1'), resource]));
}

function countTypes(template: Template): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { Type } of resourcesOf(template).values()) counts[Type] = (counts[Type] ?? 0) + 1;
  return counts;
}

const template = synthesize();
const resources = resourcesOf(template);

function properties(id: string, from = resources): Resource['Properties'] {
  const resource = from.get(id);
  if (!resource) throw new Error(`no resource ${id} among ${[...from.keys()].join(', ')}`);
  return resource.Properties;
}

function ofType(type: string): [string, Resource][] {
  const found = [...resources].filter(([, resource]) => resource.Type === type);
  expect(found).not.toEqual([]);
  return found;
}

const FUNCTIONS = ['UploadUrl', 'RegisterId', 'Decoy', 'PublishIds'] as const;

/** Everything there is: one bucket, one queue, four functions, and what connects them. */
const TYPES = {
  'AWS::S3::Bucket': 1,
  'AWS::S3::BucketPolicy': 1,
  'AWS::SQS::Queue': 1,
  'AWS::SQS::QueuePolicy': 1,
  'AWS::Lambda::Function': 4,
  'AWS::Lambda::EventInvokeConfig': 4,
  'AWS::Lambda::Permission': 2,
  'AWS::IAM::Role': 6,
  'AWS::ApiGatewayV2::Api': 1,
  'AWS::ApiGatewayV2::Stage': 1,
  'AWS::ApiGatewayV2::Route': 6,
  'AWS::ApiGatewayV2::Integration': 6,
  'AWS::Scheduler::Schedule': 2,
};

describe('the whole template', () => {
  test('holds one bucket, one queue, four functions, what connects them, and nothing else', () => {
    expect(countTypes(template)).toEqual(TYPES);
  });

  test('holds no log group, alarm, trail, dead-letter queue, trace, key or custom resource', () => {
    // The whole text, so that neither a type, a property nor an action of a policy escapes.
    expect(JSON.stringify(template.toJSON())).not.toMatch(
      /LogGroup|logs:|CloudWatch|Alarm|CloudTrail|DeadLetter|Redrive|Tracing|xray|kms|Custom::|CustomResource|AccessLog|LoggingConfiguration|ManagedPolicy|CDK::Metadata/i,
    );
  });

  test('gives out the base URL and where uploads go, without a slash at their ends, and nothing else', () => {
    expect(template.toJSON().Outputs).toEqual({
      Url: {
        Description: 'The base URL of the drop.',
        Value: { 'Fn::GetAtt': [expect.stringMatching(/^DeadDropApi/), 'ApiEndpoint'] },
      },
      Uploads: {
        Description: 'Where upload URLs lead, for dead-drop gateway.',
        Value: {
          'Fn::Join': [
            '',
            ['https://', { 'Fn::GetAtt': [expect.stringMatching(/^DeadDropBucket/), 'RegionalDomainName'] }],
          ],
        },
      },
    });
  });
});

describe('the bucket', () => {
  const bucket = properties('Bucket');

  test('is encrypted by S3 itself, without ACLs, versions or logs', () => {
    expect(bucket).toEqual({
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: false,
        RestrictPublicBuckets: false,
      },
      LifecycleConfiguration: expect.anything(),
    });
  });

  test('forgets uploads and batches after 14 days, summaries a day before, and unfinished uploads after one', () => {
    const rule = {
      Status: 'Enabled',
      ExpirationInDays: 14,
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
    };
    expect(bucket.LifecycleConfiguration.Rules).toEqual([
      { ...rule, Prefix: 'uploads/' },
      { ...rule, Prefix: 'ids/' },
      { ...rule, Prefix: 'summaries/', ExpirationInDays: 13 },
    ]);
  });
});

test('the queue is a standard one, encrypted by SQS itself, that forgets after 14 days', () => {
  expect(properties('Queue')).toEqual({
    SqsManagedSseEnabled: true,
    MessageRetentionPeriod: 14 * 24 * 3600,
    VisibilityTimeout: 270,
  });
});

describe('the functions', () => {
  test.each(FUNCTIONS)('%s runs on arm64 and Node 24, with nothing to log to', (id) => {
    expect(properties(id)).toMatchObject({
      Architectures: ['arm64'],
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'WARN', ApplicationLogLevel: 'FATAL' },
      Role: { 'Fn::GetAtt': [expect.stringMatching(`^DeadDrop${id}Role[0-9A-F]{8}$`), 'Arn'] },
    });
  });

  test.each(FUNCTIONS)('%s is not tried again and not kept waiting', (id) => {
    expect(properties(`${id}EventInvokeConfig`)).toMatchObject({
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
    expect(properties(`${id}EventInvokeConfig`)).not.toHaveProperty('DestinationConfig');
  });

  test.each([
    ['UploadUrl', 10, 256],
    ['RegisterId', 10, 256],
    ['Decoy', 450, 192],
    ['PublishIds', 180, 1024],
  ])('%s has no environment, which Lambda would decrypt at each cold start, and no key', (id, timeout, memory) => {
    expect(properties(id)).toMatchObject({ Timeout: timeout, MemorySize: memory });
    for (const name of ['Environment', 'KmsKeyArn', 'FileSystemConfigs', 'Layers']) {
      expect(properties(id)).not.toHaveProperty(name);
    }
    expect(JSON.stringify(template.toJSON())).not.toContain('"Environment"');
  });

  test('one publisher runs at a time, and ends before what it held comes back and before the next one starts', () => {
    expect(properties('PublishIds').ReservedConcurrentExecutions).toBe(1);
    const { Timeout } = properties('PublishIds');
    const { VisibilityTimeout } = properties('Queue');
    const { MaximumEventAgeInSeconds } = properties('PublishIdsEventInvokeConfig');
    expect(Timeout).toBeLessThan(VisibilityTimeout);
    expect(VisibilityTimeout).toBeLessThan(300);
    const within = 60; // of a minute, in which Scheduler begins a run
    expect(within + MaximumEventAgeInSeconds + Timeout).toBeLessThanOrEqual(300);
  });
});

describe('the API', () => {
  /** A route's key and where it leads, with the bucket's domain and the function's name spelled out. */
  function routes(): Record<string, unknown> {
    const integrations = new Map(
      Object.entries(template.findResources('AWS::ApiGatewayV2::Integration')).map(([id, { Properties }]) => [
        id,
        Properties,
      ]),
    );
    return Object.fromEntries(
      ofType('AWS::ApiGatewayV2::Route').map(([, { Properties: route }]) => {
        expect(route).toMatchObject({ AuthorizationType: 'NONE' });
        const { ApiId, ...integration } = integrations.get(route.Target['Fn::Join'][1][1].Ref) ?? {};
        return [route.RouteKey, integration];
      }),
    );
  }

  test('has six routes: two to functions, four straight to the bucket', () => {
    const lambda = (id: string) => ({
      IntegrationType: 'AWS_PROXY',
      PayloadFormatVersion: '2.0',
      IntegrationUri: { 'Fn::GetAtt': [expect.stringMatching(`^DeadDrop${id}[0-9A-F]{8}$`), 'Arn'] },
    });
    const domain = { 'Fn::GetAtt': [expect.stringMatching(/^DeadDropBucket/), 'RegionalDomainName'] };
    const changes = [
      ['overwrite:header.content-type', 'application/octet-stream'],
      ['overwrite:header.content-disposition', 'attachment'],
      ['overwrite:header.content-security-policy', "default-src 'none'; sandbox"],
      ['overwrite:header.x-content-type-options', 'nosniff'],
      ...['cache-control', 'content-language', 'expires'].map((name) => [`remove:header.${name}`, "''"]),
    ];
    const asAFile = { ResponseParameters: changes.map(([Destination, Source]) => ({ Destination, Source })) };
    const mark = { 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] };
    const bucket = (path: string) => ({
      IntegrationType: 'HTTP_PROXY',
      IntegrationMethod: 'GET',
      PayloadFormatVersion: '1.0',
      IntegrationUri: { 'Fn::Join': ['', ['https://', domain, path]] },
      // Two quotes: an empty value would map nothing.
      RequestParameters: { 'remove:header.user-agent': "''", 'overwrite:header.referer': mark },
      ResponseParameters: { 200: asAFile, 206: asAFile },
    });
    expect(routes()).toEqual({
      'GET /upload-url': lambda('UploadUrl'),
      'PUT /register-id': lambda('RegisterId'),
      'GET /': bucket('/'),
      'GET /ids/{slot}': bucket('/ids/{slot}'),
      'GET /summaries/{period}': bucket('/summaries/{period}'),
      'GET /uploads/{id}': bucket('/uploads/{id}'),
    });
  });

  test('is throttled and counts nothing in detail', () => {
    const { ApiId, ...stage } = properties('ApiDefaultStage');
    const throttled = { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100, DetailedMetricsEnabled: false };
    expect(stage).toEqual({
      StageName: '$default',
      AutoDeploy: true,
      StageVariables: { bucket: bucketName, queueUrl },
      DefaultRouteSettings: throttled,
      RouteSettings: Object.fromEntries(Object.keys(routes()).map((key) => [key, throttled])),
    });
    // CloudFormation refuses a stage that names a route before it is there.
    const ids = Object.keys(template.findResources('AWS::ApiGatewayV2::Route'));
    expect(ids).toHaveLength(6);
    expect(resources.get('ApiDefaultStage')!.DependsOn).toEqual(expect.arrayContaining(ids));
  });
});

const queueUrl = { Ref: expect.stringMatching(/^DeadDropQueue/) };
const bucketName = { Ref: expect.stringMatching(/^DeadDropBucket/) };
const dropUrl = { 'Fn::GetAtt': [expect.stringMatching(/^DeadDropApi/), 'ApiEndpoint'] };

/** What a schedule tells its function: JSON in which references stand for themselves. */
const input = (...parts: unknown[]) => ({
  'Fn::Join': ['', ['{"time":"<aws.scheduler.scheduled-time>","', ...parts].reduce(joined, [])],
});
const joined = (parts: unknown[], part: unknown) => {
  const before = parts.at(-1);
  return typeof part === 'string' && typeof before === 'string'
    ? [...parts.slice(0, -1), before + part]
    : [...parts, part];
};

describe('the schedules', () => {
  const retryPolicy = { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 };

  test('decoys are sent for each five minutes, and are told for which, for what drop and how many', () => {
    expect(properties('DecoySchedule')).toEqual({
      ScheduleExpression: 'cron(0/5 * * * ? *)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: expect.objectContaining({
        Input: input('dropUrl":"', dropUrl, '","decoysPerMinute":16,"looseCellsPerMinute":24}'),
        RetryPolicy: retryPolicy,
      }),
    });
  });

  test('a batch is due at each full five minutes, and is told for which, from where, into what and how long', () => {
    expect(properties('PublishIdsSchedule')).toEqual({
      ScheduleExpression: 'cron(0/5 * * * ? *)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: { 'Fn::GetAtt': [expect.stringMatching(/^DeadDropPublishIds[0-9A-F]{8}$/), 'Arn'] },
        RoleArn: { 'Fn::GetAtt': [expect.stringMatching(/^DeadDropPublishIdsScheduleRole/), 'Arn'] },
        Input: input('bucket":"', bucketName, '","queueUrl":"', queueUrl, '","linesPerBatch":128}'),
        RetryPolicy: retryPolicy,
      },
    });
  });
});

/** Unbundled code is a hash of the moment. */
const withoutCode = ([id, { Properties, ...rest }]: [string, Resource]) => [
  id,
  rest,
  { ...Properties, Code: undefined },
];

describe('the props', () => {
  const template = synthesize({
    retention: Duration.days(3),
    decoysPerMinute: 0,
    linesPerBatch: 64,
    requestsPerSecond: 5,
    burst: 7,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const resources = resourcesOf(template);

  test('retention holds for uploads, batches and waiting ids, and a day less, but one, for summaries', () => {
    const shortest = properties('Bucket', resourcesOf(synthesize({ retention: Duration.days(1) })));
    const days = shortest.LifecycleConfiguration.Rules.map(
      (rule: { ExpirationInDays: number }) => rule.ExpirationInDays,
    );
    expect(days).toEqual([1, 1, 1]);
    const rules: { ExpirationInDays: number }[] = properties('Bucket', resources).LifecycleConfiguration.Rules;
    expect(rules.map((rule) => rule.ExpirationInDays)).toEqual([3, 3, 2]);
    expect(properties('Queue', resources).MessageRetentionPeriod).toBe(3 * 24 * 3600);
  });

  test('decoysPerMinute and linesPerBatch reach the functions', () => {
    const told = (id: string) => JSON.stringify(properties(id, resources).Target.Input);
    expect(told('DecoySchedule')).toContain('\\"decoysPerMinute\\":0,\\"looseCellsPerMinute\\":0}');
    expect(told('PublishIdsSchedule')).toContain('\\"linesPerBatch\\":64}');
  });

  test('workBits reaches the functions that take something, gives decoys CPU, and without it nothing says so', () => {
    const working = resourcesOf(synthesize({ workBits: 16, decoysPerMinute: 15 }));
    expect(properties('ApiDefaultStage', working).StageVariables.workBits).toBe('16');
    expect(properties('ApiDefaultStage', resources).StageVariables).toEqual({ bucket: bucketName, queueUrl });
    expect(properties('Decoy', working).MemorySize).toBe(192 + 399);
    const templateOf = (props?: DeadDropProps) => JSON.stringify([...resourcesOf(synthesize(props))].map(withoutCode));
    expect(templateOf({ workBits: 0 })).toBe(templateOf());
    expect(JSON.stringify([...resources.values()])).not.toContain('workBits');
  });

  test('requestsPerSecond and burst throttle the API', () => {
    expect(properties('ApiDefaultStage', resources).DefaultRouteSettings).toMatchObject({
      ThrottlingRateLimit: 5,
      ThrottlingBurstLimit: 7,
    });
  });

  test('domainName opens the front under a name of its own, which contacts and decoys use', () => {
    const { domainName, certificateArn } = OWN_DOMAIN;
    const named = synthesize(OWN_DOMAIN);
    const parts = resourcesOf(named);
    expect(properties('Domain', parts)).toEqual({
      DomainName: domainName,
      DomainNameConfigurations: [
        { CertificateArn: certificateArn, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' },
      ],
    });
    const ref = { Ref: expect.stringMatching(/^DeadDropDomain/) };
    expect(properties('DomainMapping', parts)).toMatchObject({ DomainName: ref, Stage: '$default' });
    const url = { 'Fn::Join': ['', ['https://', ref]] };
    const { Outputs } = named.toJSON();
    expect(Outputs.Url.Value).toEqual(url);
    expect(Outputs.DomainTarget.Value).toEqual({ 'Fn::GetAtt': [ref.Ref, 'RegionalDomainName'] });
    expect(properties('DecoySchedule', parts).Target.Input['Fn::Join'][1]).toEqual([
      '{"time":"<aws.scheduler.scheduled-time>","dropUrl":"https://',
      ref,
      expect.stringContaining('"decoysPerMinute":16'),
    ]);
    expect(countTypes(template)).not.toHaveProperty('AWS::ApiGatewayV2::DomainName');
  });

  test('removalPolicy holds for the bucket and the queue, which are retained by default', () => {
    const policyOf = ({ DeletionPolicy, UpdateReplacePolicy }: Resource) => [DeletionPolicy, UpdateReplacePolicy];
    for (const id of ['Bucket', 'Queue']) {
      expect(policyOf(resources.get(id)!)).toEqual(['Delete', 'Delete']);
      expect(policyOf(resourcesOf(synthesize()).get(id)!)).toEqual(['RetainExceptOnCreate', 'Retain']);
    }
  });

  test('none of them changes what there is', () => {
    expect(countTypes(template)).toEqual(TYPES);
  });
});

describe('in an app of somebody else, with every recommended feature flag on', () => {
  const flags = createRequire(import.meta.url)('aws-cdk-lib/recommended-feature-flags.json');

  function foreignStack(): Stack {
    return new Stack(
      new App({ outdir, context: { ...flags, ...WITHOUT_BUNDLES }, analyticsReporting: false }),
      'Foreign',
    );
  }

  test('a drop is the same template', () => {
    expect(flags['@aws-cdk/aws-lambda:useCdkManagedLogGroup']).toBe(true);
    const stack = foreignStack();
    new DeadDrop(stack, 'DeadDrop');
    expect([...resourcesOf(Template.fromStack(stack))].map(withoutCode)).toEqual([...resources].map(withoutCode));
  });

  test('a function beside the drop would get the log group that those of the drop do not, and is refused', () => {
    const stack = foreignStack();
    new DeadDrop(stack, 'DeadDrop');
    const code = Code.fromInline('exports.handler = async () => {};');
    new LambdaFunction(stack, 'Beside', { runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code });
    expect(() => Template.fromStack(stack)).toThrow(
      'Foreign/Beside/LogGroup/Resource (AWS::Logs::LogGroup): log group',
    );
  });
});
