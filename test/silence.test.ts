import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type App,
  Aspects,
  Aws,
  CfnOutput,
  Fn,
  Lazy,
  NestedStack,
  PropertyInjectors,
  RemovalPolicy,
  Stack,
  Stage,
  Tags,
  Validations,
} from 'aws-cdk-lib';
import { CfnApiMapping, HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Trail } from 'aws-cdk-lib/aws-cloudtrail';
import { ManagedPolicy, PermissionsBoundary, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Bucket, EventType } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { SqsDestination } from 'aws-cdk-lib/aws-s3-notifications';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { DeadDrop } from '../lib/dead-drop.ts';
import { DeadDropStack } from '../lib/dead-drop-stack.ts';
import {
  type Case,
  emptyApp,
  expectLine,
  type Foreign,
  hatch,
  linesAfter,
  linesOf,
  outdir,
  quiet,
  raw,
} from './foreign-app.ts';
import { beside, resources } from './silence-beside.ts';
import { connected, proxy, reaching } from './silence-connected.ts';
import { foreignRoles, rights, secrets } from './silence-rights.ts';
import { within } from './silence-within.ts';

describe.each([
  ['beside a drop', beside],
  ['beside a drop, in an environment, a secret', secrets],
  ['beside a drop, for a role, a right', rights],
  ['beside a drop, a role from somewhere else', foreignRoles],
  ['for a role in another stack, a right', reaching],
  ['in a drop, after it was made', within],
  ['if it is connected to a drop or watches its account', connected],
] as [string, readonly Case[]][])('refused %s:', (_, cases) => {
  test.each(cases)('%s', (...args) => expectLine(args as Case));
});

test.each(resources)('refused beside a drop, by its type: %s', (name, type, properties, rule) => {
  expectLine([name, ({ stack }) => raw(stack, type, properties), new RegExp(`^Mine/Raw \\(${type}.*\\): ${rule}: `)]);
});

describe('property injectors', () => {
  /** A drop in an app whose injector gives each construct of a class other properties. */
  const under = (uniqueId: string, scope: (app: App, stack: Stack) => IConstruct = (app) => app) => {
    const app = emptyApp();
    const stack = new Stack(app, 'Mine');
    const inject = (props: Record<string, unknown>) => ({ ...props, lifecycleRules: [], enforceSSL: false });
    PropertyInjectors.of(scope(app, stack)).add({ constructUniqueId: uniqueId, inject });
    return () => new DeadDrop(stack, 'Drop');
  };

  test.each([
    ['a bucket that forgets nothing and takes plain HTTP', Bucket.PROPERTY_INJECTION_ID],
    ['a queue without TLS', Queue.PROPERTY_INJECTION_ID],
    ['other code', NodejsFunction.PROPERTY_INJECTION_ID],
    ['roles of another kind', Role.PROPERTY_INJECTION_ID],
    ['another API', HttpApi.PROPERTY_INJECTION_ID],
  ])('for what a drop is made of are refused: %s', (_, id) => {
    expect(under(id)).toThrow(`property injectors for ${id} would change the parts of a drop`);
    expect(under(id, (_app, stack) => stack)).toThrow(`property injectors for ${id} would change`);
  });

  test('for anything else are not', () => {
    expect(under(Topic.PROPERTY_INJECTION_ID)).not.toThrow();
  });
});

