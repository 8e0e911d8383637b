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
  const { path, type } = element;
  if (!isPolicy(element)) return [];
  const unseen = managedIn(element)
    .filter(isUnseen)
    .map(() => ({
      path,
      what: `${type} ManagedPolicyArns`,
      rule: 'role action',
      harm: 'what a managed policy allows is in no template here, and the usual ones allow writing logs and traces',
    }));
  const wide = statementsIn(element).flatMap((statement) =>
    faultsOf(statement).map(({ action, harm }) => ({ path, what: `${type} ${action}`, rule: 'role action', harm })),
  );
  return [...unseen, ...wide];
}

const REACHES = 'its resources take in the bucket, the queue or the functions of the drop: name what it is for';

/**
 * What the policies in the app's other stacks give away of the drop, though they do not name it.
 *
 * @param stackName - with which the names of the drop's bucket, queue and functions begin
 */
export function reachingPolicies(element: Element, stackName: string): Violation[] {
  const { path, type } = element;
  if (!isPolicy(element) || OF_THE_CDK.test(path)) return [];
  const managed = managedIn(element).filter((arn) => REACHING.test(JSON.stringify(arn)));
  const actions = statementsIn(element).flatMap((statement) => reachingActions(statement, stackName));
  return [...managed.map(() => 'ManagedPolicyArns'), ...actions].map((what) => ({
    path,
    what: `${type} ${what}`,
    rule: 'role action',
    harm: REACHES,
  }));
}

/** What handles notifications of every bucket in a stack: each of them names its bucket, which is looked at. */
const OF_THE_CDK = /\/BucketNotificationsHandler[0-9a-f]+\/Role\//;

/** Policies of AWS that allow reading all buckets or queues, or changing all functions. */
const REACHING =
  /\/(AdministratorAccess|PowerUserAccess|ReadOnlyAccess|ViewOnlyAccess|Amazon(S3|SQS)(Full|ReadOnly)Access|AWSLambda_FullAccess|AWSLambdaSQSQueueExecutionRole)"/;

/** What concerns no bucket, queue or function by itself. */
const CONCERNS_NONE =
  /^(s3:(ListAllMyBuckets|GetAccount\w+)|sqs:ListQueues|lambda:(ListFunctions|GetAccountSettings))$/i;

function reachingActions({ Effect, Action, NotAction, Resource, NotResource }: Body, stackName: string): string[] {
  if (Effect === 'Deny') return [];
  const reaches = NotResource !== undefined || listOf(Resource).some((resource) => mayBeNamed(resource, stackName));
  if (!reaches) return [];
  if (NotAction !== undefined) return ['NotAction'];
  return listOf(Action)
    .map(String)
    .filter((action) => isForAll(action) || HOLDS.test(serviceOf(action)))
    .filter((action) => !CONCERNS_NONE.test(action));
}

/** Whether a wildcard in a resource's own name leaves room for a name that begins with that of the drop's stack. */
function mayBeNamed(resource: unknown, stackName: string): boolean {
  if (namesItsOwn(resource)) return false;
  const parts = textOf(resource).split(':');
  const name = parts.length < 6 ? '*' : parts.slice(5).join(':');
  const own = name
    .replace(/^function:/, '')
    .split('/')[0]!
    .toLowerCase();
  const [start] = own.split(/[*?]/) as [string];
  if (start === own) return false;
  const drop = `${stackName.toLowerCase()}-`;
  return drop.startsWith(start) || start.startsWith(drop);
}

const isPolicy = ({ type }: Element) => /^AWS::(IAM|SSO)::/.test(type);

const managedIn = ({ properties }: Element) => [
  ...listOf(properties.ManagedPolicyArns),
  ...listOf(properties.ManagedPolicies),
];

function statementsIn({ properties }: Element): Body[] {
  const inline = listOf(properties.Policies).map((one) => bodyOf(one).PolicyDocument);
  return [properties.PolicyDocument, properties.InlinePolicy, ...inline]
    .flatMap((document) => listOf(bodyOf(document).Statement))
    .map(bodyOf);
}

/** A policy of the same template is looked into where it stands; any other cannot be. */
const isUnseen = (arn: unknown) => !namesItsOwn(arn);

const namesItsOwn = (value: unknown) => mentionsIn(value).some(({ logicalId }) => !logicalId.startsWith('AWS::'));

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
  const service = serviceOf(action);
  if (isForAll(action)) return 'it takes in every action there is, logs and keys too';
  if (WRITES.test(service)) return 'with it a function writes down or unlocks what a drop takes care not to keep';
  if (CHANGES.test(service)) return 'with it a function changes a drop, or sets up what records it, after all checks';
  return HOLDS.test(service) && resources.some(takesInTheDrop) ? REACHES : undefined;
}

const serviceOf = (action: string) => action.split(':')[0]!.toLowerCase();

const isForAll = (action: string) => !action.includes(':') || /[*?]/.test(serviceOf(action));

/** Whether a wildcard stands where a bucket's, queue's or function's own name would. */
function takesInTheDrop(resource: unknown): boolean {
  const text = textOf(resource);
  const [named] = text.split(/[*?]/, 1) as [string];
  if (named === text) return false;
  // A bucket's name ends at a slash. A queue's or function's has no such end: there a reference has to stand first.
  const whole = /:::[^/:]+\//.test(named);
  return !whole && !namesItsOwn(resource);
}

/** A resource's name, with `~` for what the account, the region or another resource decides. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { 'Fn::Join': join, 'Fn::Sub': sub } = bodyOf(value);
  if (Array.isArray(join) && Array.isArray(join[1])) return join[1].map(textOf).join(String(join[0]));
  const [text] = listOf(sub);
  return typeof text === 'string' ? text.replace(/\$\{[^}]*\}/g, '~') : '~';
}
