import { Aws, CfnOutput, CfnResource, Fn, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { CfnStage, HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpUrlIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Trail } from 'aws-cdk-lib/aws-cloudtrail';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { ManagedPolicy, Policy, PolicyStatement, type Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { EventType } from 'aws-cdk-lib/aws-s3';
import { SqsDestination } from 'aws-cdk-lib/aws-s3-notifications';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { DeadDrop } from '../lib/dead-drop.ts';
import { type Case, type Foreign, hatch, quiet, raw } from './foreign-app.ts';
import { OWN_DOMAIN } from './own-domain.ts';

const other = ({ app }: Foreign) => new Stack(app, 'Other');

const hostOf = (url: string) => Fn.select(2, Fn.split('/', url));

function distribution(made: Foreign, DomainName: string, settings: Record<string, unknown> = {}): CfnResource {
  const DistributionConfig = { Enabled: true, Origins: [{ Id: 'o', DomainName }], ...settings };
  return raw(other(made), 'AWS::CloudFront::Distribution', { DistributionConfig });
}

const redirection = ({ drop }: Foreign) => ({ Type: 'redirect', RedirectConfig: { Host: hostOf(drop.url) } });

/** A balancer in another stack that keeps an access log, and a listener of it. */
function balancer(made: Foreign, change: (properties: Record<string, unknown>) => Record<string, unknown>) {
  const stack = other(made);
  const { ref } = raw(stack, 'AWS::ElasticLoadBalancingV2::LoadBalancer', {
    LoadBalancerAttributes: [{ Key: 'access_logs.s3.enabled', Value: 'true' }],
  });
  const properties = change({ LoadBalancerArn: ref, Port: 443 });
  const listener = new CfnResource(stack, 'Listener', { type: 'AWS::ElasticLoadBalancingV2::Listener', properties });
  return { stack, listener };
}

const LOGS_OF_BALANCER = /^Other\/Raw \(.*LoadBalancerAttributes access_logs\.s3\.enabled\): recording front: /;

/** An API in another stack that passes every request on. */
export function proxy(made: Foreign, url: string): HttpApi {
  return new HttpApi(other(made), 'Api', { defaultIntegration: new HttpUrlIntegration('I', `${url}/{proxy}`) });
}

/** What somebody connects to a drop, or sets up for the whole account. */
export const connected: readonly Case[] = [
  [
    'a front with a log before a domain of its own, which it names in full',
    (made) => {
      new DeadDrop(new Stack(made.app, 'Named'), 'DeadDrop', OWN_DOMAIN);
      distribution(made, OWN_DOMAIN.domainName, { Logging: { Bucket: 'logs.s3.amazonaws.com' } });
    },
    /^Other\/Raw \(.*Logging\): recording front: /,
  ],
  [
    'a trigger of its queue',
    ({ stack, drop }) => quiet(stack, 'F').addEventSourceMapping('E', { eventSourceArn: drop.queue.queueArn }),
    /^Mine\/F\/E\/Resource \(AWS::Lambda::EventSourceMapping\): names the drop: /,
  ],
  [
    'a notification of its bucket',
    ({ stack, drop }) =>
      drop.bucket.addEventNotification(EventType.OBJECT_CREATED, new SqsDestination(new Queue(stack, 'Q'))),
    /Notifications\/Resource \(Custom::S3BucketNotifications\): custom resource: /,
  ],
  [
    'a text with the name of its function',
    ({ stack, drop }) =>
      raw(stack, 'AWS::SNS::Topic', {
        DisplayName: { 'Fn::Sub': `/aws/lambda/\${${stack.getLogicalId(hatch(drop, 'RegisterId'))}}` },
      }),
    /^Mine\/Raw \(AWS::SNS::Topic\): names the drop: /,
  ],
  [
    'a permission to invoke its function',
    ({ drop }) =>
      (drop.node.findChild('RegisterId') as LambdaFunction).addPermission('P', {
        principal: new ServicePrincipal('s3.amazonaws.com'),
      }),
    /^Mine\/Drop\/RegisterId\/P \(AWS::Lambda::Permission\): added part: /,
  ],
  [
    'a stage of its API',
    ({ stack, drop }) => new CfnStage(stack, 'S', { apiId: drop.api.apiId, stageName: 's' }),
    /^Mine\/S \(AWS::ApiGatewayV2::Stage\): names the drop: /,
  ],
  [
    'a policy for its bucket',
    ({ stack, drop }) => raw(stack, 'AWS::S3::BucketPolicy', { Bucket: drop.bucket.bucketName }),
    /\(AWS::S3::BucketPolicy\): names the drop: /,
  ],
  [
    'a policy for its role',
    ({ stack, drop }) =>
      new Policy(stack, 'P', {
        roles: [drop.node.findChild('DecoyRole') as Role],
        statements: [new PolicyStatement({ actions: ['sqs:ListQueues'], resources: ['*'] })],
      }),
    /^Mine\/P\/Resource \(AWS::IAM::Policy\): names the drop: /,
  ],
  [
    'a grant to somebody else',
    ({ stack, drop }) => drop.queue.grantConsumeMessages(quiet(stack, 'F')),
    /^Mine\/FRole\/DefaultPolicy\/Resource \(AWS::IAM::Policy\): names the drop: /,
  ],
  [
    'an alarm in another stack',
    (made) =>
      new Alarm(other(made), 'A', {
        metric: made.drop.queue.metricNumberOfMessagesSent(),
        threshold: 1,
        evaluationPeriods: 1,
      }),
    /^Other\/A\/Resource \(AWS::CloudWatch::Alarm\): names the drop: /,
  ],
  [
    'a trigger in a stack nested in its own',
    ({ stack, drop }) => raw(new NestedStack(stack, 'N'), 'AWS::Pipes::Pipe', { Source: drop.queue.queueArn }),
    /^Mine\/N.NestedStack\/N.NestedStackResource \(AWS::CloudFormation::Stack\): names the drop: /,
  ],
  [
    'an export that another stack takes up',
    (made) => {
      new CfnOutput(made.stack, 'O', { value: made.drop.bucket.bucketName, exportName: 'the-bucket' });
      raw(other(made), 'AWS::Lambda::Function', { Environment: { Variables: { A: Fn.importValue('the-bucket') } } });
    },
    /^Other\/Raw \(AWS::Lambda::Function\): names the drop: /,
  ],
  [
    'an export whose name is put together at deployment',
    ({ stack, drop }) =>
      new CfnOutput(stack, 'O', { value: drop.bucket.bucketName, exportName: `${Aws.STACK_NAME}-bucket` }),
    /^Mine\/O \(Outputs\): names the drop: /,
  ],
  ...[
    Fn.importValue(Fn.sub('the-bucket')),
    Fn.importValue(Fn.sub(`the-\${AWS::Region}`)),
    Fn.importValue(Fn.sub(`\${Of}-bucket`, { Of: 'the' })),
    Fn.importValue(Fn.join('-', ['the', Aws.STACK_NAME])),
    Fn.importValue(Fn.findInMap('A', Aws.REGION, 'B')),
  ].map(
    (imported, i): Case => [
      `an export that another stack takes up by a name that is put together: ${i}`,
      (made) => {
        new CfnOutput(made.stack, 'O', { value: made.drop.bucket.bucketName, exportName: 'the-bucket' });
        raw(other(made), 'AWS::S3::BucketPolicy', { Bucket: imported });
      },
      /^Other\/Raw \(AWS::S3::BucketPolicy\): names the drop: /,
    ],
  ),
  [
    'a text with an output of the stack nested around a drop',
    ({ stack }) => {
      const nested = new NestedStack(stack, 'N');
      new CfnOutput(nested, 'O', { value: new DeadDrop(nested, 'D').queue.queueName });
      const id = stack.getLogicalId(nested.nestedStackResource as CfnResource);
      raw(stack, 'AWS::SNS::Topic', { DisplayName: { 'Fn::Sub': `\${${id}.Outputs.O}` } });
    },
    /^Mine\/Raw \(AWS::SNS::Topic\): names the drop: /,
  ],
  [
    'a policy for a bucket by a name that is cut out of its domain',
    (made) =>
      raw(other(made), 'AWS::S3::BucketPolicy', {
        Bucket: Fn.select(0, Fn.split('.', made.drop.bucket.bucketRegionalDomainName)),
      }),
    /^Other\/Raw \(AWS::S3::BucketPolicy\): names the drop: /,
  ],
  [
    'a route of its API by an id that is cut out of its URL',
    ({ stack, drop }) =>
      raw(stack, 'AWS::ApiGatewayV2::Route', { ApiId: Fn.select(0, Fn.split('.', hostOf(drop.url))) }),
    /^Mine\/Raw \(AWS::ApiGatewayV2::Route\): names the drop: /,
  ],
  [
    'CloudFront with a log before its URL',
    (made) => distribution(made, hostOf(made.drop.url), { Logging: { Bucket: 'x' } }),
    /^Other\/Raw \(AWS::CloudFront::Distribution\): recording front: /,
  ],
  [
    'CloudFront before its bucket',
    (made) => distribution(made, made.drop.bucket.bucketRegionalDomainName),
    /^Other\/Raw \(AWS::CloudFront::Distribution\): recording front: /,
  ],
  [
    'a balancer that logs, of which a listener leads to its URL',
    (made) => balancer(made, (listener) => ({ ...listener, DefaultActions: [redirection(made)] })),
    LOGS_OF_BALANCER,
  ],
  [
    'a balancer that logs, of which a rule of a listener leads to its URL',
    (made) => {
      const { stack, listener } = balancer(made, (properties) => properties);
      const ListenerArn = listener.ref;
      new CfnResource(stack, 'Rule', {
        type: 'AWS::ElasticLoadBalancingV2::ListenerRule',
        properties: { ListenerArn, Actions: [redirection(made)] },
      });
    },
    LOGS_OF_BALANCER,
  ],
  [
    'a container that passes requests on to its URL and logs',
    (made) =>
      raw(other(made), 'AWS::ECS::TaskDefinition', {
        ContainerDefinitions: [
          { Environment: [{ Name: 'URL', Value: made.drop.url }], LogConfiguration: { LogDriver: 'awslogs' } },
        ],
      }),
    /^Other\/Raw \(AWS::ECS::TaskDefinition ContainerDefinitions LogConfiguration\): recording front: /,
  ],
  [
    'an API with an access log before it',
    (made) => {
      const { defaultStage } = proxy(made, made.drop.url);
      (defaultStage!.node.defaultChild as CfnStage).accessLogSettings = { destinationArn: 'x', format: 'x' };
    },
    /^Other\/Api\/DefaultStage\/Resource \(AWS::ApiGatewayV2::Stage AccessLogSettings\): recording front: /,
  ],
  [
    'an alarm of an API before it',
    (made) => {
      const api = proxy(made, made.drop.url);
      new Alarm(Stack.of(api), 'A', { metric: api.metricCount(), threshold: 1, evaluationPeriods: 1 });
    },
    /^Other\/A\/Resource \(AWS::CloudWatch::Alarm\): recording front: /,
  ],
  [
    'an old kind of API with an access log before it',
    (made) => {
      const stack = other(made);
      const api = new CfnResource(stack, 'Api', { type: 'AWS::ApiGateway::RestApi' });
      const RestApiId = api.ref;
      new CfnResource(stack, 'Method', {
        type: 'AWS::ApiGateway::Method',
        properties: { RestApiId, Integration: { Uri: made.drop.url } },
      });
      raw(stack, 'AWS::ApiGateway::Stage', { RestApiId, AccessLogSetting: { DestinationArn: 'x' } });
    },
    /^Other\/Raw \(AWS::ApiGateway::Stage AccessLogSetting\): recording front: /,
  ],
  [
    'CloudFront with a log before a URL whose export has a name that is put together',
    (made) => {
      new CfnOutput(made.stack, 'O', { value: made.drop.url, exportName: `${Aws.STACK_NAME}-url` });
      distribution(made, Fn.importValue('Mine-url'), { Logging: { Bucket: 'x' } });
    },
    /^Other\/Raw \(AWS::CloudFront::Distribution\): recording front: /,
  ],
  [
    'CloudFront before a drop in a nested stack',
    (made) => distribution(made, hostOf(new DeadDrop(new NestedStack(made.stack, 'N'), 'D').url)),
    /^Other\/Raw \(AWS::CloudFront::Distribution\): recording front: /,
  ],
  [
    'a trail in another stack',
    (made) => new Trail(other(made), 'T'),
    /^Other\/T\/Resource \(AWS::CloudTrail::Trail\): trail: /,
  ],
  ['a detector in another stack', (made) => raw(other(made), 'AWS::GuardDuty::Detector'), /: watcher of the account: /],
  ...[
    'ObservabilityAdmin::TelemetryRule',
    'ObservabilityAdmin::OrganizationTelemetryRule',
    'ObservabilityAdmin::TelemetryPipelines',
    'ObservabilityAdmin::S3TableIntegration',
    'DevOpsGuru::ResourceCollection',
    'ApplicationInsights::Application',
    'AuditManager::Assessment',
    'SecurityHub::Hub',
  ].map(
    (type): Case => [
      `${type} in another stack`,
      (made) => raw(other(made), `AWS::${type}`),
      new RegExp(`^Other/Raw \\(AWS::${type}\\): watcher of the account: `),
    ],
  ),
  ...['CUR::ReportDefinition', 'BCMDataExports::Export'].map(
    (type): Case => [
      `${type} in another stack`,
      (made) => raw(other(made), `AWS::${type}`),
      new RegExp(`^Other/Raw \\(AWS::${type}\\): detailed bill: `),
    ],
  ),
  [
    'a log policy of the account in another stack',
    (made) => raw(other(made), 'AWS::Logs::AccountPolicy'),
    /: logging for the account: /,
  ],
  [
    'a trail in another stage',
    ({ app }) => new Trail(new Stack(new Stage(app, 'Stage'), 'Other'), 'T'),
    /^Stage\/Other\/T\/Resource \(AWS::CloudTrail::Trail\): trail: /,
  ],
];

const rights: readonly [name: string, statement: Record<string, unknown>, what: string][] = [
  ['to do anything', { Action: '*', Resource: '*' }, '*'],
  ['to do anything with buckets', { Action: 's3:*', Resource: '*' }, 's3:*'],
  ['to do anything with queues', { Action: ['sqs:*'], Resource: ['arn:aws:sqs:*:*:*'] }, 'sqs:*'],
  ['to list all buckets', { Action: 's3:ListBucket', Resource: 'arn:aws:s3:::*' }, 's3:ListBucket'],
  ['to read buckets of a pattern', { Action: 's3:GetObject', Resource: 'arn:aws:s3:::mi*/*' }, 's3:GetObject'],
  ['to read queues of a pattern', { Action: 'sqs:Re*', Resource: 'arn:aws:sqs:x:1:Mine-Dr*' }, 'sqs:Re*'],
  [
    'to change all functions of the account',
    { Action: 'lambda:Update*', Resource: { 'Fn::Sub': `arn:aws:lambda:\${AWS::Region}:1:function:*` } },
    'lambda:Update*',
  ],
  ['to do all but something', { NotAction: 'iam:*', Resource: '*' }, 'NotAction'],
  ['to read all buckets but one', { Action: 's3:Get*', NotResource: 'arn:aws:s3:::x/*' }, 's3:Get*'],
];

const withRights = (made: Foreign, statement: Record<string, unknown>) =>
  raw(other(made), 'AWS::IAM::Role', {
    Policies: [{ PolicyDocument: { Statement: { Effect: 'Allow', ...statement } } }],
  });

/** Rights of roles in another stack that take in the drop without naming it. */
export const reaching: readonly Case[] = [
  ...rights.map(
    ([name, statement, what]): Case => [
      name,
      (made) => withRights(made, statement),
      new RegExp(`^Other/Raw \\(AWS::IAM::Role ${what.replaceAll('*', '\\*')}\\): role action: `),
    ],
  ),
  ...['AdministratorAccess', 'AmazonS3ReadOnlyAccess', 'service-role/AWSLambdaSQSQueueExecutionRole'].map(
    (name): Case => [
      name,
      (made) => (quiet(other(made), 'F').role as Role).addManagedPolicy(ManagedPolicy.fromAwsManagedPolicyName(name)),
      /^Other\/FRole\/Resource \(AWS::IAM::Role ManagedPolicyArns\): role action: /,
    ],
  ),
  [
    'of a function as the CDK makes it',
    (made) =>
      new LambdaFunction(other(made), 'F', {
        runtime: Runtime.NODEJS_22_X,
        handler: 'x',
        code: Code.fromInline('x'),
        initialPolicy: [new PolicyStatement({ actions: ['s3:*'], resources: ['*'] })],
      }),
    /^Other\/F\/ServiceRole\/DefaultPolicy\/Resource \(AWS::IAM::Policy s3:\*\): role action: /,
  ],
];
