import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { IDS_PREFIX } from '../wire/slot.ts';
import { SUMMARIES_PREFIX } from '../wire/summary.ts';
import { UPLOADS_PREFIX } from '../wire/upload-id.ts';

/** What rights are for: the queue, a function, the bucket, or what lies in it under a prefix. */
export type Thing =
  | 'Queue'
  | 'Decoy'
  | 'PublishIds'
  | 'Bucket'
  | typeof UPLOADS_PREFIX
  | typeof IDS_PREFIX
  | typeof SUMMARIES_PREFIX;

/** Some actions on some things. No two rights of a role have the same actions: the CDK may be told to merge those. */
export interface Right {
  readonly actions: readonly string[];
  readonly on: readonly Thing[];
  /** The one prefix that a list may be asked for with. */
  readonly prefix?: typeof IDS_PREFIX;
}

/**
 * All that each role of a drop may do in the account, by the id of its construct. Nothing else is ever granted, and the
 * rules of `silence.ts` refuse anything more. Written out, because `grantPut` would add tagging, retention and legal
 * hold, and `grantInvoke` every version of a function.
 */
export const RIGHTS = {
  UploadUrlRole: [{ actions: ['s3:PutObject'], on: [UPLOADS_PREFIX] }],
  RegisterIdRole: [{ actions: ['sqs:SendMessage'], on: ['Queue'] }],
  // None: a decoy comes in by the public door, or the bucket and the queue would know it by its sender.
  DecoyRole: [],
  PublishIdsRole: [
    { actions: ['sqs:DeleteMessage', 'sqs:ReceiveMessage'], on: ['Queue'] },
    { actions: ['s3:GetObject', 's3:PutObject'], on: [IDS_PREFIX, SUMMARIES_PREFIX] },
    // As anybody may. Without it, a batch that is refused would not be told from one that is missing.
    { actions: ['s3:ListBucket'], on: ['Bucket'], prefix: IDS_PREFIX },
  ],
  DecoyScheduleRole: [{ actions: ['lambda:InvokeFunction'], on: ['Decoy'] }],
  PublishIdsScheduleRole: [{ actions: ['lambda:InvokeFunction'], on: ['PublishIds'] }],
} satisfies Record<string, readonly Right[]>;

export type RoleName = keyof typeof RIGHTS;

/** A role's rights as its policy says them. */
export function statementsOf(role: RoleName, arnOf: (on: Thing) => string): PolicyStatement[] {
  const rights: readonly Right[] = RIGHTS[role];
  return rights.map(({ actions, on, prefix }) => {
    const conditions = prefix && { conditions: { StringEquals: { 's3:prefix': prefix } } };
    return new PolicyStatement({ actions: [...actions], resources: on.map(arnOf), ...conditions });
  });
}
