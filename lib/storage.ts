import { Duration, type RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { UPLOAD_URL_SECONDS } from '../wire/sizes.ts';
import { IDS_PREFIX } from '../wire/slot.ts';
import { UPLOADS_PREFIX } from '../wire/upload-id.ts';

/** What the storage needs to know. */
export interface StorageProps {
  readonly retention: Duration;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * Where cells and batches lie. Anybody may read what they can name and list the batches; nobody may list the uploads,
 * because an upload's random name is all that keeps a stranger from counting letters.
 */
export function storeObjects(scope: Construct, { retention, removalPolicy }: StorageProps): Bucket {
  const abortIncompleteMultipartUploadAfter = Duration.days(1);
  const bucket = new Bucket(scope, 'Bucket', {
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    // Public policies stay possible: this bucket has one. The rest of what the block does concerns ACLs, which are off.
    blockPublicAccess: BlockPublicAccess.BLOCK_ACLS_ONLY,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    lifecycleRules: [UPLOADS_PREFIX, IDS_PREFIX].map((prefix) => ({
      prefix,
      expiration: retention,
      abortIncompleteMultipartUploadAfter,
    })),
    removalPolicy,
  });
  for (const statement of publicRights(bucket)) bucket.addToResourcePolicy(statement);
  acknowledgeOpenBucket(bucket);
  return bucket;
}

/** Where sealed ids wait for the next batch, real ones and decoys alike. */
export function storeMessages(scope: Construct, { retention, removalPolicy }: StorageProps): Queue {
  const queue = new Queue(scope, 'Queue', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: retention,
    // A publisher ends within 180 s: nobody else gets what it holds, and what a dead one held is back within two ticks.
    visibilityTimeout: Duration.seconds(270),
    removalPolicy,
  });
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason: 'A dead-letter queue would keep sealed ids that failed, apart from the others and for longer than them.',
  });
  return queue;
}

/** What the bucket's policy says besides TLS. Written out, because `publicReadAccess` would open the whole bucket. */
function publicRights(bucket: Bucket): PolicyStatement[] {
  const anyone = [new AnyPrincipal()];
  return [
    new PolicyStatement({
      sid: 'AnyoneReadsWhatTheyCanName',
      principals: anyone,
      actions: ['s3:GetObject'],
      resources: [bucket.arnForObjects(`${IDS_PREFIX}*`), bucket.arnForObjects(`${UPLOADS_PREFIX}*`)],
    }),
    new PolicyStatement({
      sid: 'AnyoneListsBatches',
      principals: anyone,
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      // Equal, not like: any other prefix, the empty one too, would list uploads.
      conditions: { StringEquals: { 's3:prefix': IDS_PREFIX } },
    }),
    // Both hold for everybody, the roles of this stack and the account's administrator too. Without an exception for
    // `s3:ObjectCreationOperation` the first one also refuses multipart uploads, whose parts cannot carry the header.
    new PolicyStatement({
      sid: 'NobodyOverwrites',
      effect: Effect.DENY,
      principals: anyone,
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects('*')],
      conditions: { Null: { 's3:if-none-match': 'true' } },
    }),
    new PolicyStatement({
      sid: 'NobodyUsesOldUrls',
      effect: Effect.DENY,
      principals: anyone,
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects('*')],
      conditions: { NumericGreaterThan: { 's3:signatureAge': `${UPLOAD_URL_SECONDS * 1000}` } },
    }),
  ];
}

function acknowledgeOpenBucket(bucket: Bucket): void {
  Validations.of(bucket).acknowledge(
    {
      id: 'AwsSolutions-S1',
      reason: 'A server access log would record who fetched which upload and when, which is what a drop must not know.',
    },
    {
      id: 'AwsSolutions-S2',
      reason: 'Anonymous reading of ciphertext is what the bucket is for, and its policy opens two prefixes only.',
    },
  );
}

/** How cdk-nag names the wildcard in a statement about one of the bucket's prefixes. */
export function prefixFinding(bucket: Bucket, prefix: string): string {
  const { logicalId } = bucket.node.defaultChild as CfnBucket;
  return `AwsSolutions-IAM5[Resource::<${Stack.of(bucket).resolve(logicalId)}.Arn>/${prefix}*]`;
}
