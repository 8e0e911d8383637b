import { type Body, bodyOf, type Element, listOf, mentionsIn } from './elements.ts';
import type { Violation } from './violation.ts';

/** With these a role records, or unlocks. */
const WRITES = /^(logs|xray|kms|cloudtrail)$/;

/** With these a role changes what a drop is, or makes what records it. */
const CHANGES = /^(apigateway|cloudformation|cloudwatch|events|firehose|iam|organizations|pipes|scheduler|sts)$/;

/** What these services' actions concern is named by a policy's resources. */
const HOLDS = /^(s3|sqs|lambda)$/;

/**
 * What the policies in the stack of a drop give away, the drop's own aside: they concern somebody else's things, which
 * they name, and neither logs nor keys.
 */
export function widePolicies(element: Element): Violation[] {
  const { path, type, properties } = element;
  if (!/^AWS::(IAM|SSO)::/.test(type)) return [];
  const managed = [...listOf(properties.ManagedPolicyArns), ...listOf(properties.ManagedPolicies)].filter(isUnseen);
  const unseen = managed.map(() => ({
    path,
    what: `${type} ManagedPolicyArns`,
    rule: 'role action',
    harm: 'what a managed policy allows is in no template here, and the usual ones allow writing logs and traces',
  }));
  const documents = [
    properties.PolicyDocument,
    ...listOf(properties.Policies).map((one) => bodyOf(one).PolicyDocument),
  ];
  const statements = documents.flatMap((document) => listOf(bodyOf(document).Statement)).map(bodyOf);
  const wide = statements.flatMap((statement) =>
    faultsOf(statement).map(({ action, harm }) => ({ path, what: `${type} ${action}`, rule: 'role action', harm })),
  );
  return [...unseen, ...wide];
}

/** A policy of the same template is looked into where it stands; any other cannot be. */
const isUnseen = (arn: unknown) => !mentionsIn(arn).some(({ logicalId }) => !logicalId.startsWith('AWS::'));

function faultsOf(statement: Body): { action: string; harm: string }[] {
  if (statement.Effect === 'Deny') return [];
  if (statement.NotAction !== undefined || statement.NotResource !== undefined) {
    return [
      { action: 'NotAction or NotResource', harm: 'what it leaves out is refused, and all else allowed: logs too' },
    ];
  }
  return listOf(statement.Action).flatMap((action) => {
    const harm = harmOf(String(action), listOf(statement.Resource));
    return harm ? [{ action: String(action), harm }] : [];
  });
}

function harmOf(action: string, resources: unknown[]): string | undefined {
  const service = action.split(':')[0]!.toLowerCase();
  if (/[*?]/.test(service) || !action.includes(':')) return 'it takes in every action there is, logs and keys too';
  if (WRITES.test(service)) return 'with it a function writes down or unlocks what a drop takes care not to keep';
  if (CHANGES.test(service)) return 'with it a function changes a drop, or sets up what records it, after all checks';
  if (HOLDS.test(service) && resources.some(takesInTheDrop)) {
    return 'its resources take in the bucket, the queue or the functions of the drop: name what it is for';
  }
  return undefined;
}

/** Whether a wildcard stands where a bucket's, queue's or function's own name would. */
function takesInTheDrop(resource: unknown): boolean {
  const text = typeof resource === 'string' ? resource : JSON.stringify(resource);
  const [named] = text.split(/[*?]/, 1) as [string];
  if (named === text) return false;
  // A bucket's name ends at a slash. A queue's or function's has no such end: there a reference has to stand first.
  const whole = /:::[^/:"$]+\//.test(named);
  return !whole && !mentionsIn(resource).some(({ logicalId }) => !logicalId.startsWith('AWS::'));
}
