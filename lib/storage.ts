import { Duration, Fn, type RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { UPLOAD_URL_SECONDS } from '../wire/sizes.ts';
import { IDS_PREFIX } from '../wire/slot.ts';
import { SUMMARIES_PREFIX } from '../wire/summary.ts';
import { UPLOADS_PREFIX } from '../wire/upload-id.ts';

/** What the storage needs to know. */
export interface StorageProps {
  readonly retention: Duration;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * What the front says in `Referer` when it reads in the bucket, which answers nobody without it: who asks the bucket
 * itself would get past the front's throttle, at the operator's cost. Strangers cannot guess it. It is no secret from
 * those who may read the account, and need not be.
 */
export function frontMark(scope: Construct): string {
  // arn:aws:cloudformation:<region>:<account>:stack/<name>/<uuid>
  return Fn.select(2, Fn.split('/', Stack.of(scope).stackId));
}

/**
 * Where cells and batches lie. Anybody may read what they can name and list the batches, through the front; nobody may
 * list the uploads, because an upload's random name is all that keeps a stranger from counting letters.
 */
export function storeObjects(scope: Construct, { retention, removalPolicy }: StorageProps): Bucket {
  const abortIncompleteMultipartUploadAfter = Duration.days(1);
  const bucket = new Bucket(scope, 'Bucket', {
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    // Public policies stay possible: this bucket has one. The rest of what the block does concerns ACLs, which are off.
    blockPublicAccess: BlockPublicAccess.BLOCK_ACLS_ONLY,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    lifecycleRules: [
      { prefix: UPLOADS_PREFIX, expiration: retention },
      { prefix: IDS_PREFIX, expiration: retention },
      // Written up to a day after the batches, and gone with them.
      { prefix: SUMMARIES_PREFIX, expiration: Duration.days(Math.max(1, retention.toDays() - 1)) },
    ].map((rule) => ({ ...rule, abortIncompleteMultipartUploadAfter })),
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

/** What a queue's messages can be had by, or changed, besides by those who work with them: no role of a drop needs it. */
const UNUSED = ['sqs:CancelMessageMoveTask', 'sqs:ListMessageMoveTasks', 'sqs:PurgeQueue', 'sqs:StartMessageMoveTask'];

/**
 * Keeps everybody else in the account from the messages: AWS's own `ReadOnlyAccess` holds `sqs:Receive*`, which tells
 * the millisecond of each registration and hides messages for hours. Who may change the policy can get past it.
 */
export function keepMessages(queue: Queue, { sender, receiver }: { readonly sender: IRole; readonly receiver: IRole }) {
  // A negated operator also matches where the key is missing, as for the public and for AWS's services ("IAM JSON policy
  // elements: condition operators"). For a role's session `aws:PrincipalArn` is the role ("AWS global condition keys").
  const allBut = (role: IRole) => ({ ArnNotEquals: { 'aws:PrincipalArn': role.roleArn } });
  const handling = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:ReceiveMessage'];
  for (const statement of [
    denial('NobodyElseReceives', handling, queue.queueArn, allBut(receiver)),
    denial('NobodyElseSends', ['sqs:SendMessage'], queue.queueArn, allBut(sender)),
    denial('NobodyPurges', UNUSED, queue.queueArn),
  ])
    queue.addToResourcePolicy(statement);
}

/** A statement that holds for everybody, the roles of this stack and the account's administrator too. */
function denial(sid: string, actions: string[], resource: string, conditions?: Record<string, object>) {
  const everybody = { effect: Effect.DENY, principals: [new AnyPrincipal()] };
  return new PolicyStatement({ sid, ...everybody, actions, resources: [resource], ...(conditions && { conditions }) });
}

/** What the bucket's policy says besides TLS. Written out, because `publicReadAccess` would open the whole bucket. */
function publicRights(bucket: Bucket): PolicyStatement[] {
  const anyone = [new AnyPrincipal()];
  const throughFront = { 'aws:Referer': frontMark(bucket) };
  const objects = bucket.arnForObjects('*');
  return [
    new PolicyStatement({
      sid: 'AnyoneReadsWhatTheyCanName',
      principals: anyone,
      actions: ['s3:GetObject'],
      resources: [IDS_PREFIX, SUMMARIES_PREFIX, UPLOADS_PREFIX].map((prefix) => bucket.arnForObjects(`${prefix}*`)),
      conditions: { StringEquals: throughFront },
    }),
    new PolicyStatement({
      sid: 'AnyoneListsBatches',
      principals: anyone,
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      // Equal, not like: any other prefix, the empty one too, would list uploads.
      conditions: { StringEquals: { ...throughFront, 's3:prefix': IDS_PREFIX } },
    }),
    // A list of uploads has the second of each. Lifecycle rules remove what has expired in spite of any policy ("Setting an
    // S3 Lifecycle configuration on a bucket"). The condition also holds where no prefix is given.
    denial('NobodyListsUploads', ['s3:ListBucket'], bucket.bucketArn, { StringNotEquals: { 's3:prefix': IDS_PREFIX } }),
    denial('NobodyListsOtherwise', ['s3:ListBucketMultipartUploads', 's3:ListBucketVersions'], bucket.bucketArn),
    // Without an exception for `s3:ObjectCreationOperation` this also refuses multipart uploads, whose parts cannot
    // carry the header.
    denial('NobodyOverwrites', ['s3:PutObject'], objects, { Null: { 's3:if-none-match': 'true' } }),
    denial('NobodyUsesOldUrls', ['s3:PutObject'], objects, {
      NumericGreaterThan: { 's3:signatureAge': `${UPLOAD_URL_SECONDS * 1000}` },
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
      reason: 'Anonymous reading of ciphertext is what the bucket is for, and its policy opens three prefixes only.',
    },
  );
}

/** How cdk-nag names the wildcard in a statement about one of the bucket's prefixes. */
export function prefixFinding(bucket: Bucket, prefix: string): string {
  const { logicalId } = bucket.node.defaultChild as CfnBucket;
  return `AwsSolutions-IAM5[Resource::<${Stack.of(bucket).resolve(logicalId)}.Arn>/${prefix}*]`;
}
