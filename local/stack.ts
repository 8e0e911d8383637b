import { resolve as resolvePath } from 'node:path';
import type { Assembly } from './assembly.ts';
import { type Ends, nameResources } from './names.ts';
import type { Expiry } from './objects.ts';
import { checkResource } from './properties.ts';
import { resolver } from './resolve.ts';

/** What a synthesized stack consists of, its references resolved. */
export interface Stack {
  readonly account: string;
  readonly region: string;
  readonly buckets: readonly Bucket[];
  readonly queues: readonly Queue[];
  readonly roles: readonly Role[];
  readonly functions: readonly Lambda[];
  readonly routes: readonly Route[];
  readonly schedules: readonly Schedule[];
}

export interface Bucket {
  readonly name: string;
  readonly arn: string;
  readonly domain: string;
  readonly expiries: readonly Expiry[];
  readonly policy?: PolicyDocument;
  readonly blockPublicPolicy: boolean;
  readonly restrictPublic: boolean;
}

export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  readonly policy?: PolicyDocument;
  readonly retentionSeconds: number;
  readonly visibilitySeconds: number;
  readonly waitSeconds: number;
  readonly messageBytes: number;
}

export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: Statement | readonly Statement[];
}

export interface Statement {
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly Action?: unknown;
  readonly Resource?: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

export interface Role {
  readonly name: string;
  readonly arn: string;
  readonly trust: PolicyDocument;
  readonly policies: readonly { readonly name: string; readonly policy: PolicyDocument }[];
}

export interface Lambda {
  /** The construct's name in kebab case: `upload-url`. */
  readonly name: string;
  readonly functionName: string;
  readonly arn: string;
  readonly role: Role;
  /** The folder of the bundled code. */
  readonly code: string;
  readonly handler: string;
  readonly runtime: string;
  readonly environment: Record<string, string>;
  readonly memoryMegabytes: number;
  readonly timeoutSeconds: number;
  readonly concurrency: number;
  readonly retries: number;
  readonly eventAgeSeconds: number;
  /** Which callers the function's own policy lets in. */
  readonly permissions: readonly { readonly principal: string; readonly source?: string }[];
}

/** Where a route leads that has no function, and what is changed on the way. */
export interface Target {
  readonly method: string;
  readonly uri: string;
  /** Of a request: the value for each `remove:header.name` and the like. */
  readonly mappings: Readonly<Record<string, string>>;
  /** The same of an answer, by its status. */
  readonly answers: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface Route {
  readonly key: string;
  readonly api: string;
  readonly lambda?: Lambda;
  /** Where a proxied request goes: `https://host/path/{variable}`. */
  readonly target?: Target;
  /** What the stage tells each function behind it. */
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly timeoutMilliseconds: number;
  readonly ratePerSecond: number;
  readonly burst: number;
}

export interface Schedule {
  readonly arn: string;
  readonly group: string;
  readonly expression: string;
  readonly windowMinutes: number;
  readonly lambda: Lambda;
  readonly role: Role;
  readonly input: string;
}

// biome-ignore lint/suspicious/noExplicitAny: a template's properties have any shape until they are checked here
type Properties = Record<string, any>;

/** AWS's own limits, where a template sets none. An account that is new has a concurrency of ten. */
const [RATE_PER_SECOND, BURST, CONCURRENCY] = [10_000, 5000, 10];

/**
 * Reads what a stack consists of.
 *
 * @throws Error naming the resource when the local drop does not know its type, a property or a reference
 */
export function readStack(assembly: Assembly, ends: Ends): Stack {
  const names = nameResources(assembly, ends);
  const resolve = resolver(assembly, names);
  const all = Object.entries(assembly.resources).map(([id, resource]) => {
    const properties = resolve(resource.Properties ?? {}, id) as Properties;
    checkResource(id, resource, properties);
    return { id, type: resource.Type, properties, is: names.get(id)! };
  });
  const of = (type: string) => all.filter((resource) => resource.type === `AWS::${type}`);
  const find = <T>(things: readonly T[], test: (thing: T) => boolean, what: string): T => {
    const found = things.find(test);
    if (found === undefined) throw new Error(`${what} is not in the template`);
    return found;
  };

  const buckets = of('S3::Bucket').map(({ properties: p, is }): Bucket => {
    const rules: Properties[] = p.LifecycleConfiguration?.Rules ?? [];
    const days = rules.filter((rule) => rule.Status === 'Enabled' && rule.ExpirationInDays !== undefined);
    const block = p.PublicAccessBlockConfiguration; // without it, S3 blocks everything
    const policies = of('S3::BucketPolicy').filter((policy) => policy.properties.Bucket === is.Ref);
    return {
      name: is.Ref!,
      arn: is.Arn!,
      domain: is.RegionalDomainName!,
      expiries: days.map((rule) => ({ prefix: rule.Prefix ?? '', days: rule.ExpirationInDays })),
      policy: policies[0]?.properties.PolicyDocument,
      blockPublicPolicy: block === undefined || isTrue(block.BlockPublicPolicy),
      restrictPublic: block === undefined || isTrue(block.RestrictPublicBuckets),
    };
  });

  const queues = of('SQS::Queue').map(({ properties: p, is }): Queue => {
    const policies = of('SQS::QueuePolicy').filter((policy) => policy.properties.Queues.includes(is.Ref));
    return {
      name: is.QueueName!,
      arn: is.Arn!,
      url: is.Ref!,
      policy: policies[0]?.properties.PolicyDocument,
      retentionSeconds: Number(p.MessageRetentionPeriod ?? 345_600),
      visibilitySeconds: Number(p.VisibilityTimeout ?? 30),
      waitSeconds: Number(p.ReceiveMessageWaitTimeSeconds ?? 0),
      messageBytes: Number(p.MaximumMessageSize ?? 262_144),
    };
  });

  const roles = of('IAM::Role').map(({ properties: p, is }): Role => {
    const inline = (p.Policies ?? []) as Properties[];
    const attached = of('IAM::Policy').filter((policy) => policy.properties.Roles?.includes(is.Ref));
    return {
      name: is.Ref!,
      arn: is.Arn!,
      trust: p.AssumeRolePolicyDocument,
      policies: [...inline, ...attached.map((policy) => policy.properties)].map((policy) => {
        return { name: policy.PolicyName, policy: policy.PolicyDocument };
      }),
    };
  });

  const functions = of('Lambda::Function').map(({ id, properties: p, is }): Lambda => {
    const mine = (other: { properties: Properties }) => [is.Ref, is.Arn].includes(other.properties.FunctionName);
    const invocation = of('Lambda::EventInvokeConfig').find(mine)?.properties ?? {};
    const permissions = of('Lambda::Permission').filter(mine);
    const folder = assembly.assets.get(p.Code?.S3Key);
    if (folder === undefined) throw new Error(`${id}: its code is not among the assets`);
    return {
      name: shortName(assembly.paths.get(id) ?? String(assembly.resources[id]!.Metadata?.['aws:cdk:path'] ?? id)),
      functionName: is.Ref!,
      arn: is.Arn!,
      role: find(roles, (role) => role.arn === p.Role, `${id}: its role`),
      code: resolvePath(folder),
      handler: p.Handler,
      runtime: p.Runtime,
      environment: checkHosts(id, p.Environment?.Variables ?? {}),
      memoryMegabytes: Number(p.MemorySize ?? 128),
      timeoutSeconds: Number(p.Timeout ?? 3),
      concurrency: Number(p.ReservedConcurrentExecutions ?? CONCURRENCY),
      retries: Number(invocation.MaximumRetryAttempts ?? 2),
      eventAgeSeconds: Number(invocation.MaximumEventAgeInSeconds ?? 21_600),
      permissions: permissions
        .filter((permission) => permission.properties.Action === 'lambda:InvokeFunction')
        .map((permission) => ({ principal: permission.properties.Principal, source: permission.properties.SourceArn })),
    };
  });

  const routes = of('ApiGatewayV2::Route').map(({ id, properties: p }): Route => {
    const isTarget = (other: { is: { Ref?: string } }) => p.Target === `integrations/${other.is.Ref}`;
    const integration = find(of('ApiGatewayV2::Integration'), isTarget, `${id}: its integration`).properties;
    const isStage = (other: { properties: Properties }) => other.properties.ApiId === p.ApiId;
    const stage = find(of('ApiGatewayV2::Stage'), isStage, `${id}: its stage`).properties;
    const settings = stage.RouteSettings?.[p.RouteKey] ?? stage.DefaultRouteSettings ?? {}; // as a whole
    const isLambda = integration.IntegrationType === 'AWS_PROXY';
    if (
      isLambda &&
      (integration.PayloadFormatVersion !== '2.0' ||
        (integration.RequestParameters ?? integration.ResponseParameters) !== undefined)
    ) {
      throw new Error(`${id}: the local drop knows Lambda integrations of format 2.0 without mappings only`);
    }
    const { IntegrationMethod: method, IntegrationUri: uri, RequestParameters: mappings = {} } = integration;
    const answers = answerMappings(integration.ResponseParameters ?? {});
    return {
      key: p.RouteKey,
      api: p.ApiId,
      lambda: isLambda ? find(functions, ({ arn }) => arn === uri, `${id}: its function`) : undefined,
      target: isLambda ? undefined : { method, uri, mappings, answers },
      stageVariables: checkVariables(id, stage.StageVariables ?? {}),
      timeoutMilliseconds: Number(integration.TimeoutInMillis ?? 30_000),
      ratePerSecond: Number(settings.ThrottlingRateLimit ?? RATE_PER_SECOND),
      burst: Number(settings.ThrottlingBurstLimit ?? BURST),
    };
  });

  /** Names of the API's own: on this machine they are where the API is. */
  const domains = of('ApiGatewayV2::ApiMapping').map(({ properties }) => `https://${properties.DomainName}`);
  const atHome = (text: string) => domains.reduce((all, url) => all.replaceAll(url, ends.api), text);

  const enabled = of('Scheduler::Schedule').filter(({ properties }) => properties.State !== 'DISABLED');
  const schedules = enabled.map(({ id, properties: p, is }): Schedule => {
    return {
      arn: is.Arn!,
      group: `arn:aws:scheduler:${assembly.region}:${assembly.account}:schedule-group/${p.GroupName ?? 'default'}`,
      expression: p.ScheduleExpression,
      windowMinutes:
        p.FlexibleTimeWindow?.Mode === 'FLEXIBLE' ? Number(p.FlexibleTimeWindow.MaximumWindowInMinutes) : 0,
      lambda: find(functions, ({ arn }) => arn === p.Target.Arn, `${id}: its function`),
      role: find(roles, ({ arn }) => arn === p.Target.RoleArn, `${id}: its role`),
      input: atHome(checkHosts(id, { Input: p.Target.Input ?? '{}' }).Input),
    };
  });

  return { account: assembly.account, region: assembly.region, buckets, queues, roles, functions, routes, schedules };
}

/** A name that is spelled out would leave this machine; `apiEndpoint` and `queueUrl` are known to be here. */
function checkHosts<V extends Record<string, string>>(id: string, variables: V): V {
  for (const [name, value] of Object.entries(variables)) {
    if (!String(value).includes('.amazonaws.com')) continue;
    throw new Error(`${id}: the local drop cannot stand for the host in ${name}, received ${value}`);
  }
  return variables;
}

/** What API Gateway takes as stage variables (the reference of its version 2 API: Stage, `stageVariables`). */
function checkVariables(id: string, variables: Record<string, string>): Record<string, string> {
  for (const [name, value] of Object.entries(variables)) {
    if (/^\w+$/.test(name) && /^[\w.~:/?#&=,-]+$/.test(value)) continue;
    throw new Error(`${id}: a stage cannot have the variable ${name}, received ${value}`);
  }
  return checkHosts(id, variables);
}

/** `upload-url` from `/DeadDrop/DeadDrop/UploadUrl/Resource`, or from a bare logical id. */
function shortName(path: string): string {
  const construct = path
    .replace(/\/Resource$/, '')
    .split('/')
    .at(-1)!;
  return construct.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();
}

const isTrue = (value: unknown) => value === true || value === 'true';

/** A list of pairs for each status, as a template has it. */
function answerMappings(
  byStatus: Record<string, { ResponseParameters: { Destination: string; Source: string }[] }>,
): Target['answers'] {
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, { ResponseParameters: pairs }]) => [
      status,
      Object.fromEntries(pairs.map(({ Destination, Source }) => [Destination, Source])),
    ]),
  );
}
