import { type Body, bodyOf, type Element } from './elements.ts';
import type { Violation } from './violation.ts';

/** A kind of resource that records, by what its type matches. */
interface Recorder {
  readonly types: RegExp;
  readonly rule: string;
  readonly harm: string;
}

/** What records in a whole account, the drop included, from whichever stack of the app. */
const IN_THE_ACCOUNT: readonly Recorder[] = [
  {
    types: /^AWS::CloudTrail::/,
    rule: 'trail',
    harm: 'a trail keeps who called the bucket, the queue and the functions, with addresses and seconds',
  },
  {
    types: /^AWS::(XRay|ApplicationSignals)::/,
    rule: 'tracing',
    harm: 'a trace follows one request from a source through the drop, with its times',
  },
  {
    types: /^AWS::(ApiGateway::Account|Logs::AccountPolicy)$/,
    rule: 'logging for the account',
    harm: 'what is set up for all logs of an account takes in the drop as well',
  },
  {
    types:
      /^AWS::(ApplicationInsights|AuditManager|Config|Detective|DevOpsGuru|GuardDuty|Macie|ObservabilityAdmin|SecurityHub|SecurityLake)::/,
    rule: 'watcher of the account',
    harm: 'it collects what happens in the account, and so who reads and writes the bucket',
  },
  {
    types: /^AWS::(CUR|BCMDataExports)::/,
    rule: 'detailed bill',
    harm: 'it keeps how often the bucket, the queue and each function were used, hour by hour and for good',
  },
  {
    types: /^AWS::(S3::StorageLens\w*|CloudWatch::(MetricStream|InsightRule)|Oam::\w+)$/,
    rule: 'detailed metric',
    harm: 'it counts the objects and requests of each bucket or function, and hands the counts on',
  },
];

/** What has no place in the stack in which a drop stands, in addition. */
const BESIDE_A_DROP: readonly Recorder[] = [
  {
    types: /^AWS::Logs::/,
    rule: 'log group',
    harm: 'a log keeps who came and when, for longer than the drop keeps anything, and its readers can be asked for it',
  },
  {
    types:
      /^AWS::(\w+::\w*(AccessLog|FlowLog|QueryLog|Logging)\w*$|(InternetMonitor|NetworkFlowMonitor|NetworkMonitor)::)/,
    rule: 'access log',
    harm: 'it keeps the address and time of each connection',
  },
  {
    types: /^AWS::(CloudFront|WAF\w*)::/,
    rule: 'access log',
    harm: 'it keeps reports of popular objects or samples of requests, with addresses, even with its logs off',
  },
  {
    types: /^AWS::(CloudWatch|Synthetics|RUM)::/,
    rule: 'detailed metric',
    harm: 'an alarm, dashboard or monitor keeps when there was traffic, for weeks, and tells others at once',
  },
  {
    types: /^AWS::(SSM::(Association|MaintenanceWindowTask)|SSMQuickSetup::\w+)$/,
    rule: 'unknown command',
    harm: 'what it runs on machines is in no template here, and the usual ones set up logs and metrics',
  },
  {
    types: /^AWS::KMS::/,
    rule: 'KMS key',
    harm: 'each use of a key is an event in CloudTrail, and whoever holds the key says who may read',
  },
  {
    types: /^(Custom::|AWS::CloudFormation::(CustomResource|Macro)$)/,
    rule: 'custom resource',
    harm: 'it is a function of the deployment that writes logs, and may change the drop behind its template',
  },
  {
    types:
      /^(?!AWS::)|^AWS::(CloudFormation::(StackSet|Module\w*|Hook\w*|GuardHook|LambdaHook|ResourceVersion|TypeActivation)|ServiceCatalog::\w+)$/,
    rule: 'unknown template',
    harm: 'what it makes is in no template here, so that nobody can see whether it records',
  },
];

/** What a type of resource records by being there. */
export function recorderOf(element: Element, beside: boolean): Violation[] {
  if (element.section !== 'Resources') return [];
  const kinds = beside ? [...IN_THE_ACCOUNT, ...BESIDE_A_DROP] : IN_THE_ACCOUNT;
  const kind = kinds.find(({ types }) => types.test(element.type));
  return kind ? [{ path: element.path, what: element.type, rule: kind.rule, harm: kind.harm }] : [];
}