describe('not refused beside a drop:', () => {
  const harmless: Record<string, (foreign: Foreign) => void> = {
    nothing: () => {},
    'outputs, of the name of the bucket too': ({ stack, drop }) => {
      new CfnOutput(stack, 'Url', { value: drop.url });
      new CfnOutput(stack, 'Name', { value: drop.bucket.bucketName, exportName: 'name' });
    },
    'a bucket with versions, and a role that may read it': ({ stack }) => {
      const bucket = new Bucket(stack, 'Bucket', { versioned: true });
      bucket.grantRead(quiet(stack, 'Reader'));
    },
    'a queue with the encryption of SQS, a topic and a table': ({ stack }) => {
      new Queue(stack, 'Queue', { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true });
      new Topic(stack, 'Topic');
      raw(stack, 'AWS::DynamoDB::Table', { BillingMode: 'PAY_PER_REQUEST' });
    },
    'a function that knows the URL': ({ stack, drop }) =>
      quiet(stack, 'F', {
        environment: { URL: drop.url, NAME: 'deaddrop-deaddropbucket92aa8c21-eu-central-1', TOKEN_DAYS: '3' },
      }),
    'a function in another stack that knows the URL': ({ app, drop }) =>
      quiet(new Stack(app, 'Other'), 'F', { environment: { URL: drop.url } }),
    'imports of other things under names that are put together': ({ app, stack, drop }) => {
      new CfnOutput(stack, 'Name', { value: drop.bucket.bucketName, exportName: 'name' });
      raw(new Stack(app, 'Other'), 'AWS::SNS::Topic', { TopicName: Fn.importValue(Fn.sub(`\${AWS::Region}-topic`)) });
    },
    'an API in another stack that passes requests on and records nothing': (made) => proxy(made, made.drop.url),
    'an API in another stack that records, and one beside it that passes requests on': (made) => {
      const api = proxy(made, made.drop.url);
      const settings = { AccessLogSettings: { DestinationArn: 'x' } };
      raw(Stack.of(api), 'AWS::ApiGatewayV2::Stage', { ApiId: 'another', ...settings });
    },
    'a function in another stack with a key that knows the host': ({ app, drop }) => {
      const other = new Stack(app, 'Other');
      const environment = { HOST: Fn.select(1, Fn.split('https://', drop.url)) };
      quiet(other, 'F', { environment, environmentEncryption: new Key(other, 'Key') });
    },
    'a role that is given to a stack nested beside it, or to nobody if a condition holds': ({ stack }) => {
      const { role } = quiet(stack, 'F');
      const nested = new NestedStack(stack, 'N');
      quiet(nested, 'F', { role });
      quiet(nested, 'G', { role: quiet(nested, 'H').role });
      raw(nested, 'AWS::ECS::TaskDefinition', { TaskRoleArn: { 'Fn::If': ['A', role!.roleArn, Aws.NO_VALUE] } });
      const ServiceLinkedRoleARN = 'arn:aws:iam::1:role/aws-service-role/autoscaling.amazonaws.com/x';
      raw(stack, 'AWS::AutoScaling::AutoScalingGroup', { ServiceLinkedRoleARN });
    },
    'in another stack, functions as the CDK makes them, with rights on their own things': ({ app }) => {
      const other = new Stack(app, 'Other');
      const bucket = new Bucket(other, 'Bucket');
      const code = Code.fromInline('x');
      const reader = new LambdaFunction(other, 'F', { runtime: Runtime.NODEJS_22_X, handler: 'x', code });
      bucket.grantReadWrite(reader);
      bucket.addEventNotification(EventType.OBJECT_CREATED, new SqsDestination(new Queue(other, 'Queue')));
      const deployed = join(outdir, 'deployed');
      mkdirSync(deployed, { recursive: true });
      new BucketDeployment(other, 'D', { sources: [Source.asset(deployed)], destinationBucket: bucket });
      for (const [action, resource] of [
        ['s3:ListAllMyBuckets', '*'],
        ['s3:GetObject', 'arn:aws:s3:::others/*'],
        ['s3:*', 'arn:aws:s3:::others-*'],
        ['sqs:SendMessage', 'arn:aws:sqs:eu-central-1:111122223333:orders-*'],
        ['logs:PutLogEvents', '*'],
      ] as const)
        reader.addToRolePolicy(new PolicyStatement({ actions: [action], resources: [resource] }));
    },
    'what is switched off': ({ stack }) =>
      raw(stack, 'AWS::ApiGatewayV2::Stage', {
        DefaultRouteSettings: { DataTraceEnabled: false, DetailedMetricsEnabled: false, LoggingLevel: 'OFF' },
        TracingConfig: { Mode: 'PassThrough' },
        LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'DEBUG' },
        Monitoring: { Enabled: false },
        ClusterSettings: [{ Name: 'containerInsights', Value: 'disabled' }],
        LoadBalancerAttributes: [
          { Key: 'access_logs.s3.enabled', Value: 'false' },
          { Key: 'access_logs.s3.bucket', Value: 'x' },
          { Key: 'idle_timeout.timeout_seconds', Value: '60' },
        ],
      }),
    'a domain name for the API': ({ stack, drop }) =>
      new CfnApiMapping(stack, 'Mapping', { apiId: drop.api.apiId, domainName: 'drop.example', stage: '$default' }),
    'tags, a boundary for all roles, and removal with the stack': ({ app, drop }) => {
      Tags.of(app).add('team', 'news');
      PermissionsBoundary.of(app).apply(ManagedPolicy.fromAwsManagedPolicyName('ReadOnlyAccess'));
      drop.bucket.applyRemovalPolicy(RemovalPolicy.DESTROY);
    },
    'other logical ids': ({ drop }) => hatch(drop, 'Bucket').overrideLogicalId('Cells'),
    'another drop': ({ stack }) => new DeadDrop(stack, 'Second', { decoysPerMinute: 1e-7 }),
    'a drop in a nested stack, and one in a stage': ({ app, stack }) => {
      new DeadDrop(new NestedStack(stack, 'Nested'), 'Drop');
      new DeadDropStack(new Stage(app, 'Stage'), 'Drop');
    },
    'logs and keys in another stack, which has nothing to do with it': ({ app }) => {
      const other = new Stack(app, 'Other');
      new LogGroup(other, 'Log', { encryptionKey: new Key(other, 'Key') });
    },
  };
  test.each(Object.entries(harmless))('%s', (_, add) => expect(linesAfter(add)).toEqual([]));
});

