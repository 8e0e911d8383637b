import type { Construct } from 'constructs';
import { type Body, type Element, elementsBelow } from './elements.ts';
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
    'Environment',
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
  'AWS::ApiGatewayV2::Stage': ['ApiId', 'AutoDeploy', 'DefaultRouteSettings', 'StageName'],
  'AWS::ApiGatewayV2::Route': ['ApiId', 'AuthorizationType', 'RouteKey', 'Target'],
  'AWS::ApiGatewayV2::Integration': [
    'ApiId',
    'IntegrationMethod',
    'IntegrationType',
    'IntegrationUri',
    'PayloadFormatVersion',
    'RequestParameters',
  ],
  'AWS::Scheduler::Schedule': ['FlexibleTimeWindow', 'ScheduleExpression', 'ScheduleExpressionTimezone', 'Target'],
};

/** What an app may add to every resource that it has, and an account may demand. Neither records or allows anything. */
const HARMLESS = ['Tags', 'PermissionsBoundary'];

/** Why some properties are missing from the list above. Of the rest nothing is known, which is reason enough. */
const HARMS: Readonly<Record<string, string>> = {
  AnalyticsConfigurations: 'it counts how often and when objects are read',
  Code: 'the code of a drop is what this project has tested, and nothing that may record',
  InventoryConfigurations: 'a list of all uploads with their seconds is written each day, and outlives them',
  LifecycleConfiguration: 'what is not removed in time is found later',
  LoggingConfig: 'levels below these write a line for each run',
  MetadataTableConfiguration: 'it keeps a table of each upload with its second and the address that sent it',
  NotificationConfiguration: 'somebody is told of each upload at the second when it comes',
  ObjectLockConfiguration: 'nobody could remove a letter before its time',
  PolicyDocument: 'it decides who may list, read and write, and has been evaluated as it was',
  ReplicationConfiguration: 'a copy of each upload, with its time, is kept where nothing expires it',
  VersioningConfiguration: 'what was removed or has expired would still be there',
  VpcConfig: 'the network that a function is put into may record its connections',
};

/** What a drop was right after it was made, by the paths of its parts. */
export type Seal = ReadonlyMap<string, Body>;

export function seal(drop: Construct): Seal {
  return new Map(elementsBelow(drop).map((element) => [keyOf(element), thePartThatCounts(element)]));
}

const keyOf = ({ path, type }: Element) => `${path} ${type}`;

/** Without what is about the template itself: dependencies, metadata and whether things stay when it goes. */
function thePartThatCounts({ properties, body }: Element): Body {
  const { Condition } = body;
  return { ...properties, ...(Condition !== undefined && { Condition }) };
}

/** What is in a drop that does not belong there, is missing, or is not as it was made. */
export function brokenSeal(elements: readonly Element[], sealed: Seal): Violation[] {
  const there = new Set(elements.map(keyOf));
  const missing = [...sealed.keys()].filter((key) => !there.has(key));
  return [
    ...missing.map((key): Violation => {
      const [path, what] = key.split(' ') as [string, string];
      return { path, what, rule: 'missing part', harm: 'each part of a drop is there to protect those who use it' };
    }),
    ...elements.flatMap((element) => changesOf(element, sealed)),
  ];
}

function changesOf(element: Element, sealed: Seal): Violation[] {
  const { path, type } = element;
  const known = MADE_OF[type];
  const before = sealed.get(keyOf(element));
  if (!known || !before) {
    const harm = 'what belongs to a drop was made and tested with it; this was added, and may watch it';
    return [{ path, what: type || element.section, rule: 'added part', harm }];
  }
  const now = thePartThatCounts(element);
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...names]
    .filter((name) => !HARMLESS.includes(name))
    .filter((name) => !known.includes(name) || JSON.stringify(before[name]) !== JSON.stringify(now[name]))
    .map((name) => ({ path, what: `${type} ${name}`, rule: 'changed part', harm: HARMS[name] ?? unknown }));
}

const unknown = 'a drop is the same for everybody who runs one, and nobody has looked into what this would record';