/** A property of any resource that makes it record, by its name, unless its value switches it off. */
interface Setting {
  readonly names: RegExp;
  readonly rule: string;
  readonly harm: string;
}

const KEY = { rule: 'KMS key', harm: 'each use of a key is an event in CloudTrail, with its time and its user' };

const SETTINGS: readonly Setting[] = [
  { names: /KMS|Kms|^SSEEnabled$/, ...KEY },
  {
    names: /DeadLetter|Redrive|^(OnFailure|OnSuccess|DestinationConfig)$/,
    rule: 'dead-letter queue',
    harm: 'what failed or was done is kept apart from the rest and for longer',
  },
  {
    names: /Tracing|Trace(?=[A-Z]|$)|X[Rr]ay/,
    rule: 'tracing',
    harm: 'a trace follows one request through the drop, with its times',
  },
  {
    names: /Metrics(Enabled|Config)|SampledRequests|Insights|^(Instance)?Monitoring$|MonitoringDashboard/,
    rule: 'detailed metric',
    harm: 'counts of single routes, functions or prefixes tell when a letter came',
  },
  {
    names: /(Access|Connection|Flow|Query)Log/,
    rule: 'access log',
    harm: 'it keeps the address and second of each request',
  },
  {
    names: /Logging|Logs|Log(?=[A-Z]|$)/,
    rule: 'log',
    harm: 'a log keeps who came and when, for longer than the drop keeps anything',
  },
];

/** Parts of a template in which the names are somebody's own, or which other rules read. */
const NOT_SETTINGS = ['Environment', 'Tags', 'PolicyDocument', 'AssumeRolePolicyDocument', 'Policies'];

/** What a resource's properties switch on, however deep they lie. */
export function recordingSettings({ path, type, properties }: Element): Violation[] {
  return settingsIn(properties, type).map(({ what, rule, harm }) => ({ path, what, rule, harm }));
}

function settingsIn(value: unknown, place: string): Omit<Violation, 'path'>[] {
  if (Array.isArray(value)) return value.flatMap((part) => settingsIn(part, place));
  if (typeof value === 'string') return /^aws:kms/.test(value) ? [{ what: place, ...KEY }] : [];
  return [...Object.entries(bodyOf(value)), ...pairIn(bodyOf(value))].flatMap(
    ([name, part, words = name]: [string, unknown, string?]) => {
      if (NOT_SETTINGS.includes(name)) return [];
      const what = `${place} ${name}`;
      const setting = SETTINGS.find(({ names }) => names.test(words));
      if (!setting) return settingsIn(part, what);
      return isOff(part) ? [] : [{ what, rule: setting.rule, harm: setting.harm }];
    },
  );
}

/** A setting said by a pair, `{Key: 'access_logs.s3.enabled', Value: 'true'}`, and its name as `AccessLogsS3Enabled`. */
function pairIn({ Key, Name, OptionName, ParameterName, Value, ParameterValue }: Body): [string, unknown, string][] {
  const name = Key ?? Name ?? OptionName ?? ParameterName;
  const value = Value ?? ParameterValue;
  if (typeof name !== 'string' || value === undefined || isPlace(name)) return [];
  return [[name, value, name.replace(/(?:^|[^A-Za-z0-9])([a-z])/g, (_, letter: string) => letter.toUpperCase())]];
}

/** Where a log would go: whether there is one, another pair says. */
const isPlace = (name: string) => /\.(bucket|prefix)$/.test(name);

const OFF = ['off', 'none', 'disabled', 'passthrough', 'false', ''];

/** Only what certainly records nothing: a condition or a reference might. */
function isOff(value: unknown): boolean {
  if (typeof value === 'string') return OFF.includes(value.toLowerCase());
  if (Array.isArray(value)) return value.every(isOff);
  if (typeof value !== 'object' || value === null) return value === false || value === null;
  return Object.entries(value as Body).every(([name, part]) => isFormat(name) || isOff(part));
}

/** Lambda's `LoggingConfig` says what a line would look like; where it goes, its role or a `LogGroup` decides. */
const isFormat = (name: string) => ['LogFormat', 'SystemLogLevel', 'ApplicationLogLevel'].includes(name);
