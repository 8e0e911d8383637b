import type { Aws } from './calls.ts';
import { nameOf } from './refusal.ts';
import type { Template } from './template.ts';

/** A deployed stack. */
export interface Deployed {
  readonly id: string;
  readonly status: string;
  /** The values of its outputs, by their names. */
  readonly outputs: ReadonlyMap<string, string>;
}

/** Whether the parts of a stack are there, those of now or those of before. */
export function isUp({ status }: Deployed): boolean {
  return /^(CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT)_COMPLETE$/.test(status);
}

/** What would be deployed, or why that is not known. */
export type Synthesized = { readonly template: Template } | { readonly whyNot: string };

/** Everything that checks ask, each thing once. */
export interface Visit {
  readonly aws: Aws;
  readonly region: string;
  readonly stackName: string;
  readonly expected: Synthesized;
  /** Who asks: of which account, by which ARN, in which partition of AWS. */
  readonly identity: () => Promise<{ account: string; arn: string; partition: string }>;
  /** The stack, or undefined where there is none. */
  readonly deployed: () => Promise<Deployed | undefined>;
  /** The text of its template, as it was given to CloudFormation. */
  readonly templateText: () => Promise<string>;
  /** The type and the physical id of each resource of the stack, by its logical id. */
  readonly resources: () => Promise<ReadonlyMap<string, Deployment>>;
}

export interface Deployment {
  readonly type: string;
  readonly physicalId: string;
}

export function beginVisit(aws: Aws, region: string, stackName: string, expected: Synthesized): Visit {
  return {
    aws,
    region,
    stackName,
    expected,
    identity: once(async () => {
      const { Account = '', Arn = '' } = await aws.getCallerIdentity({});
      return { account: Account, arn: Arn, partition: Arn.split(':')[1] ?? 'aws' };
    }),
    deployed: once(() => findStack(aws, stackName)),
    templateText: once(async () => {
      const { TemplateBody = '' } = await aws.getTemplate({ StackName: stackName, TemplateStage: 'Original' });
      return TemplateBody;
    }),
    resources: once(() => listResources(aws, stackName)),
  };
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}

async function findStack(aws: Aws, stackName: string): Promise<Deployed | undefined> {
  try {
    const { Stacks: [stack] = [] } = await aws.describeStacks({ StackName: stackName });
    if (stack === undefined) return undefined;
    const outputs = (stack.Outputs ?? []).map(
      ({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue] as const,
    );
    return { id: stack.StackId ?? '', status: stack.StackStatus ?? '', outputs: new Map(outputs) };
  } catch (error) {
    // So does CloudFormation say that there is none; see DescribeStacks in its API reference.
    if (nameOf(error) === 'ValidationError' && /does not exist/.test((error as Error).message)) return undefined;
    throw error;
  }
}

async function listResources(aws: Aws, stackName: string): Promise<ReadonlyMap<string, Deployment>> {
  const listed = await pages(
    (NextToken) => aws.listStackResources({ StackName: stackName, NextToken }),
    ({ StackResourceSummaries }) => StackResourceSummaries,
  );
  return new Map(
    listed.map(({ LogicalResourceId = '', ResourceType = '', PhysicalResourceId = '' }) => [
      LogicalResourceId,
      { type: ResourceType, physicalId: PhysicalResourceId },
    ]),
  );
}

/** All items of a list that comes in pages. */
export async function pages<Page extends { NextToken?: string | undefined }, Item>(
  ask: (token: string | undefined) => Promise<Page>,
  itemsOf: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  const items: Item[] = [];
  let token: string | undefined;
  do {
    const page = await ask(token);
    items.push(...(itemsOf(page) ?? []));
    token = page.NextToken;
  } while (token);
  return items;
}