describe('no way round:', () => {
  const line =
    'Mine/Log/Resource (AWS::Logs::LogGroup): log group: a log keeps who came and when, for longer than the drop keeps anything, and its readers can be asked for it';

  test('acknowledging does not silence a rule, whatever it is called', () => {
    const acknowledged = (foreign: Foreign) => {
      const log = new LogGroup(foreign.stack, 'Log');
      const ids = ['log group', 'log-group', '*', 'LogGroup', 'ValidationFailedWithErrors', line.replaceAll('::', ':')];
      for (const scope of [foreign.app, foreign.stack, foreign.drop, log, log.node.defaultChild!]) {
        Validations.of(scope).acknowledge(...ids.map((id) => ({ id, reason: 'We would like to know who comes.' })));
        scope.node.addMetadata('cdk_nag', { rules_to_suppress: ids.map((id) => ({ id, reason: 'The same again.' })) });
      }
    };
    expect(linesAfter(acknowledged)).toEqual([line]);
  });

  test('nor does context that hands the report of validations to somebody else', () => {
    const app = emptyApp({
      '@aws-cdk/core:failSynthOnValidationErrors': false,
      '@aws-cdk/core:validateAgainstDefaultRules': false,
    });
    const stack = new Stack(app, 'Mine');
    new DeadDrop(stack, 'Drop');
    new LogGroup(stack, 'Log');
    expect(linesOf(() => app.synth())).toEqual([line]);
    expect(linesOf(() => app.synth({ skipValidation: true, force: true }))).toEqual([line]);
  });

  test('nor does an aspect that adds it last', () => {
    const late = ({ app, stack }: Foreign) =>
      Aspects.of(app).add(
        { visit: (node) => void (node === app && new LogGroup(stack, 'Log')) },
        { priority: 1_000_000 },
      );
    expect(linesAfter(late)).toEqual([line]);
  });

  test('nor does a value that is decided late', () => {
    let asked = 0;
    const late = ({ drop }: Foreign) =>
      hatch(drop, 'Queue').addPropertyOverride(
        'RedrivePolicy',
        Lazy.any({ produce: () => ({ maxReceiveCount: asked++ }) }),
      );
    expect(linesAfter(late).join()).toContain('RedrivePolicy');
  });

  const outside: Record<string, (app: App) => Stack> = {
    'from outside of it': (app) => new Stack(app, 'Other'),
    'from another stage': (app) => new Stack(new Stage(app, 'Later'), 'Other'),
  };
  describe.each(Object.entries(outside))('nor does a stage of its own, for what records the account %s', (_, add) => {
    test.each([false, true])('and comes late; validation skipped: %s', (skipValidation) => {
      const app = emptyApp();
      for (const id of ['First', 'Second']) new DeadDropStack(new Stage(app, id), 'Mine');
      const other = add(app);
      const watched = Stage.of(other)!;
      Aspects.of(watched).add({ visit: (node) => void (node === watched && new Trail(other, 'Trail')) });
      const lines = linesOf(() => app.synth({ skipValidation }));
      expect(new Set(lines).size).toBe(1);
      expect(lines[0]).toMatch(/Other\/Trail\/Resource \(AWS::CloudTrail::Trail\): trail: /);
    });
  });

  test.each(['strong', 'weak', 'both'])('nor does a %s reference from another stack', (strength) => {
    const app = emptyApp({ '@aws-cdk/core:defaultCrossStackReferences': strength });
    const { queue } = new DeadDrop(new Stack(app, 'Mine'), 'Drop');
    raw(new Stack(app, 'Other'), 'AWS::Pipes::Pipe', { Source: queue.queueArn });
    const lines = linesOf(() => app.synth());
    expect(lines.join()).toMatch(/^Other\/Raw \(AWS::Pipes::Pipe\): names the drop: /);
  });

  test('the stack of this project is ruled alike', () => {
    const app = emptyApp();
    new LogGroup(new DeadDropStack(app, 'Mine'), 'Log');
    expect(linesOf(() => app.synth())).toEqual([line]);
  });
});

test('cdk synth says the line and fails, also when it is told not to validate', async () => {
  const root = join(import.meta.dirname, '..');
  const script = join(outdir, 'app.ts');
  writeFileSync(
    script,
    `import { createRequire } from 'node:module';
     const cdk = createRequire('${root}/')('aws-cdk-lib');
     const logs = createRequire('${root}/')('aws-cdk-lib/aws-logs');
     const { DeadDrop } = await import('${root}/lib/dead-drop.ts');
     const app = new cdk.App({ context: { 'aws:cdk:bundling-stacks': [] } });
     const stack = new cdk.Stack(app, 'Mine');
     new DeadDrop(stack, 'Drop');
     new logs.LogGroup(stack, 'Log');
     app.synth();`,
  );
  // As in this project: nothing is asked of the network.
  const settings = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
  const output = join(outdir, 'synthesized');
  writeFileSync(
    join(outdir, 'cdk.json'),
    JSON.stringify({ ...settings, app: `${process.execPath} ${script}`, output }),
  );
  const run = promisify(execFile)(join(root, 'node_modules/.bin/cdk'), ['synth', '--no-validation'], { cwd: outdir });
  const { code, stderr } = await run.catch((error) => error);
  expect(code).toBe(1);
  expect(stderr).toContain('Mine/Log/Resource (AWS::Logs::LogGroup): log group: a log keeps who came and when');
});
