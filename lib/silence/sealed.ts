import type { Construct } from 'constructs';
import { type Element, elementsBelow } from './elements.ts';
import type { Violation } from './violation.ts';

/** All that a drop is made of, and each property that it sets. Whatever is not here has not been thought about. */
const MADE_OF: Readonly<Record<string, readonly string[]>> = {
  'AWS::S3::Bucket': [
    'BucketEncryption',
    'LifecycleConfiguration',
    'OwnershipControls',
    'PublicAccessBlockConfiguration',
  ],
  'AWS::S3::BucketPolicy': ['Bucket', 'PolicyDocument'],
  'AWS::SQS::Queue': ['MessageRetentionPeriod', 'SqsManagedSseEnabled', 'VisibilityTimeout'],
  'AWS::SQS::QueuePolicy': ['PolicyDocument', 'Queues'],
  'AWS::Lambda::Function': [
    'Architectures',
    'Code',
    'Handler',
    'LoggingConfig',
    'MemorySize',
    'ReservedConcurrentExecutions',
    'Role',
    'Runtime',
    'Timeout',
  ],
  'AWS::Lambda::EventInvokeConfig': ['FunctionName', 'MaximumEventAgeInSeconds', 'MaximumRetryAttempts', 'Qualifier'],
  'AWS::Lambda::Permission': ['Action', 'FunctionName', 'Principal', 'SourceArn'],
  'AWS::IAM::Role': ['AssumeRolePolicyDocument', 'Policies'],
  'AWS::ApiGatewayV2::Api': ['Name', 'ProtocolType'],
  'AWS::ApiGatewayV2::DomainName': ['DomainName', 'DomainNameConfigurations'],
  'AWS::ApiGatewayV2::ApiMapping': ['ApiId', 'DomainName', 'Stage'],
  'AWS::ApiGatewayV2::Stage': [
    'ApiId',
    'AutoDeploy',
    'DefaultRouteSettings',
    'RouteSettings',
    'StageName',
    'StageVariables',
  ],
  'AWS::ApiGatewayV2::Route': ['ApiId', 'AuthorizationType', 'RouteKey', 'Target'],
  'AWS::ApiGatewayV2::Integration': [
    'ApiId',
    'IntegrationMethod',
    'IntegrationType',
    'IntegrationUri',
    'PayloadFormatVersion',
    'RequestParameters',
    'ResponseParameters',
  ],
  'AWS::Scheduler::Schedule': ['FlexibleTimeWindow', 'ScheduleExpression', 'ScheduleExpressionTimezone', 'Target'],
};

/** What an app may add to every resource that it has, and an account may demand. Neither records or allows anything. */
const HARMLESS = ['Tags', 'PermissionsBoundary'];

/** Why some properties are missing from the list above. Of the rest nothing is known, which is reason enough. */
const HARMS: Readonly<Record<string, string>> = {
  AnalyticsConfigurations: 'it counts how often and when objects are read',
  Code: 'the code of a drop is what this project has tested, and nothing that may record',
  Environment:
    "Lambda decrypts it at each cold start, which is in the account's history for 90 days with the function's name and the second",
  InventoryConfigurations: 'a list of all uploads with their seconds is written each day, and outlives them',
  LifecycleConfiguration: 'what is not removed in time is found later',
  LoggingConfig: 'levels below these write a line for each run',
  MetadataTableConfiguration: 'it keeps a table of each upload with its second and the address that sent it',
  NotificationConfiguration: 'somebody is told of each upload at the second when it comes',
  ObjectLockConfiguration: 'nobody could remove a letter before its time',
  PolicyDocument: 'it decides who may list, read and write, and has been evaluated as it was',
  ReplicationConfiguration: 'a copy of each upload, with its time, is kept where nothing expires it',
  StageVariables: 'they name the bucket and the queue that letters go into',
  VersioningConfiguration: 'what was removed or has expired would still be there',
  VpcConfig: 'the network that a function is put into may record its connections',
};

/** What a drop was right after it was made: of each part, by its path and type, what each property says. */
export type Seal = ReadonlyMap<string, Properties>;

type Properties = ReadonlyMap<string, string>;

export function seal(drop: Construct): Seal {
  return sealOf(elementsBelow(drop));
}

function sealOf(elements: readonly Element[]): Seal {
  const paths = new Map(elements.map(({ logicalId, path }) => [logicalId, path]));
  return new Map(elements.map((element) => [keyOf(element), propertiesOf(element, paths)]));
}

const keyOf = ({ path, type }: Element) => `${path} ${type}`;

/**
 * Without what is about the template itself: dependencies, metadata, whether things stay when it goes, and logical ids,
 * for which construct paths stand.
 */
function propertiesOf({ properties, body }: Element, paths: ReadonlyMap<string, string>): Properties {
  const parts = Object.entries({ ...properties, Condition: body.Condition }).filter(([, value]) => value !== undefined);
  const named = (_: string, value: unknown) => (typeof value === 'string' ? (paths.get(value) ?? value) : value);
  return new Map(parts.map(([name, value]) => [name, JSON.stringify(value, named)]));
}

/** What is in a drop that does not belong there, is missing, or is not as it was made. */
export function brokenSeal(elements: readonly Element[], sealed: Seal): Violation[] {
  const found = sealOf(elements);
  const missing = [...sealed.keys()].filter((key) => !found.has(key));
  return [
    ...missing.map((key): Violation => {
      const [path, what] = key.split(' ') as [string, string];
      return { path, what, rule: 'missing part', harm: 'each part of a drop is there to protect those who use it' };
    }),
    ...elements.flatMap((element) => changesOf(element, sealed.get(keyOf(element)), found.get(keyOf(element))!)),
  ];
}

function changesOf({ path, type, section }: Element, before: Properties | undefined, now: Properties): Violation[] {
  const known = MADE_OF[type];
  if (!known || !before) {
    const harm = 'what belongs to a drop was made and tested with it; this was added, and may watch it';
    return [{ path, what: type || section, rule: 'added part', harm }];
  }
  return [...new Set([...before.keys(), ...now.keys()])]
    .filter((name) => !HARMLESS.includes(name))
    .filter((name) => !known.includes(name) || before.get(name) !== now.get(name))
    .map((name) => ({ path, what: `${type} ${name}`, rule: 'changed part', harm: HARMS[name] ?? unknown }));
}

const unknown = 'a drop is the same for everybody who runs one, and nobody has looked into what this would record';
