import type { AdvancedEventSelector, EventSelector } from '@aws-sdk/client-cloudtrail';
import { cannotTell, type DoctorCheck, type DoctorFinding, fail, pass, some } from './check.ts';
import { cannotAsk } from './refusal.ts';
import { pages, type Visit } from './visit.ts';

const ELSEWHERE = 'take an account in which nobody watches';

/** What watches the account, and would keep what the drop takes care not to. */
export const RECORDER_CHECKS: readonly DoctorCheck[] = [
  {
    name: 'trails',
    group: 'account',
    promise: 'No trail keeps data events of S3, SQS or Lambda: who called, with addresses and seconds.',
    async run(visit) {
      const { trailList = [] } = await visit.aws.describeTrails({ includeShadowTrails: true });
      const dropArns = await arnsOfDrop(visit);
      const seen = trailList.map(async ({ Name = '', TrailARN, IsOrganizationTrail }) => {
        const whose = IsOrganizationTrail ? `${Name} (of the organization)` : Name;
        return lookAt(whose, async () => {
          const { IsLogging } = await visit.aws.getTrailStatus({ Name: TrailARN });
          if (IsLogging === false) return false;
          const { EventSelectors = [], AdvancedEventSelectors = [] } = await visit.aws.getEventSelectors({
            TrailName: TrailARN,
          });
          return (
            EventSelectors.some((selector) => keepsData(selector, dropArns)) ||
            AdvancedEventSelectors.some((selector) => keepsDataOf(selector, dropArns))
          );
        });
      });
      return told(await Promise.all(seen), 'trail', 'take the data events out of it in the console of CloudTrail');
    },
  },
  {
    name: 'event-data-stores',
    group: 'account',
    promise: 'No event data store of CloudTrail Lake keeps such data events.',
    async run(visit) {
      const stores = await pages(
        (NextToken) => visit.aws.listEventDataStores({ NextToken }),
        ({ EventDataStores }) => EventDataStores,
      );
      const dropArns = await arnsOfDrop(visit);
      const seen = stores.map(({ Name = '', EventDataStoreArn }) =>
        lookAt(Name, async () => {
          const store = await visit.aws.getEventDataStore({ EventDataStore: EventDataStoreArn });
          // One that was stopped, or waits for its deletion, keeps nothing new.
          if (store.Status !== undefined && store.Status !== 'ENABLED' && store.Status !== 'CREATED') return false;
          return (store.AdvancedEventSelectors ?? []).some((selector) => keepsDataOf(selector, dropArns));
        }),
      );
      return told(await Promise.all(seen), 'event data store', 'take the data events out of it, or delete it');
    },
  },
  {
    name: 'guardduty',
    group: 'account',
    promise: 'GuardDuty looks neither at what is done in buckets (S3 protection) nor at where functions connect to.',
    async run({ aws }) {
      const ids = await pages(
        (NextToken) => aws.listDetectors({ NextToken }),
        ({ DetectorIds }) => DetectorIds,
      );
      const detectors = await Promise.all(ids.map((DetectorId) => aws.getDetector({ DetectorId })));
      const enabled = detectors.filter(({ Status }) => Status === 'ENABLED');
      const on = enabled.flatMap(({ Features = [], DataSources }) => [
        ...Features.filter(({ Status }) => Status === 'ENABLED').map(({ Name }) => String(Name)),
        ...(DataSources?.S3Logs?.Status === 'ENABLED' ? ['S3_DATA_EVENTS'] : []),
      ]);
      const bad = ['S3_DATA_EVENTS', 'LAMBDA_NETWORK_LOGS'].filter((name) => on.includes(name));
      if (bad.length > 0)
        return fail(
          `${bad.join(' and ')} ${bad.length === 1 ? 'is' : 'are'} on`,
          `Switch that off in the console of GuardDuty, or ${ELSEWHERE}.`,
        );
      return pass(enabled.length === 0 ? 'there is no detector' : 'a detector is there, without either');
    },
  },
  {
    name: 'config',
    group: 'account',
    promise: 'AWS Config does not keep a history of what the drop is made of.',
    async run({ aws }) {
      const { ConfigurationRecorders = [] } = await aws.describeConfigurationRecorders({});
      const { ConfigurationRecordersStatus = [] } = await aws.describeConfigurationRecorderStatus({});
      const isOn = (name: string) => ConfigurationRecordersStatus.find((status) => status.name === name)?.recording;
      const on = ConfigurationRecorders.filter(({ name = '', recordingGroup = {} }) => {
        if (isOn(name) === false) return false;
        const { allSupported, resourceTypes = [], exclusionByResourceTypes, recordingStrategy } = recordingGroup;
        const excluded: readonly string[] = exclusionByResourceTypes?.resourceTypes ?? [];
        if (recordingStrategy?.useOnly === 'EXCLUSION_BY_RESOURCE_TYPES')
          return CONFIG_TYPES.some((type) => !excluded.includes(type));
        return allSupported || resourceTypes.some((type) => CONFIG_TYPES.includes(type));
      });
      if (on.length > 0)
        return fail(
          `${on.length === 1 ? 'a recorder is' : `${on.length} recorders are`} on for types that a drop has`,
          `Take these types out of what it records (${some(CONFIG_TYPES)}), or ${ELSEWHERE}.`,
        );
      return pass(
        ConfigurationRecorders.length === 0 ? 'there is no recorder' : 'no recorder is on for what a drop has',
      );
    },
  },
];

