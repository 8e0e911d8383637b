import type { Statement } from './template-policies.ts';

/** A policy that AWS makes and that an account gives to people or tools that are to read it. */
export interface ManagedPolicy {
  /** AWS's version of it, and when that was made: AWS adds actions several times a year. */
  readonly version: string;
  readonly statements: readonly Statement[];
}

/**
 * What AWS's managed policies say of the services that a drop is made of or is recorded by: S3, SQS, Lambda, API
 * Gateway, Scheduler, CloudWatch, CloudTrail and the bills. All of S3, SQS, Lambda and Scheduler is here; of the rest, what
 * `account-readers.test.ts` asks about.
 *
 * AWS shows each on a page of its name in the AWS Managed Policy Reference. These were read from copies of AWS's own
 * answers to `GetPolicyVersion`: `policies/` of zoph-io/IAMTrail (ReadOnlyAccess, SupportUser) and of zoph-io/MAMIP
 * (ViewOnlyAccess), and `aws/managedpolicies/` of iann0036/iam-dataset (SecurityAudit, which says the day in place of the
 * version). AWS's page was at v94 of SecurityAudit on 30 September 2026; what that adds for these services was not seen.
 */
export const MANAGED_POLICIES: Readonly<Record<string, ManagedPolicy>> = {
  ReadOnlyAccess: {
    version: 'v178, 12 February 2026',
    statements: [
      {
        Effect: 'Allow',
        Action: [
          ...['s3:DescribeJob', 's3:Get*', 's3:List*'],
          ...['sqs:Get*', 'sqs:List*', 'sqs:Receive*'],
          ...['lambda:Get*', 'lambda:List*'],
          'apigateway:GET',
          ...['scheduler:GetSchedule', 'scheduler:GetScheduleGroup', 'scheduler:ListSchedules'],
          ...['scheduler:ListScheduleGroups', 'scheduler:ListTagsForResource'],
          ...['cloudwatch:Describe*', 'cloudwatch:Get*', 'cloudwatch:List*'],
          ...['cloudtrail:Describe*', 'cloudtrail:Get*', 'cloudtrail:List*', 'cloudtrail:LookupEvents'],
          ...['ce:GetCostAndUsage', 'ce:GetCostAndUsageWithResources'],
        ],
        Resource: '*',
      },
    ],
  },
  ViewOnlyAccess: {
    version: 'v36, 11 February 2026',
    statements: [
      {
        Effect: 'Allow',
        Action: [
          ...['s3:ListAllMyBuckets', 's3:ListBucket', 's3:ListMultiRegionAccessPoints'],
          ...['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:ListDeadLetterSourceQueues'],
          ...['sqs:ListMessageMoveTasks', 'sqs:ListQueues', 'sqs:ListQueueTags'],
          'lambda:List*',
          ...['cloudwatch:Get*', 'cloudwatch:List*'],
          ...['cloudtrail:DescribeTrails', 'cloudtrail:ListTrails', 'cloudtrail:LookupEvents'],
        ],
        Resource: '*',
      },
      readsApis(),
    ],
  },
  SecurityAudit: {
    version: '30 January 2026',
    statements: [
      {
        Effect: 'Allow',
        Action: [
          ...['s3:DescribeJob', 's3:GetAccelerateConfiguration', 's3:GetAccessGrantsInstanceResourcePolicy'],
          ...['s3:GetAccessPoint', 's3:GetAccessPointConfigurationForObjectLambda', 's3:GetAccessPointPolicy'],
          ...['s3:GetAccessPointPolicyForObjectLambda', 's3:GetAccessPointPolicyStatus'],
          ...['s3:GetAccessPointPolicyStatusForObjectLambda', 's3:GetAccessPointForObjectLambda'],
          ...['s3:GetAccountPublicAccessBlock', 's3:GetAnalyticsConfiguration', 's3:GetBucket*'],
          ...['s3:GetEncryptionConfiguration', 's3:GetInventoryConfiguration', 's3:GetLifecycleConfiguration'],
          ...['s3:GetMetricsConfiguration', 's3:GetMultiRegionAccessPoint', 's3:GetMultiRegionAccessPointPolicy'],
          ...['s3:GetMultiRegionAccessPointPolicyStatus', 's3:GetObjectAcl', 's3:GetObjectTagging'],
          ...['s3:GetObjectVersionAcl', 's3:GetReplicationConfiguration', 's3:GetStorageLensGroup'],
          ...['s3:GetStorageLensConfiguration', 's3:ListAccessPoints', 's3:ListAllMyBuckets', 's3:ListBucket'],
          ...['s3:ListMultiRegionAccessPoints', 's3:ListAccessPointsForObjectLambda', 's3:ListStorageLensGroups'],
          ...['s3:ListJobs', 's3:ListCallerAccessGrants', 's3:ListAccessGrantsInstances', 's3:ListAccessGrants'],
          's3:ListStorageLensConfigurations',
          ...['sqs:GetQueueAttributes', 'sqs:ListDeadLetterSourceQueues', 'sqs:ListQueues', 'sqs:ListQueueTags'],
          ...['lambda:GetAccountSettings', 'lambda:GetFunctionConfiguration', 'lambda:GetFunctionEventInvokeConfig'],
          ...['lambda:GetLayerVersionPolicy', 'lambda:GetPolicy', 'lambda:List*'],
          ...['cloudwatch:Describe*', 'cloudwatch:GetDashboard', 'cloudwatch:ListDashboards'],
          'cloudwatch:ListTagsForResource',
          ...['cloudtrail:DescribeTrails', 'cloudtrail:GetEventSelectors', 'cloudtrail:GetInsightSelectors'],
          ...['cloudtrail:GetTrail', 'cloudtrail:GetTrailStatus', 'cloudtrail:ListTags', 'cloudtrail:ListTrails'],
          'cloudtrail:LookupEvents',
        ],
        Resource: '*',
      },
      readsApis(),
    ],
  },
  SupportUser: {
    version: 'v11, 12 February 2026',
    statements: [
      {
        Effect: 'Allow',
        Action: [
          's3:List*',
          ...['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:ListQueues', 'sqs:ReceiveMessage'],
          ...['lambda:List*', 'lambda:Get*'],
          'apigateway:GET',
          ...['cloudwatch:Describe*', 'cloudwatch:Get*', 'cloudwatch:List*'],
          ...['cloudtrail:DescribeTrails', 'cloudtrail:GetTrailStatus', 'cloudtrail:LookupEvents'],
          ...['cloudtrail:ListTags', 'cloudtrail:ListPublicKeys'],
        ],
        Resource: '*',
      },
    ],
  },
  AdministratorAccess: {
    version: 'v1, 6 February 2015, from memory',
    statements: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  },
};

/** What ViewOnlyAccess and SecurityAudit say of HTTP APIs. */
function readsApis(): Statement {
  const paths = ['authorizers', 'cors', 'deployments', 'exports', 'integrations', 'models', 'routes', 'stages'];
  return {
    Effect: 'Allow',
    Action: 'apigateway:GET',
    Resource: [
      'arn:aws:apigateway:*::/apis',
      ...paths.flatMap((path) => [`arn:aws:apigateway:*::/apis/*/${path}`, `arn:aws:apigateway:*::/apis/*/${path}/*`]),
    ],
  };
}
