import type * as apiGateway from '@aws-sdk/client-apigatewayv2';
import type * as cloudFormation from '@aws-sdk/client-cloudformation';
import type * as cloudTrail from '@aws-sdk/client-cloudtrail';
import type * as config from '@aws-sdk/client-config-service';
import type * as guardDuty from '@aws-sdk/client-guardduty';
import type * as lambda from '@aws-sdk/client-lambda';
import type * as organizations from '@aws-sdk/client-organizations';
import type * as s3 from '@aws-sdk/client-s3';
import type * as s3Control from '@aws-sdk/client-s3-control';
import type * as scheduler from '@aws-sdk/client-scheduler';
import type * as sqs from '@aws-sdk/client-sqs';
import type * as ssm from '@aws-sdk/client-ssm';
import type * as sts from '@aws-sdk/client-sts';

/**
 * What is asked of AWS: by which package's client, and the right that each call needs. All of it only reads, and there is
 * no other way to AWS in this folder. The rights are those of the service authorization reference; the policy in
 * docs/operating.md gives these and no others (`doctor.test.ts`).
 */
export const CLIENTS = [
  {
    package: '@aws-sdk/client-sts',
    client: 'STS',
    calls: { getCallerIdentity: 'sts:GetCallerIdentity' },
  },
  {
    package: '@aws-sdk/client-s3-control',
    client: 'S3Control',
    calls: { getPublicAccessBlock: 's3:GetAccountPublicAccessBlock' },
  },
  {
    package: '@aws-sdk/client-lambda',
    client: 'Lambda',
    calls: {
      getAccountSettings: 'lambda:GetAccountSettings',
      getFunctionConfiguration: 'lambda:GetFunctionConfiguration',
      getFunctionConcurrency: 'lambda:GetFunctionConcurrency',
    },
  },
  {
    package: '@aws-sdk/client-cloudtrail',
    client: 'CloudTrail',
    calls: {
      describeTrails: 'cloudtrail:DescribeTrails',
      getTrailStatus: 'cloudtrail:GetTrailStatus',
      getEventSelectors: 'cloudtrail:GetEventSelectors',
      listEventDataStores: 'cloudtrail:ListEventDataStores',
      getEventDataStore: 'cloudtrail:GetEventDataStore',
    },
  },
  {
    package: '@aws-sdk/client-guardduty',
    client: 'GuardDuty',
    calls: { listDetectors: 'guardduty:ListDetectors', getDetector: 'guardduty:GetDetector' },
  },
  {
    package: '@aws-sdk/client-config-service',
    client: 'ConfigService',
    calls: {
      describeConfigurationRecorders: 'config:DescribeConfigurationRecorders',
      describeConfigurationRecorderStatus: 'config:DescribeConfigurationRecorderStatus',
    },
  },
  {
    package: '@aws-sdk/client-organizations',
    client: 'Organizations',
    calls: {
      describeOrganization: 'organizations:DescribeOrganization',
      describeEffectivePolicy: 'organizations:DescribeEffectivePolicy',
      listParents: 'organizations:ListParents',
      listPoliciesForTarget: 'organizations:ListPoliciesForTarget',
    },
  },
  {
    package: '@aws-sdk/client-ssm',
    client: 'SSM',
    calls: { getParameter: 'ssm:GetParameter' },
  },
  {
    package: '@aws-sdk/client-cloudformation',
    client: 'CloudFormation',
    calls: {
      describeStacks: 'cloudformation:DescribeStacks',
      getTemplate: 'cloudformation:GetTemplate',
      listStackResources: 'cloudformation:ListStackResources',
    },
  },
  {
    package: '@aws-sdk/client-s3',
    client: 'S3',
    calls: {
      getBucketPolicy: 's3:GetBucketPolicy',
      getBucketLogging: 's3:GetBucketLogging',
      getBucketNotificationConfiguration: 's3:GetBucketNotification',
    },
  },
  {
    package: '@aws-sdk/client-sqs',
    client: 'SQS',
    calls: { getQueueAttributes: 'sqs:GetQueueAttributes' },
  },
  {
    package: '@aws-sdk/client-scheduler',
    client: 'Scheduler',
    calls: { getSchedule: 'scheduler:GetSchedule' },
  },
  {
    package: '@aws-sdk/client-apigatewayv2',
    client: 'ApiGatewayV2',
    calls: { getStage: 'apigateway:GET' },
  },
] as const;