/** Of what a drop consists of, what Config can record. */
const CONFIG_TYPES: readonly string[] = [
  'AWS::S3::Bucket',
  'AWS::SQS::Queue',
  'AWS::Lambda::Function',
  'AWS::IAM::Role',
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Stage',
  'AWS::CloudFormation::Stack',
];

/** Kinds of data events that a drop makes, objects, messages and invocations, and the service that stands in their ARNs. */
const DATA_TYPES: Readonly<Record<string, string>> = {
  'AWS::S3::Object': 's3',
  'AWS::SQS::Queue': 'sqs',
  'AWS::Lambda::Function': 'lambda',
};

/** The beginnings of the names of what the drop has, where it is deployed. */
async function arnsOfDrop(visit: Visit): Promise<string[]> {
  if ((await visit.deployed()) === undefined) return [];
  const { account, partition } = await visit.identity();
  const arn = (service: string, name: string) => `arn:${partition}:${service}:${visit.region}:${account}:${name}`;
  return [...(await visit.resources()).values()].flatMap(({ type, physicalId }) => {
    if (type === 'AWS::S3::Bucket') return [`arn:${partition}:s3:::${physicalId}/`];
    if (type === 'AWS::Lambda::Function') return [arn('lambda', `function:${physicalId}`)];
    if (type === 'AWS::SQS::Queue') return [arn('sqs', physicalId.split('/').at(-1)!)];
    return [];
  });
}

/** Whether a name, or the beginning of one, takes in something of the drop: all of a kind, or what is called so. */
function takesIn(value: string, dropArns: readonly string[]): boolean {
  if (/^arn:[\w-]+(:(s3|lambda|sqs):*)?$/.test(value)) return true;
  return dropArns.some((arn) => arn.startsWith(value) || value.startsWith(arn));
}

/** Of a basic selector. It knows objects, functions and tables; each value is a beginning. */
function keepsData({ DataResources = [] }: EventSelector, dropArns: readonly string[]): boolean {
  return DataResources.some(
    ({ Type = '', Values = [] }) => Type in DATA_TYPES && Values.some((value) => takesIn(value, dropArns)),
  );
}

/** Of an advanced selector: all its fields have to be met. What narrows it by who called or what was called is no excuse. */
function keepsDataOf({ FieldSelectors = [] }: AdvancedEventSelector, dropArns: readonly string[]): boolean {
  const fields = (name: string) => FieldSelectors.filter(({ Field }) => Field === name);
  if (!fields('eventCategory').some(({ Equals = [] }) => Equals.includes('Data'))) return false;
  const types = fields('resources.type').flatMap(({ Equals = [] }) => Equals.filter((type) => type in DATA_TYPES));
  if (types.length === 0) return false;
  const arns = dropArns.filter((arn) => types.some((type) => arn.split(':')[2] === DATA_TYPES[type]));
  return fields('resources.ARN').every(({ Equals, StartsWith, EndsWith, NotEquals, NotStartsWith }) => {
    if (Equals || StartsWith) return [...(Equals ?? []), ...(StartsWith ?? [])].some((value) => takesIn(value, arns));
    const excluded = [...(NotEquals ?? []), ...(NotStartsWith ?? [])];
    if (EndsWith || arns.length === 0) return true;
    return arns.some((arn) => !excluded.some((value) => arn.startsWith(value)));
  });
}

/** Whether something keeps data events; what AWS did not answer about it, where it did not. */
interface Seen {
  readonly name: string;
  readonly keeps?: boolean;
  readonly unknown?: DoctorFinding;
}

async function lookAt(name: string, look: () => Promise<boolean>): Promise<Seen> {
  try {
    return { name, keeps: await look() };
  } catch (error) {
    return { name, unknown: cannotAsk(error) };
  }
}

function told(seen: readonly Seen[], what: string, remedy: string): DoctorFinding {
  const keep = seen.filter(({ keeps }) => keeps).map(({ name }) => name);
  const unknown = seen.find((each) => each.unknown !== undefined);
  if (keep.length > 0) {
    const todo = `Where it is yours, ${remedy}. Else ${ELSEWHERE}.`;
    return fail(
      `they are kept by ${keep.length === 1 ? `the ${what}` : `${keep.length} ${what}s,`} ${some(keep)}`,
      todo,
    );
  }
  if (unknown !== undefined) {
    const { why, todo = '' } = unknown.unknown!;
    return cannotTell(`what the ${what} ${unknown.name} keeps: ${why}`, todo);
  }
  return pass(seen.length === 0 ? `there is no ${what}` : `of ${seen.length}, none does`);
}
