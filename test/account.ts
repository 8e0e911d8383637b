import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Aws, CLIENTS } from '../doctor/calls.ts';
import { readAssembly } from '../local/assembly.ts';
import { nameResources } from '../local/names.ts';
import { resolver } from '../local/resolve.ts';

/** An account's number, which nothing that the doctor says may have in it. */
export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';
const ARN = `arn:aws:cloudtrail:${REGION}:${ACCOUNT}`;

/** A template as its file has it. */
export function templateIn(outdir: string) {
  const [name] = readdirSync(outdir).filter((each) => each.endsWith('.template.json'));
  return JSON.parse(readFileSync(join(outdir, name!), 'utf8'));
}

/** An error as the SDK has it, with a message that says what must not be repeated. */
export function sdkError(name: string, more: object = {}): Error {
  const message = `User: arn:aws:iam::${ACCOUNT}:user/jane is not told why: ${name}`;
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } }, more);
}

/** A call that is refused. */
export const refuse = (name: string, more?: object) => async (): Promise<never> => {
  throw sdkError(name, more);
};

// biome-ignore lint/suspicious/noExplicitAny: tests answer any part of a call
export type Answers = Partial<Record<keyof Aws, (input: any) => Promise<unknown>>>;

/** What a selector of CloudTrail is about, in its advanced form. */
export const selector = (fields: Record<string, object>) => ({
  FieldSelectors: Object.entries(fields).map(([Field, how]) => ({ Field, ...how })),
});

/** The names that a deployed stack has, by another implementation than the doctor's: that of the local drop. */
export function deployment(outdir: string, url: string, storage = `https://sqs.${REGION}.amazonaws.com`) {
  const assembly = { ...readAssembly(outdir), account: ACCOUNT, region: REGION };
  const names = nameResources(assembly, { api: url, storage });
  const resolve = resolver(assembly, names);
  // biome-ignore lint/suspicious/noExplicitAny: a template's properties have any shape
  const of = (type: string): { id: string; name: string; properties: any }[] =>
    Object.entries(assembly.resources)
      .filter(([, { Type }]) => Type === type)
      .map(([id, { Properties = {} }]) => ({ id, name: names.get(id)!.Ref!, properties: resolve(Properties, id) }));
  return { assembly, names, resolve, of };
}

/**
 * An account in which all is well and something of everything is there: a trail, an event data store, a detector, a
 * recorder, an organization, and the stack of a drop. It notes which calls were made.
 *
 * @param changes - other answers than these
 */
