import { cannotTell, type DoctorCheck, type DoctorFinding, fail, pass, some } from './check.ts';
import { policyDrift } from './policy.ts';
import { nameOf } from './refusal.ts';
import { matches, resolver } from './resolve.ts';
import {
  type Difference,
  differences,
  parseTemplate,
  type Resource,
  resourcesOfType,
  type Template,
} from './template.ts';
import type { Visit } from './visit.ts';

const DEPLOY_AGAIN = 'Run npx cdk deploy again, and find out who changed it: their calls are in the event history.';

/** Whether what is deployed is what the template says. Made where there is a stack. */
export const STACK_CHECKS: readonly DoctorCheck[] = [
  {
    name: 'stack',
    group: 'stack',
    promise: 'The stack is deployed, completely.',
    async run({ deployed }) {
      const { status = '' } = (await deployed()) ?? {};
      if (/^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status)) return pass(status);
      if (status.endsWith('_IN_PROGRESS')) return cannotTell(status, 'Wait until it is over, and run this again.');
      return fail(status, 'See the events of the stack in the console of CloudFormation for the first that failed.');
    },
  },
  {
    name: 'template',
    group: 'stack',
    promise: 'The deployed template is the one that would be deployed.',
    async run({ templateText, expected }) {
      if (!('template' in expected)) return cannotTell('the one that would be is not known', expected.whyNot);
      const text = await templateText();
      let deployed: Template;
      try {
        deployed = parseTemplate(text);
      } catch {
        return fail('the deployed one is none that the CDK writes', DEPLOY_AGAIN);
      }
      return templateFinding(differences(deployed, expected.template));
    },
  },
  {
    name: 'bucket-policy',
    group: 'stack',
    promise: "The policy of the bucket is the template's.",
    run: (visit) =>
      eachOfType(visit, 'AWS::S3::BucketPolicy', async ({ Properties = {} }, resolve) => {
        const { Policy = '{}' } = await visit.aws.getBucketPolicy({ Bucket: String(resolve(Properties.Bucket)) });
        return policyFault(resolve(Properties.PolicyDocument), JSON.parse(Policy));
      }),
  },
  {
    name: 'queue-policy',
    group: 'stack',
    promise: "The policy of the queue is the template's.",
    run: (visit) =>
      eachOfType(visit, 'AWS::SQS::QueuePolicy', async ({ Properties = {} }, resolve) => {
        const [QueueUrl] = [resolve(Properties.Queues)].flat();
        const asked = { QueueUrl: String(QueueUrl), AttributeNames: ['Policy' as const] };
        const { Attributes = {} } = await visit.aws.getQueueAttributes(asked);
        return policyFault(resolve(Properties.PolicyDocument), JSON.parse(Attributes.Policy ?? '{}'));
      }),
  },
  {
    name: 'functions',
    group: 'stack',
    promise: 'Each function has the settings of the template, from environment and logs to role and concurrency.',
    run: (visit) =>
      eachOfType(visit, 'AWS::Lambda::Function', (resource, resolve) => functionFault(visit, resource, resolve)),
  },
  {
    name: 'schedules',
    group: 'stack',
    promise: 'The schedules of decoys and publisher are on, as the template has them.',
    run: (visit) =>
      eachOfType(visit, 'AWS::Scheduler::Schedule', async ({ id, Properties = {} }, resolve) => {
        const has = await visit.aws.getSchedule({ Name: String(resolve({ Ref: id })) });
        if (has.State !== (Properties.State ?? 'ENABLED')) return `it is ${has.State}`;
        const said = Properties.Target as Record<string, unknown>;
        const settings: readonly [name: string, wanted: unknown, actual: unknown][] = [
          ['expression', Properties.ScheduleExpression, has.ScheduleExpression],
          ['function', said.Arn, has.Target?.Arn],
          ['role', said.RoleArn, has.Target?.RoleArn],
          ['input', said.Input ?? '', has.Target?.Input ?? ''],
          ['dead-letter queue', said.DeadLetterConfig ?? '', has.Target?.DeadLetterConfig ?? ''],
        ];
        const wrong = settings.filter(([, wanted, actual]) => !matches(resolve(wanted), actual));
        return notTheTemplates(wrong.map(([name]) => name));
      }),
  },
  {
    name: 'records',
    group: 'stack',
    promise: 'Bucket and API keep no access logs, tell nobody of what comes, and count no single route.',
    async run(visit) {
      const buckets = await eachOfType(visit, 'AWS::S3::Bucket', async ({ id, Properties = {} }, resolve) => {
        const Bucket = String(resolve({ Ref: id }));
        const { LoggingEnabled } = await visit.aws.getBucketLogging({ Bucket });
        if (LoggingEnabled !== undefined && Properties.LoggingConfiguration === undefined)
          return 'it has an access log';
        const told = await visit.aws.getBucketNotificationConfiguration({ Bucket });
        const ways = [
          ...(told.QueueConfigurations ?? []),
          ...(told.TopicConfigurations ?? []),
          ...(told.LambdaFunctionConfigurations ?? []),
          ...(told.EventBridgeConfiguration ? [told.EventBridgeConfiguration] : []),
        ];
        return ways.length > 0 && Properties.NotificationConfiguration === undefined
          ? 'it tells others of uploads'
          : '';
      });
      if (buckets.verdict !== 'pass') return buckets;
      return eachOfType(visit, 'AWS::ApiGatewayV2::Stage', async ({ Properties = {} }, resolve) => {
        const asked = { ApiId: String(resolve(Properties.ApiId)), StageName: String(resolve(Properties.StageName)) };
        const stage = await visit.aws.getStage(asked);
        if (stage.AccessLogSettings?.DestinationArn && Properties.AccessLogSettings === undefined)
          return 'it has an access log';
        const settings = [stage.DefaultRouteSettings ?? {}, ...Object.values(stage.RouteSettings ?? {})];
        return settings.some((each) => each.DetailedMetricsEnabled || each.DataTraceEnabled)
          ? 'it counts each route'
          : '';
      });
    },
  },
];

