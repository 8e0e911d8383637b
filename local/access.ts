import { anonymousPrincipal, runSimulation } from '@cloud-copilot/iam-simulate';
import type { PolicyDocument, Role, Stack, Statement } from './stack.ts';

/** Who asks: a role's session, or `undefined` for anybody. */
export type Caller = { readonly role: Role; readonly session: string } | undefined;

/** What is asked for, as the policies see it. */
export interface Ask {
  readonly caller: Caller;
  /** Such as `s3:GetObject`. */
  readonly action: string;
  /** The ARN of a bucket, an object or a queue. */
  readonly resource: string;
  readonly policy?: PolicyDocument;
  readonly restrictPublic?: boolean;
  /** Condition keys that this request has a value for. */
  readonly context: Record<string, string>;
}

/** Decides by the template's policies whether AWS would do what is asked. */
export type Allows = (ask: Ask) => Promise<boolean>;

/** The condition keys that a request here can have a value for, in lower case. */
const GIVEN = [
  'aws:principalaccount',
  'aws:principalarn',
  'aws:referer',
  'aws:resourceaccount',
  'aws:securetransport',
  's3:authtype',
  's3:delimiter',
  's3:if-none-match',
  's3:max-keys',
  's3:prefix',
  's3:resourceaccount',
  's3:signatureage',
  's3:signatureversion',
  's3:tlsversion',
  's3:x-amz-content-sha256',
];

/** Those that never have one, because a request with such a header is refused before. */
const ABSENT = ['s3:x-amz-acl', 's3:x-amz-server-side-encryption', 's3:x-amz-storage-class'];

/** What a bucket's policy may let anybody do here. */
const PUBLIC = ['s3:GetObject', 's3:ListBucket', 's3:PutObject', 's3:DeleteObject'];

const DECISIONS_MAX = 20_000;

/**
 * Makes the function that decides by a stack's policies.
 *
 * @throws Error when a policy is malformed, or has a condition that the local drop cannot decide
 */
export async function readPolicies(stack: Stack): Promise<Allows> {
  const used = await checkPolicies(stack);
  const decisions = new Map<string, boolean>();
  return async ({ caller, action, resource, policy, restrictPublic, context }) => {
    const all: Record<string, string> = {
      ...context,
      'aws:SecureTransport': 'true', // this end stands for the one that would speak TLS
      'aws:ResourceAccount': stack.account,
      ...(caller && { 'aws:PrincipalArn': caller.role.arn, 'aws:PrincipalAccount': stack.account }),
      ...(action.startsWith('s3:') && { 's3:ResourceAccount': stack.account, 's3:TlsVersion': '1.3' }),
    };
    // What no policy mentions decides nothing, and would only keep equal questions apart.
    const relevant = Object.fromEntries(Object.entries(all).filter(([key]) => used.has(key.toLowerCase())));
    const principal = caller && sessionArn(stack, caller);
    const question = JSON.stringify([principal, action, resource, relevant]);
    const known = decisions.get(question);
    if (known !== undefined) return known;
    const answer = await runSimulation(
      {
        request: {
          principal: principal ?? anonymousPrincipal,
          action,
          resource: { resource: literal(resource), accountId: stack.account },
          contextVariables: relevant,
        },
        identityPolicies: [...(caller?.role.policies ?? [])],
        serviceControlPolicies: [],
        resourceControlPolicies: [],
        resourcePolicy: policy,
        additionalSettings: { s3: { blockPublicAccess: restrictPublic ?? false } },
      },
      {},
    );
    const allowed = answer.resultType === 'single' && answer.overallResult === 'Allowed';
    if (decisions.size >= DECISIONS_MAX) decisions.clear();
    decisions.set(question, allowed);
    return allowed;
  };
}

