import type { Template } from 'aws-cdk-lib/assertions';
import { expect } from 'vitest';

export const ACCOUNT = '111122223333';
export const BUCKET = 'arn:aws:s3:::drop';
export const QUEUE = `arn:aws:sqs:eu-central-1:${ACCOUNT}:drop`;
/** What the front says in `Referer`. */
export const FRONT_MARK = '6f0c1f5e-0000-4000-8000-3d1d9b8e7a55';
export const FUNCTIONS = `arn:aws:lambda:eu-central-1:${ACCOUNT}:function`;

export interface Statement {
  Sid?: string;
  Effect: string;
  Principal?: unknown;
  Action: string | string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string>>;
}

export interface Policies {
  bucket: Statement[];
  queue: Statement[];
  /** What each role may do, by the id of its construct. */
  roles: Record<string, Statement[]>;
}

/** Puts names in place of what CloudFormation would look up, in a drop in a stack. */
// biome-ignore lint/suspicious/noExplicitAny: any part of a template
export function resolve(value: any): any {
  if (Array.isArray(value)) return value.map(resolve);
  if (typeof value !== 'object' || value === null) return value;
  if (value['Fn::Join']) return resolve(value['Fn::Join'][1]).join(value['Fn::Join'][0]);
  if (value['Fn::GetAtt']) return arnOf(value['Fn::GetAtt']);
  if (value['Fn::Select']) return FRONT_MARK; // the one part of a text that is used
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, resolve(part)]));
}

function arnOf([id, attribute]: [string, string]): string {
  const construct = constructOf(id);
  expect(attribute).toBe('Arn');
  if (construct === 'Bucket') return BUCKET;
  if (construct.endsWith('Role')) return `arn:aws:iam::${ACCOUNT}:role/${construct}`;
  return construct === 'Queue' ? QUEUE : `${FUNCTIONS}:${construct}`;
}

const constructOf = (id: string) => id.replace(/^DeadDrop(.+)[0-9A-F]{8}$/, '$1');

/** Every policy of the template; a type of policy that is not expected here fails. */
export function policiesOf(template: Template): Policies {
  const policies: Policies = { bucket: [], queue: [], roles: {} };
  // biome-ignore lint/suspicious/noExplicitAny: a template's properties have no types of their own
  for (const [id, { Type, Properties }] of Object.entries<any>(template.toJSON().Resources)) {
    if (Type === 'AWS::S3::BucketPolicy') policies.bucket = resolve(Properties.PolicyDocument.Statement);
    else if (Type === 'AWS::SQS::QueuePolicy') policies.queue = resolve(Properties.PolicyDocument.Statement);
    else if (Type === 'AWS::IAM::Role') policies.roles[constructOf(id)] = resolve(inlineStatements(Properties));
    else expect(Type).not.toMatch(/Policy$/);
  }
  return policies;
}

// biome-ignore lint/suspicious/noExplicitAny: a role's properties
function inlineStatements(role: any): Statement[] {
  expect(Object.keys(role).filter((key) => key !== 'Policies')).toEqual(['AssumeRolePolicyDocument']);
  // biome-ignore lint/suspicious/noExplicitAny: a policy
  return (role.Policies ?? []).flatMap((policy: any) => policy.PolicyDocument.Statement);
}