/** What differs between templates, for people: whether it is only the code, or what. */
function templateFinding(found: readonly Difference[]): DoctorFinding {
  if (found.length === 0) return pass('it is, resource by resource and property by property');
  const isCode = ({ path }: Difference) => /^Properties\.Code\.S3(Key|Bucket)$/.test(path);
  const settings = 'Where you deployed with -c, give the same -c here.';
  if (found.every(isCode)) {
    const ids = [...new Set(found.map(({ id }) => id))];
    return fail(
      `only code differs: of ${some(ids)}`,
      `Another version is deployed, or other settings are compiled in. ${settings} Else run npx cdk deploy.`,
    );
  }
  const others = found.filter((difference) => !isCode(difference));
  const words = { missing: 'is missing', added: 'was added', other: 'differs' };
  const names = others.map(({ id, path, how }) => `${[id, path].filter(Boolean).join(' ')} ${words[how]}`);
  return fail(some(names), `${settings} Else run npx cdk diff to see all of it, and npx cdk deploy to put it right.`);
}

type Resolve = (value: unknown) => unknown;

/**
 * Looks at each resource of a type, by the template that would be deployed, and without it by the one that is.
 *
 * @param faultOf - what is wrong, in words that follow its logical id; empty where nothing is
 */
async function eachOfType(
  visit: Visit,
  type: string,
  faultOf: (resource: Resource & { readonly id: string }, resolve: Resolve) => Promise<string>,
): Promise<DoctorFinding> {
  const template = 'template' in visit.expected ? visit.expected.template : parseTemplate(await visit.templateText());
  const [{ account, partition }, deployed, resources] = [
    await visit.identity(),
    await visit.deployed(),
    await visit.resources(),
  ];
  const { region, stackName } = visit;
  const resolve = resolver(template, { account, partition, region, stackName, stackId: deployed?.id ?? '', resources });
  const faults: string[] = [];
  const found = resourcesOfType(template, type);
  for (const resource of found) {
    const fault = await faultOf(resource, resolve).catch((error: unknown) => {
      if (
        /^(NoSuchBucketPolicy|NoSuchBucket|NotFoundException|ResourceNotFoundException|QueueDoesNotExist|AWS\.SimpleQueueService\.NonExistentQueue)$/.test(
          nameOf(error),
        )
      )
        return 'it is not there';
      throw error;
    });
    if (fault !== '') faults.push(`${resource.id}: ${fault}`);
  }
  if (faults.length > 0) return fail(some(faults), DEPLOY_AGAIN);
  return found.length === 0 ? pass('the template has none') : pass(`looked at ${found.map(({ id }) => id).join(', ')}`);
}

function policyFault(expected: unknown, actual: unknown): string {
  const { missing, added } = policyDrift(expected, actual);
  if (missing === 0 && added === 0) return '';
  const parts = [missing > 0 ? `${missing} missing or changed` : '', added > 0 ? `${added} that it has not` : ''];
  return `of its statements ${parts.filter(Boolean).join(', ')}`;
}

/** What a function is by default, where the template says nothing. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  Environment: {},
  Layers: [],
  TracingConfig: { Mode: 'PassThrough' },
  DeadLetterConfig: '',
  KmsKeyArn: '',
  VpcConfig: '',
  ReservedConcurrentExecutions: '',
};

async function functionFault(
  { aws }: Visit,
  { id, Properties = {} }: Resource & { readonly id: string },
  resolve: Resolve,
): Promise<string> {
  const FunctionName = String(resolve({ Ref: id }));
  const has = await aws.getFunctionConfiguration({ FunctionName });
  const { ReservedConcurrentExecutions = '' } = await aws.getFunctionConcurrency({ FunctionName });
  const { LoggingConfig = {} } = Properties as { LoggingConfig?: object };
  const logs = (has.LoggingConfig ?? {}) as Record<string, unknown>;
  // In the words of the template; a text stands for what is merely there or not.
  const actual: Readonly<Record<string, unknown>> = {
    Environment: has.Environment?.Variables ?? {},
    Layers: (has.Layers ?? []).map(({ Arn }) => Arn),
    TracingConfig: { Mode: has.TracingConfig?.Mode ?? 'PassThrough' },
    DeadLetterConfig: has.DeadLetterConfig?.TargetArn ?? '',
    KmsKeyArn: has.KMSKeyArn ?? '',
    VpcConfig: has.VpcConfig?.VpcId ?? '',
    LoggingConfig: Object.fromEntries(Object.keys(LoggingConfig).map((name) => [name, logs[name]])),
    Role: has.Role,
    Runtime: has.Runtime,
    Handler: has.Handler,
    Timeout: has.Timeout,
    MemorySize: has.MemorySize,
    ReservedConcurrentExecutions,
  };
  const wrong = Object.keys(actual).filter((name) => {
    const said = Properties[name];
    if (said === undefined) return name in DEFAULTS && !matches(DEFAULTS[name], actual[name]);
    if (typeof said === 'object' && typeof DEFAULTS[name] === 'string') return actual[name] === ''; // or as the template wants it
    const wanted = name === 'Environment' ? (said as { Variables?: object }).Variables : said;
    return !matches(resolve(wanted), actual[name]);
  });
  return notTheTemplates(wrong);
}

function notTheTemplates(names: readonly string[]): string {
  return names.length === 0 ? '' : `its ${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} not the template's`;
}
