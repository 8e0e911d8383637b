import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnHook, CustomResource, NestedStack, type Stack } from 'aws-cdk-lib';
import { CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { Trail } from 'aws-cdk-lib/aws-cloudtrail';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { type Case, outdir, quiet, raw } from './foreign-app.ts';

/** Resources by their types, what they are given, and the rule that refuses them. */
export const resources: readonly (readonly [
  name: string,
  type: string,
  properties: Record<string, unknown>,
  rule: string,
])[] = [
  ['a raw log group', 'AWS::Logs::LogGroup', {}, 'log group'],
  ['an event data store', 'AWS::CloudTrail::EventDataStore', {}, 'trail'],
  ['a sampling rule', 'AWS::XRay::SamplingRule', {}, 'tracing'],
  [
    'a bucket with a key of AWS',
    'AWS::S3::Bucket',
    {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }],
      },
    },
    'KMS key',
  ],
  [
    'metrics that a condition decides',
    'AWS::ApiGatewayV2::Stage',
    { DefaultRouteSettings: { DetailedMetricsEnabled: { 'Fn::If': ['A', true, false] } } },
    'detailed metric',
  ],
  ['a stream of metrics', 'AWS::CloudWatch::MetricStream', {}, 'detailed metric'],
  ['a link to a watching account', 'AWS::Oam::Link', {}, 'detailed metric'],
  ['a telemetry rule', 'AWS::ObservabilityAdmin::TelemetryRule', {}, 'watcher of the account'],
  ['a report of what is used', 'AWS::CUR::ReportDefinition', { TimeUnit: 'HOURLY' }, 'detailed bill'],
  ['a table with a key', 'AWS::DynamoDB::Table', { SSESpecification: { SSEEnabled: true } }, 'KMS key'],
  [
    'a zone that logs queries',
    'AWS::Route53::HostedZone',
    { QueryLoggingConfig: { CloudWatchLogsLogGroupArn: 'x' } },
    'access log',
  ],
  ['storage lens', 'AWS::S3::StorageLens', {}, 'detailed metric'],
  ['logging of a firewall', 'AWS::WAFv2::LoggingConfiguration', {}, 'access log'],
  ['a firewall that keeps samples', 'AWS::WAFv2::WebACL', {}, 'access log'],
  ['CloudFront', 'AWS::CloudFront::Distribution', {}, 'access log'],
  ['a flow log', 'AWS::EC2::FlowLog', {}, 'access log'],
  ['logging of the account', 'AWS::ApiGateway::Account', {}, 'logging for the account'],
  [
    'a function whose failures go somewhere',
    'AWS::Lambda::EventInvokeConfig',
    { DestinationConfig: { OnFailure: { Destination: 'x' } } },
    'dead-letter queue',
  ],
  [
    'a schedule with a dead-letter queue',
    'AWS::Scheduler::Schedule',
    { Target: { DeadLetterConfig: { Arn: 'x' } } },
    'dead-letter queue',
  ],
  ['a pipe that logs', 'AWS::Pipes::Pipe', { LogConfiguration: { Level: 'ERROR' } }, 'log'],
  [
    'a function with a log group of its own',
    'AWS::Lambda::Function',
    { LoggingConfig: { LogFormat: 'JSON', LogGroup: 'x' } },
    'log',
  ],
  [
    'a function with Lambda Insights',
    'AWS::Lambda::Function',
    { Layers: ['arn:aws:lambda:eu-central-1:580247275435:layer:LambdaInsightsExtension:1'] },
    'tracing',
  ],
  ['a custom resource by another name', 'Custom::Thing', { ServiceToken: 'x' }, 'custom resource'],
  ["a type of nobody's", 'Acme::Watch::Thing', {}, 'unknown template'],
  ['a stack by its address', 'AWS::CloudFormation::Stack', { TemplateURL: 'x' }, 'unknown template'],
  [
    'a balancer with an access log',
    'AWS::ElasticLoadBalancingV2::LoadBalancer',
    { LoadBalancerAttributes: [{ Key: 'access_logs.s3.enabled', Value: 'true' }] },
    'access log',
  ],
  [
    'a balancer that logs connections',
    'AWS::ElasticLoadBalancingV2::LoadBalancer',
    { LoadBalancerAttributes: [{ Key: 'connection_logs.s3.enabled', Value: true }] },
    'access log',
  ],
  [
    'a balancer that logs its checks',
    'AWS::ElasticLoadBalancingV2::LoadBalancer',
    { LoadBalancerAttributes: [{ Key: 'health_check_logs.s3.enabled', Value: { Ref: 'AWS::StackName' } }] },
    'log',
  ],
  [
    'a cluster that counts in detail',
    'AWS::ECS::Cluster',
    { ClusterSettings: [{ Name: 'containerInsights', Value: 'enhanced' }] },
    'detailed metric',
  ],
  [
    'an environment that streams logs',
    'AWS::ElasticBeanstalk::Environment',
    { OptionSettings: [{ Namespace: 'x', OptionName: 'StreamLogs', Value: 'true' }] },
    'log',
  ],
  [
    'a database that logs its users',
    'AWS::Redshift::ClusterParameterGroup',
    { Parameters: [{ ParameterName: 'enable_user_activity_logging', ParameterValue: 'true' }] },
    'log',
  ],
  ['a subscription to an access log', 'AWS::VpcLattice::AccessLogSubscription', {}, 'access log'],
  [
    'a firewall with a dashboard',
    'AWS::NetworkFirewall::Firewall',
    { EnableMonitoringDashboard: true },
    'detailed metric',
  ],
  ['a machine that is watched by the minute', 'AWS::EC2::Instance', { Monitoring: true }, 'detailed metric'],
  [
    'machines that are watched by the minute',
    'AWS::EC2::LaunchTemplate',
    { LaunchTemplateData: { Monitoring: { Enabled: true } } },
    'detailed metric',
  ],
  ['a monitor of the internet', 'AWS::InternetMonitor::Monitor', {}, 'access log'],
  ['a monitor of flows', 'AWS::NetworkFlowMonitor::Monitor', {}, 'access log'],
  ['a command for machines', 'AWS::SSM::Association', { Name: 'AmazonCloudWatch-ManageAgent' }, 'unknown command'],
  [
    'all but something',
    'AWS::IAM::Role',
    { Policies: [{ PolicyDocument: { Statement: { Effect: 'Allow', NotAction: 's3:*', Resource: 'x' } } }] },
    'role action',
  ],
];

