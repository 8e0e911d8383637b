import type { Resource } from './assembly.ts';

/**
 * The properties that the local drop understands, by resource type. `true` takes any value, `'tree'` also what lies
 * below, and a list only its values, where another value would mean something that is not done here.
 */
type Known = Record<string, true | 'tree' | readonly unknown[]>;

const TYPES: Record<string, Known> = {
  'AWS::S3::Bucket': {
    BucketName: true,
    'BucketEncryption.ServerSideEncryptionConfiguration.BucketKeyEnabled': true,
    'BucketEncryption.ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault.SSEAlgorithm': ['AES256'],
    'LifecycleConfiguration.Rules.AbortIncompleteMultipartUpload.DaysAfterInitiation': true, // nothing is multipart
    'LifecycleConfiguration.Rules.ExpirationInDays': true,
    'LifecycleConfiguration.Rules.Id': true,
    'LifecycleConfiguration.Rules.Prefix': true,
    'LifecycleConfiguration.Rules.Status': ['Enabled', 'Disabled'],
    'OwnershipControls.Rules.ObjectOwnership': ['BucketOwnerEnforced'],
    'PublicAccessBlockConfiguration.BlockPublicAcls': true,
    'PublicAccessBlockConfiguration.BlockPublicPolicy': true,
    'PublicAccessBlockConfiguration.IgnorePublicAcls': true,
    'PublicAccessBlockConfiguration.RestrictPublicBuckets': true,
    Tags: 'tree',
    'VersioningConfiguration.Status': ['Suspended'],
  },
  'AWS::S3::BucketPolicy': { Bucket: true, PolicyDocument: 'tree' },
  'AWS::SQS::Queue': {
    DelaySeconds: [0],
    MaximumMessageSize: true,
    MessageRetentionPeriod: true,
    QueueName: true,
    ReceiveMessageWaitTimeSeconds: true,
    SqsManagedSseEnabled: true,
    Tags: 'tree',
    VisibilityTimeout: true,
  },
  'AWS::SQS::QueuePolicy': { PolicyDocument: 'tree', Queues: true },
  'AWS::IAM::Role': {
    AssumeRolePolicyDocument: 'tree',
    Description: true,
    'Policies.PolicyDocument': 'tree',
    'Policies.PolicyName': true,
    RoleName: true,
    Tags: 'tree',
  },
  'AWS::IAM::Policy': { PolicyDocument: 'tree', PolicyName: true, Roles: true },
  'AWS::Lambda::Function': {
    Architectures: true,
    'Code.S3Bucket': true,
    'Code.S3Key': true,
    Description: true,
    'Environment.Variables': 'tree',
    FunctionName: true,
    Handler: true,
    LoggingConfig: 'tree',
    MemorySize: true,
    PackageType: ['Zip'],
    ReservedConcurrentExecutions: true,
    Role: true,
    Runtime: ['nodejs22.x', 'nodejs24.x'],
    Tags: 'tree',
    Timeout: true,
    'TracingConfig.Mode': ['PassThrough'],
  },
  'AWS::Lambda::Permission': { Action: true, FunctionName: true, Principal: true, SourceArn: true },
  'AWS::Lambda::EventInvokeConfig': {
    FunctionName: true,
    MaximumEventAgeInSeconds: true,
    MaximumRetryAttempts: true,
    Qualifier: ['$LATEST'],
  },
  'AWS::ApiGatewayV2::Api': { Description: true, Name: true, ProtocolType: ['HTTP'], Tags: 'tree' },
  'AWS::ApiGatewayV2::DomainName': {
    DomainName: true,
    'DomainNameConfigurations.CertificateArn': true,
    'DomainNameConfigurations.EndpointType': ['REGIONAL'],
    'DomainNameConfigurations.SecurityPolicy': ['TLS_1_2'],
    Tags: 'tree',
  },
  'AWS::ApiGatewayV2::ApiMapping': { ApiId: true, DomainName: true, Stage: ['$default'] },
  'AWS::ApiGatewayV2::Stage': {
    ApiId: true,
    AutoDeploy: [true],
    'DefaultRouteSettings.DetailedMetricsEnabled': true,
    'DefaultRouteSettings.ThrottlingBurstLimit': true,
    'DefaultRouteSettings.ThrottlingRateLimit': true,
    Description: true,
    StageName: ['$default'],
    RouteSettings: 'tree',
    StageVariables: 'tree',
    Tags: 'tree',
  },
  'AWS::ApiGatewayV2::Route': { ApiId: true, AuthorizationType: ['NONE'], RouteKey: true, Target: true },
  'AWS::ApiGatewayV2::Integration': {
    ApiId: true,
    Description: true,
    IntegrationMethod: true,
    IntegrationType: ['AWS_PROXY', 'HTTP_PROXY'],
    IntegrationUri: true,
    PayloadFormatVersion: true,
    RequestParameters: 'tree',
    ResponseParameters: 'tree',
    TimeoutInMillis: true,
  },
  'AWS::Scheduler::Schedule': {
    Description: true,
    'FlexibleTimeWindow.MaximumWindowInMinutes': true,
    'FlexibleTimeWindow.Mode': ['OFF', 'FLEXIBLE'],
    GroupName: true,
    Name: true,
    ScheduleExpression: true,
    ScheduleExpressionTimezone: ['UTC', 'Etc/UTC'],
    State: ['ENABLED', 'DISABLED'],
    'Target.Arn': true,
    'Target.Input': true,
    'Target.RetryPolicy.MaximumEventAgeInSeconds': true,
    'Target.RetryPolicy.MaximumRetryAttempts': true,
    'Target.RoleArn': true,
  },
  'AWS::Scheduler::ScheduleGroup': { Name: true, Tags: 'tree' },
  'AWS::CDK::Metadata': { Analytics: true },
};

const RESOURCE_PARTS = ['Type', 'Properties', 'Metadata', 'DependsOn', 'DeletionPolicy', 'UpdateReplacePolicy'];

/** @throws Error naming a resource's type or property when the local drop does not do what it asks for */
export function checkResource(id: string, resource: Resource, properties: Record<string, unknown>): void {
  const known = TYPES[resource.Type];
  if (known === undefined) throw new Error(`${id}: the local drop does not know the type ${resource.Type}`);
  for (const part of Object.keys(resource)) {
    if (resource.Type === 'AWS::CDK::Metadata' && part === 'Condition') continue;
    if (!RESOURCE_PARTS.includes(part)) throw new Error(`${id}: the local drop does not know ${part}`);
  }
  for (const [name, value] of Object.entries(properties)) checkProperty(`${id} (${resource.Type})`, known, name, value);
}

function checkProperty(at: string, known: Known, path: string, value: unknown): void {
  const accepted = known[path];
  if (accepted === 'tree') return;
  const hasParts = Object.keys(known).some((name) => name.startsWith(`${path}.`));
  if (accepted === undefined && hasParts && typeof value === 'object' && value !== null) {
    if (Array.isArray(value)) for (const element of value) checkProperty(at, known, path, element);
    else for (const [name, part] of Object.entries(value)) checkProperty(at, known, `${path}.${name}`, part);
    return;
  }
  if (accepted === undefined) throw new Error(`${at}: the local drop does not know the property ${path}`);
  if (accepted !== true && !accepted.includes(value)) {
    const choices = accepted.map((choice) => JSON.stringify(choice)).join(' or ');
    throw new Error(`${at}: ${path} must be ${choices} for the local drop, received ${JSON.stringify(value)}`);
  }
}