export function accountWith(
  outdir: string,
  changes: Answers = {},
  { url = 'https://drop.example', storage, template }: { url?: string; storage?: string; template?: unknown } = {},
): { aws: Aws; made: Set<string> } {
  const { assembly, names, resolve, of } = deployment(outdir, url, storage);
  const stackId = (() => {
    try {
      return resolve({ Ref: 'AWS::StackId' }, '');
    } catch {
      return `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/DeadDrop/0`;
    }
  })();
  const functionOf = (name: string) => of('AWS::Lambda::Function').find((each) => each.name === name)!.properties;
  const answers: Required<Answers> = {
    getCallerIdentity: async () => ({ Account: ACCOUNT, Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/operator/jane` }),
    getPublicAccessBlock: refuse('NoSuchPublicAccessBlockConfiguration'),
    getAccountSettings: async () => ({
      AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 994 },
    }),
    getFunctionConfiguration: async ({ FunctionName }) => {
      const { Environment, Code: _, ...rest } = functionOf(FunctionName);
      return { TracingConfig: { Mode: 'PassThrough' }, ...rest, Environment };
    },
    getFunctionConcurrency: async ({ FunctionName }) => {
      const { ReservedConcurrentExecutions } = functionOf(FunctionName);
      return { ReservedConcurrentExecutions };
    },
    describeTrails: async () => ({
      trailList: [{ Name: 'management', TrailARN: `${ARN}:trail/management`, IsOrganizationTrail: true }],
    }),
    getTrailStatus: async () => ({ IsLogging: true }),
    getEventSelectors: async () => ({
      EventSelectors: [
        {
          IncludeManagementEvents: true,
          DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::other/'] }],
        },
      ],
    }),
    listEventDataStores: async () => ({
      EventDataStores: [{ Name: 'lake', EventDataStoreArn: `${ARN}:eventdatastore/1` }],
    }),
    getEventDataStore: async () => ({
      Status: 'ENABLED',
      AdvancedEventSelectors: [selector({ eventCategory: { Equals: ['Management'] } })],
    }),
    listDetectors: async () => ({ DetectorIds: ['d1'] }),
    getDetector: async () => ({
      Status: 'ENABLED',
      Features: [
        { Name: 'CLOUD_TRAIL', Status: 'ENABLED' },
        { Name: 'S3_DATA_EVENTS', Status: 'DISABLED' },
        { Name: 'LAMBDA_NETWORK_LOGS', Status: 'DISABLED' },
      ],
    }),
    describeConfigurationRecorders: async () => ({
      ConfigurationRecorders: [
        { name: 'default', recordingGroup: { allSupported: false, resourceTypes: ['AWS::EC2::Instance'] } },
      ],
    }),
    describeConfigurationRecorderStatus: async () => ({
      ConfigurationRecordersStatus: [{ name: 'default', recording: true }],
    }),
    describeOrganization: async () => ({ Organization: { MasterAccountId: '999999999999' } }),
    describeEffectivePolicy: refuse('EffectivePolicyNotFoundException'),
    listParents: async ({ ChildId }) => ({
      Parents: [ChildId === ACCOUNT ? { Id: 'ou-1', Type: 'ORGANIZATIONAL_UNIT' } : { Id: 'r-1', Type: 'ROOT' }],
    }),
    listPoliciesForTarget: async ({ Filter }) => ({
      Policies: [{ Name: Filter === 'SERVICE_CONTROL_POLICY' ? 'FullAWSAccess' : 'RCPFullAWSAccess' }],
    }),
    getParameter: async () => ({ Parameter: { Value: '30' } }),
    describeStacks: async () => ({
      Stacks: [
        {
          StackId: stackId,
          StackStatus: 'UPDATE_COMPLETE',
          Outputs: [{ OutputKey: 'Url', OutputValue: url }],
        },
      ],
    }),
    getTemplate: async () => ({ TemplateBody: JSON.stringify(template ?? templateIn(outdir)) }),
    // Two pages: the second one counts as much.
    listStackResources: async ({ NextToken }) => {
      const all = Object.entries(assembly.resources).map(([LogicalResourceId, { Type: ResourceType }]) => ({
        LogicalResourceId,
        ResourceType,
        PhysicalResourceId: names.get(LogicalResourceId)!.Ref,
      }));
      const half = Math.ceil(all.length / 2);
      if (NextToken === undefined) return { StackResourceSummaries: all.slice(0, half), NextToken: 'more' };
      return { StackResourceSummaries: all.slice(half) };
    },
    getBucketPolicy: async ({ Bucket }) => ({ Policy: documentOf(of('AWS::S3::BucketPolicy'), 'Bucket', Bucket) }),
    getBucketLogging: async () => ({}),
    getBucketNotificationConfiguration: async () => ({}),
    getQueueAttributes: async ({ QueueUrl }) => ({
      Attributes: { Policy: documentOf(of('AWS::SQS::QueuePolicy'), 'Queues', QueueUrl) },
    }),
    getSchedule: async ({ Name }) => {
      const { FlexibleTimeWindow: _, ...rest } = of('AWS::Scheduler::Schedule').find(
        ({ name }) => name === Name,
      )!.properties;
      return { State: 'ENABLED', ...rest };
    },
    getStage: async () => ({ AutoDeploy: true, DefaultRouteSettings: { ThrottlingRateLimit: 50 } }),
    ...changes,
  };
  const made = new Set<string>();
  const calls = CLIENTS.flatMap(({ calls: names }) => Object.keys(names)) as (keyof Aws)[];
  const noted = calls.map((name) => [
    name,
    (input: unknown) => {
      made.add(name);
      return answers[name](input);
    },
  ]);
  return { aws: Object.fromEntries(noted) as Aws, made };
}

function documentOf(policies: { properties: Record<string, unknown> }[], property: string, of: unknown): string {
  const found = policies.find(({ properties }) => [properties[property]].flat().includes(of))!;
  return JSON.stringify(found.properties.PolicyDocument);
}