/** A template of somebody else's, with a resource of its own. */
function include(stack: Stack, template: Record<string, unknown>): void {
  const templateFile = join(outdir, 'included.json');
  writeFileSync(templateFile, JSON.stringify({ Resources: { Topic: { Type: 'AWS::SNS::Topic' } }, ...template }));
  new CfnInclude(stack, 'Included', { templateFile });
}

/** What somebody adds to the stack of a drop. */
export const beside: readonly Case[] = [
  [
    'a log group',
    ({ stack }) => new LogGroup(stack, 'Log'),
    /^Mine\/Log\/Resource \(AWS::Logs::LogGroup\): log group: /,
  ],
  ['a trail', ({ stack }) => new Trail(stack, 'Trail'), /^Mine\/Trail\/Resource \(AWS::CloudTrail::Trail\): trail: /],
  ['a key', ({ stack }) => new Key(stack, 'Key'), /^Mine\/Key\/Resource \(AWS::KMS::Key\): KMS key: /],
  [
    'a queue with a key',
    ({ stack }) => new Queue(stack, 'Q', { encryption: QueueEncryption.KMS_MANAGED }),
    /^Mine\/Q\/Resource \(AWS::SQS::Queue KmsMasterKeyId\): KMS key: /,
  ],
  [
    'a bucket with an access log',
    ({ stack }) => new Bucket(stack, 'B', { serverAccessLogsPrefix: 'log/' }),
    /^Mine\/B\/Resource \(AWS::S3::Bucket LoggingConfiguration\): log: /,
  ],
  [
    'an API with an access log',
    ({ stack }) => new CfnStage(stack, 'S', { apiId: 'x', stageName: 's', accessLogSettings: { destinationArn: 'x' } }),
    /AccessLogSettings\): access log: /,
  ],
  [
    'a load balancer with an access log',
    ({ stack }) => {
      const vpc = Vpc.fromVpcAttributes(stack, 'V', {
        vpcId: 'x',
        availabilityZones: ['a', 'b'],
        publicSubnetIds: ['x', 'y'],
      });
      new ApplicationLoadBalancer(stack, 'L', { vpc, internetFacing: true }).setAttribute(
        'access_logs.s3.enabled',
        'true',
      );
    },
    /^Mine\/L\/Resource \(.*LoadBalancerAttributes access_logs\.s3\.enabled\): access log: /,
  ],
  [
    'an API that logs bodies',
    ({ stack }) =>
      new CfnStage(stack, 'S', { apiId: 'x', stageName: 's', defaultRouteSettings: { dataTraceEnabled: true } }),
    /DataTraceEnabled\): tracing: /,
  ],
  [
    'an API that logs calls',
    ({ stack }) =>
      new CfnStage(stack, 'S', { apiId: 'x', stageName: 's', routeSettings: { '/x': { LoggingLevel: 'INFO' } } }),
    /LoggingLevel\): log: /,
  ],
  [
    'an API that counts in detail',
    ({ stack }) =>
      new CfnStage(stack, 'S', { apiId: 'x', stageName: 's', defaultRouteSettings: { detailedMetricsEnabled: true } }),
    /DetailedMetricsEnabled\): detailed metric: /,
  ],
  [
    'a bucket with request metrics',
    ({ stack }) => new Bucket(stack, 'B', { metrics: [{ id: 'all' }] }),
    /MetricsConfigurations\): detailed metric: /,
  ],
  [
    'an alarm',
    ({ stack }) =>
      new Alarm(stack, 'A', {
        metric: new Queue(stack, 'Q').metricNumberOfMessagesSent(),
        threshold: 1,
        evaluationPeriods: 1,
      }),
    /^Mine\/A\/Resource \(AWS::CloudWatch::Alarm\): detailed metric: /,
  ],
  [
    'a dead-letter queue',
    ({ stack }) => new Queue(stack, 'Q', { deadLetterQueue: { queue: new Queue(stack, 'Dead'), maxReceiveCount: 1 } }),
    /^Mine\/Q\/Resource \(AWS::SQS::Queue RedrivePolicy\): dead-letter queue: /,
  ],
  [
    'a function with a dead-letter queue',
    ({ stack }) => quiet(stack, 'F', { deadLetterQueue: new Queue(stack, 'Dead') }),
    /DeadLetterConfig\): dead-letter queue: /,
  ],
  [
    'a traced function',
    ({ stack }) => quiet(stack, 'F', { tracing: Tracing.ACTIVE }),
    /^Mine\/F\/Resource \(AWS::Lambda::Function TracingConfig\): tracing: /,
  ],
  [
    'a function as the CDK makes it',
    ({ stack }) =>
      new LambdaFunction(stack, 'F', { runtime: Runtime.NODEJS_22_X, handler: 'x', code: Code.fromInline('x') }),
    /^Mine\/F\/ServiceRole\/Resource \(AWS::IAM::Role ManagedPolicyArns\): role action: /,
  ],
  [
    'a custom resource',
    ({ stack }) => new CustomResource(stack, 'C', { serviceToken: 'x' }),
    /^Mine\/C\/Default \(AWS::CloudFormation::CustomResource\): custom resource: /,
  ],
  [
    'a bucket that is emptied',
    ({ stack }) => new CustomResource(stack, 'C', { serviceToken: 'x', resourceType: 'Custom::S3AutoDeleteObjects' }),
    /: custom resource: /,
  ],
  [
    'a macro over the template',
    ({ stack }) => stack.addTransform('AWS::Serverless-2016-10-31'),
    /^Mine \(Transform\): unknown template: /,
  ],
  [
    'a macro over the template, by the older setting',
    ({ stack }) => Object.assign(stack.templateOptions, { transform: 'AWS::Serverless-2016-10-31' }),
    /^Mine \(Transform\): unknown template: /,
  ],
  [
    'a macro over an empty stack nested in that of the drop',
    ({ stack }) => new NestedStack(stack, 'Nested').addTransform('Acme'),
    /^Mine\/Nested \(Transform\): unknown template: /,
  ],
  ...['AWS::Serverless-2016-10-31', ['AWS::LanguageExtensions', 'Acme'], { Name: 'AWS::Include' }].map(
    (transform): Case => [
      `a template with the macro ${JSON.stringify(transform)}`,
      ({ stack }) => include(stack, { Transform: transform }),
      /^Mine\/Included \(Transform\): unknown template: /,
    ],
  ),
  [
    'a template with a hook',
    ({ stack }) => include(stack, { Hooks: { Hook: { Type: 'Acme::Hook' } } }),
    /^Mine\/Included\/\$Hooks\/Hook \(Hooks\): unknown template: /,
  ],
  [
    'a hook',
    ({ stack }) => new CfnHook(stack, 'Hook', { type: 'AWS::CodeDeploy::BlueGreen' }),
    /^Mine\/Hook \(Hooks\): unknown template: /,
  ],
  [
    'something in a stack nested in that of the drop',
    ({ stack }) => new LogGroup(new NestedStack(stack, 'Nested'), 'Log'),
    /^Mine\/Nested\/Log\/Resource \(.*\): log group: /,
  ],
  [
    'a macro within a resource',
    ({ stack }) => raw(stack, 'AWS::SNS::Topic', { 'Fn::Transform': { Name: 'x' } }),
    /^Mine\/Raw \(Transform\): unknown template: /,
  ],
];