interface Calls {
  getCallerIdentity: [sts.GetCallerIdentityCommandInput, sts.GetCallerIdentityCommandOutput];
  getPublicAccessBlock: [s3Control.GetPublicAccessBlockCommandInput, s3Control.GetPublicAccessBlockCommandOutput];
  getAccountSettings: [lambda.GetAccountSettingsCommandInput, lambda.GetAccountSettingsCommandOutput];
  getFunctionConfiguration: [lambda.GetFunctionConfigurationCommandInput, lambda.GetFunctionConfigurationCommandOutput];
  getFunctionConcurrency: [lambda.GetFunctionConcurrencyCommandInput, lambda.GetFunctionConcurrencyCommandOutput];
  describeTrails: [cloudTrail.DescribeTrailsCommandInput, cloudTrail.DescribeTrailsCommandOutput];
  getTrailStatus: [cloudTrail.GetTrailStatusCommandInput, cloudTrail.GetTrailStatusCommandOutput];
  getEventSelectors: [cloudTrail.GetEventSelectorsCommandInput, cloudTrail.GetEventSelectorsCommandOutput];
  listEventDataStores: [cloudTrail.ListEventDataStoresCommandInput, cloudTrail.ListEventDataStoresCommandOutput];
  getEventDataStore: [cloudTrail.GetEventDataStoreCommandInput, cloudTrail.GetEventDataStoreCommandOutput];
  listDetectors: [guardDuty.ListDetectorsCommandInput, guardDuty.ListDetectorsCommandOutput];
  getDetector: [guardDuty.GetDetectorCommandInput, guardDuty.GetDetectorCommandOutput];
  describeConfigurationRecorders: [
    config.DescribeConfigurationRecordersCommandInput,
    config.DescribeConfigurationRecordersCommandOutput,
  ];
  describeConfigurationRecorderStatus: [
    config.DescribeConfigurationRecorderStatusCommandInput,
    config.DescribeConfigurationRecorderStatusCommandOutput,
  ];
  describeOrganization: [
    organizations.DescribeOrganizationCommandInput,
    organizations.DescribeOrganizationCommandOutput,
  ];
  describeEffectivePolicy: [
    organizations.DescribeEffectivePolicyCommandInput,
    organizations.DescribeEffectivePolicyCommandOutput,
  ];
  listParents: [organizations.ListParentsCommandInput, organizations.ListParentsCommandOutput];
  listPoliciesForTarget: [
    organizations.ListPoliciesForTargetCommandInput,
    organizations.ListPoliciesForTargetCommandOutput,
  ];
  getParameter: [ssm.GetParameterCommandInput, ssm.GetParameterCommandOutput];
  describeStacks: [cloudFormation.DescribeStacksCommandInput, cloudFormation.DescribeStacksCommandOutput];
  getTemplate: [cloudFormation.GetTemplateCommandInput, cloudFormation.GetTemplateCommandOutput];
  listStackResources: [cloudFormation.ListStackResourcesCommandInput, cloudFormation.ListStackResourcesCommandOutput];
  getBucketPolicy: [s3.GetBucketPolicyCommandInput, s3.GetBucketPolicyCommandOutput];
  getBucketLogging: [s3.GetBucketLoggingCommandInput, s3.GetBucketLoggingCommandOutput];
  getBucketNotificationConfiguration: [
    s3.GetBucketNotificationConfigurationCommandInput,
    s3.GetBucketNotificationConfigurationCommandOutput,
  ];
  getQueueAttributes: [sqs.GetQueueAttributesCommandInput, sqs.GetQueueAttributesCommandOutput];
  getSchedule: [scheduler.GetScheduleCommandInput, scheduler.GetScheduleCommandOutput];
  getStage: [apiGateway.GetStageCommandInput, apiGateway.GetStageCommandOutput];
}

/** An account of AWS in one region, as far as it is asked. Each call rejects with the SDK's own error. */
export type Aws = { readonly [Name in keyof Calls]: (input: Calls[Name][0]) => Promise<AnswerOf<Name>> };

/** What a call answers, without what the SDK adds to it. */
export type AnswerOf<Name extends keyof Calls> = Omit<Calls[Name][1], '$metadata'>;

/** The packages of the clients. They are optional for whoever does not run a drop on AWS. */
export const AWS_PACKAGES: readonly string[] = CLIENTS.map((client) => client.package);
