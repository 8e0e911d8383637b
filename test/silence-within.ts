import { ManagedPolicy, PolicyStatement, type Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { type Case, hatch, raw } from './foreign-app.ts';

/** What somebody does to the parts of a drop. */
export const within: readonly Case[] = [
  [
    'a log group',
    ({ drop }) => new LogGroup(drop, 'Log'),
    /^Mine\/Drop\/Log\/Resource \(AWS::Logs::LogGroup\): log group: /,
  ],
  [
    'another function',
    ({ drop }) => raw(drop, 'AWS::Lambda::Function'),
    /^Mine\/Drop\/Raw \(AWS::Lambda::Function\): added part: /,
  ],
  [
    'a second route',
    ({ drop }) => drop.api.addStage('Second', { stageName: 'second' }),
    /^Mine\/Drop\/Api\/Second\/Resource \(AWS::ApiGatewayV2::Stage\): added part: /,
  ],
  [
    'an access log of the API',
    ({ drop }) => hatch(drop, 'Api', 'DefaultStage').addPropertyOverride('AccessLogSettings', { DestinationArn: 'x' }),
    /^Mine\/Drop\/Api\/DefaultStage\/Resource \(AWS::ApiGatewayV2::Stage AccessLogSettings\): access log: /,
  ],
  [
    'detailed metrics',
    ({ drop }) =>
      hatch(drop, 'Api', 'DefaultStage').addPropertyOverride('DefaultRouteSettings.DetailedMetricsEnabled', true),
    /DefaultRouteSettings DetailedMetricsEnabled\): detailed metric: /,
  ],
  ...[
    'VersioningConfiguration',
    'ObjectLockConfiguration',
    'NotificationConfiguration',
    'ReplicationConfiguration',
    'InventoryConfigurations',
    'AnalyticsConfigurations',
    'MetadataTableConfiguration',
  ].map(
    (name): Case => [
      name,
      ({ drop }) => hatch(drop, 'Bucket').addPropertyOverride(name, { A: 1 }),
      new RegExp(`^Mine/Drop/Bucket/Resource \\(AWS::S3::Bucket ${name}\\): changed part: `),
    ],
  ),
  [
    'MetricsConfigurations',
    ({ drop }) => hatch(drop, 'Bucket').addPropertyOverride('MetricsConfigurations', [{ Id: 'x' }]),
    /MetricsConfigurations\): detailed metric: /,
  ],
  [
    'an access log of the bucket',
    ({ drop }) => hatch(drop, 'Bucket').addPropertyOverride('LoggingConfiguration', { LogFilePrefix: 'x' }),
    /LoggingConfiguration\): log: /,
  ],
  [
    'a bucket that forgets nothing',
    ({ drop }) => hatch(drop, 'Bucket').addPropertyDeletionOverride('LifecycleConfiguration'),
    /LifecycleConfiguration\): changed part: /,
  ],
  [
    'a key for the bucket',
    ({ drop }) =>
      hatch(drop, 'Bucket').addPropertyOverride(
        'BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault',
        { SSEAlgorithm: 'aws:kms' },
      ),
    /SSEAlgorithm\): KMS key: /,
  ],
  [
    'a key for the queue',
    ({ drop }) => hatch(drop, 'Queue').addPropertyOverride('KmsMasterKeyId', 'alias/aws/sqs'),
    /KmsMasterKeyId\): KMS key: /,
  ],
  [
    'a dead-letter queue',
    ({ drop }) => hatch(drop, 'Queue').addPropertyOverride('RedrivePolicy', { maxReceiveCount: 1 }),
    /RedrivePolicy\): dead-letter queue: /,
  ],
  [
    'a traced function',
    ({ drop }) => hatch(drop, 'RegisterId').addPropertyOverride('TracingConfig.Mode', 'Active'),
    /^Mine\/Drop\/RegisterId\/Resource \(AWS::Lambda::Function TracingConfig\): tracing: /,
  ],
  [
    'a function that says more',
    ({ drop }) => hatch(drop, 'RegisterId').addPropertyOverride('LoggingConfig.SystemLogLevel', 'DEBUG'),
    /LoggingConfig\): changed part: /,
  ],
  [
    'a function with a log group',
    ({ drop }) => hatch(drop, 'RegisterId').addPropertyOverride('LoggingConfig.LogGroup', 'x'),
    /LoggingConfig\): log: /,
  ],
  [
    'a function with a layer',
    ({ drop }) => hatch(drop, 'RegisterId').addPropertyOverride('Layers', ['x']),
    /Layers\): changed part: /,
  ],
  [
    'a function in a network',
    ({ drop }) => hatch(drop, 'RegisterId').addPropertyOverride('VpcConfig', { SubnetIds: ['x'] }),
    /VpcConfig\): changed part: /,
  ],
  [
    'a key for a function',
    ({ drop }) => hatch(drop, 'RegisterId').addPropertyOverride('KmsKeyArn', 'x'),
    /KmsKeyArn\): KMS key: /,
  ],
  [
    'other code',
    ({ drop }) => hatch(drop, 'RegisterId').addPropertyOverride('Code', { ZipFile: 'x' }),
    /Code\): changed part: /,
  ],
  [
    'a destination of what failed',
    ({ drop }) =>
      hatch(drop, 'RegisterId', 'EventInvokeConfig').addPropertyOverride(
        'DestinationConfig.OnFailure.Destination',
        'x',
      ),
    /DestinationConfig\): dead-letter queue: /,
  ],
  [
    'a dead-letter queue of a schedule',
    ({ drop }) => hatch(drop, 'DecoySchedule').addPropertyOverride('Target.DeadLetterConfig.Arn', 'x'),
    /Target DeadLetterConfig\): dead-letter queue: /,
  ],
  [
    'an environment',
    ({ drop }) => (drop.node.findChild('Decoy') as LambdaFunction).addEnvironment('NAME', 'x'),
    /^Mine\/Drop\/Decoy\/Resource \(AWS::Lambda::Function Environment\): changed part: Lambda decrypts it at each cold start, /,
  ],
  [
    'another variable of the stage',
    ({ drop }) => hatch(drop, 'Api', 'DefaultStage').addPropertyOverride('StageVariables.webhook', 'x'),
    /AWS::ApiGatewayV2::Stage StageVariables\): changed part: they name the bucket and the queue /,
  ],
  [
    'another value in what a schedule says',
    ({ drop }) => hatch(drop, 'DecoySchedule').addPropertyOverride('Target.Input', '{"decoysPerMinute":0}'),
    /AWS::Scheduler::Schedule Target\): changed part: /,
  ],
  [
    'a right to log',
    ({ drop }) =>
      hatch(drop, 'DecoyRole').addPropertyOverride('Policies', [
        { PolicyName: 'x', PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'logs:*', Resource: '*' }] } },
      ]),
    /^Mine\/Drop\/DecoyRole\/Resource \(AWS::IAM::Role logs:\* on \*\): role action: /,
  ],
  [
    'one action more',
    ({ drop }) =>
      hatch(drop, 'UploadUrlRole').addPropertyOverride('Policies.0.PolicyDocument.Statement.0.Action', [
        's3:PutObject',
        's3:PutObjectTagging',
      ]),
    /s3:PutObjectTagging on Bucket\.Arn\/uploads\/\*\): role action: /,
  ],
  [
    'one prefix more',
    ({ drop }) =>
      hatch(drop, 'UploadUrlRole').addPropertyOverride('Policies.0.PolicyDocument.Statement.0.Resource', {
        'Fn::Join': ['', [{ 'Fn::GetAtt': ['DropBucketB8FC0BC9', 'Arn'] }, '/*']],
      }),
    /s3:PutObject on Bucket\.Arn\/\*\): role action: /,
  ],
  [
    'a managed policy',
    ({ drop }) =>
      (drop.node.findChild('DecoyRole') as Role).addManagedPolicy(
        ManagedPolicy.fromAwsManagedPolicyName('AWSXRayDaemonWriteAccess'),
      ),
    /everything in .*\): role action: /,
  ],
  [
    'a grant',
    ({ drop }) => drop.bucket.grantRead(drop.node.findChild('DecoyRole') as Role),
    /^Mine\/Drop\/DecoyRole\/DefaultPolicy\/Resource \(AWS::IAM::Policy\): added part: /,
  ],
  [
    'a wider bucket policy',
    ({ drop }) =>
      drop.bucket.addToResourcePolicy(
        new PolicyStatement({
          actions: ['s3:*'],
          resources: ['*'],
          principals: [new ServicePrincipal('ec2.amazonaws.com')],
        }),
      ),
    /^Mine\/Drop\/Bucket\/Policy\/Resource \(AWS::S3::BucketPolicy PolicyDocument\): changed part: /,
  ],
  [
    'a wider queue policy',
    ({ drop }) => drop.queue.grantPurge(new ServicePrincipal('ec2.amazonaws.com')),
    /AWS::SQS::QueuePolicy PolicyDocument\): changed part: /,
  ],
  [
    'no TLS',
    ({ drop }) => drop.queue.node.tryRemoveChild('Policy'),
    /^Mine\/Drop\/Queue\/Policy\/Resource \(AWS::SQS::QueuePolicy\): missing part: /,
  ],
  [
    'no decoys',
    ({ drop }) => drop.node.tryRemoveChild('DecoySchedule'),
    /^Mine\/Drop\/DecoySchedule \(AWS::Scheduler::Schedule\): missing part: /,
  ],
];