/** Whether a service may assume a role. A template in which it may not would fail to deploy. */
export function trusts(role: Role, service: string, context: Record<string, string>): boolean {
  return statements(role.trust).some(({ Effect, Principal, Action, Condition = {} }) => {
    const services = list((Principal as { Service?: unknown } | undefined)?.Service);
    if (Effect !== 'Allow' || !services.includes(service) || !list(Action).includes('sts:AssumeRole')) return false;
    return Object.entries(Condition).every(([operator, keys]) => {
      if (operator !== 'StringEquals')
        throw new Error(`${role.name}: the local drop does not know ${operator} in trust`);
      return Object.entries(keys).every(([key, values]) => list(values).includes(context[key] ?? ''));
    });
  });
}

/** @returns the condition keys that the policies mention, in lower case */
async function checkPolicies({ account, buckets, queues, roles }: Stack): Promise<Set<string>> {
  const used = new Set<string>();
  const check = async (name: string, policy: PolicyDocument, isResourcePolicy: boolean) => {
    for (const { Condition = {} } of statements(policy)) {
      for (const key of Object.values(Condition).flatMap((keys) => Object.keys(keys))) {
        if (![...GIVEN, ...ABSENT].includes(key.toLowerCase())) {
          throw new Error(`${name}: the local drop does not know the condition key ${key}`);
        }
        used.add(key.toLowerCase());
      }
    }
    const answer = await runSimulation(
      {
        request: {
          principal: `arn:aws:iam::${account}:role/any`,
          action: 's3:GetObject',
          resource: { resource: 'arn:aws:s3:::any/any', accountId: account },
          contextVariables: {},
        },
        identityPolicies: isResourcePolicy ? [] : [{ name, policy }],
        serviceControlPolicies: [],
        resourceControlPolicies: [],
        resourcePolicy: isResourcePolicy ? policy : undefined,
      },
      {},
    );
    if (answer.resultType !== 'error') return;
    const errors = [
      ...(answer.errors.resourcePolicyErrors ?? []),
      ...(answer.errors.identityPolicyErrors?.[name] ?? []),
    ];
    throw new Error(`${name}: ${errors.map(({ message, path }) => `${path} ${message}`).join('; ')}`);
  };
  for (const role of roles)
    for (const { name, policy } of role.policies) await check(`${role.name} ${name}`, policy, false);
  for (const { name, policy } of queues) if (policy) await check(name, policy, true);
  for (const { name, policy, blockPublicPolicy } of buckets) {
    if (!policy) continue;
    await check(name, policy, true);
    for (const { Action, ...statement } of statements(policy).filter(isPublic)) {
      // Only these are answered to anybody: whatever else they ask for is refused, without a look at the policies.
      const wider =
        'NotAction' in statement ? 'NotAction' : list(Action).find((action) => !PUBLIC.includes(`${action}`));
      if (wider !== undefined) throw new Error(`${name}: the local drop cannot give anybody ${wider}`);
    }
    if (blockPublicPolicy && statements(policy).some(isPublic)) {
      throw new Error(`${name}: its policy is public, which its BlockPublicPolicy refuses`);
    }
  }
  return used;
}

/** S3 takes a grant to everybody for public unless a condition pins down who that is. */
function isPublic({ Effect, Principal, Condition = {} }: Statement): boolean {
  const everybody = Principal === '*' || list((Principal as { AWS?: unknown } | undefined)?.AWS).includes('*');
  const keys = Object.values(Condition).flatMap((conditions) =>
    Object.keys(conditions).map((key) => key.toLowerCase()),
  );
  return Effect === 'Allow' && everybody && !keys.some((key) => key.startsWith('aws:principal'));
}

/**
 * The simulator takes wildcards in a resource for a question about many, and no wildcard of a policy for the end of a
 * line; in a key they are characters like others.
 */
const literal = (resource: string) => resource.replaceAll(/[*?$\n\r\u2028\u2029]/g, '\ue000');

const sessionArn = (stack: Stack, { role, session }: NonNullable<Caller>) =>
  `arn:aws:sts::${stack.account}:assumed-role/${role.name}/${session}`;

const statements = ({ Statement }: PolicyDocument) => list(Statement) as Statement[];

const list = (value: unknown): unknown[] => (value === undefined ? [] : [value].flat());
