/** A template of CloudFormation, as far as it is looked at. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly [section: string]: unknown;
}

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly [attribute: string]: unknown;
}

/** A place at which two templates differ. */
export interface Difference {
  /** The logical id of a resource, or a section of the template. */
  readonly id: string;
  /** The way to the value, such as `Properties.Code.S3Key`; empty where all of it is missing or was added. */
  readonly path: string;
  readonly how: 'missing' | 'added' | 'other';
}

/** @throws Error when a text is no template in JSON */
export function parseTemplate(text: string): Template {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('the template is not JSON');
  }
  const { Resources } = (value ?? {}) as Partial<Template>;
  if (typeof Resources !== 'object' || Resources === null) throw new Error('the template has no resources');
  return value as Template;
}

/** Sections that say nothing of what is deployed, or only how: the CDK's own parameter and rule are compared with others. */
const SAYS_NOTHING = ['Description', 'Metadata', 'AWSTemplateFormatVersion'];

/** What the CDK adds to know itself again: no part of the drop. */
const OF_THE_CDK = ['AWS::CDK::Metadata'];

/**
 * Where a deployed template differs from one that would be deployed. It knows no resource and no property: all of each is
 * compared but `Metadata`, in which the CDK's command writes paths of the machine.
 */
export function differences(deployed: Template, expected: Template): Difference[] {
  const found: Difference[] = [];
  const [theirs, ours] = [resourcesOf(deployed), resourcesOf(expected)];
  for (const id of union(theirs, ours)) compare(theirs[id], ours[id], id, [], found);
  const others = [sectionsOf(deployed), sectionsOf(expected)] as const;
  for (const section of union(...others)) compare(others[0][section], others[1][section], section, [], found);
  return found;
}

function resourcesOf({ Resources }: Template): Record<string, unknown> {
  const kept = Object.entries(Resources).filter(([, { Type }]) => !OF_THE_CDK.includes(Type));
  return Object.fromEntries(
    kept.map(([id, { Metadata: _, ...rest }]) => [id, { ...rest, ...sortedDependencies(rest) }]),
  );
}

/** What must be there first comes in no order. */
function sortedDependencies({ DependsOn }: Record<string, unknown>): object {
  return DependsOn === undefined ? {} : { DependsOn: [DependsOn].flat().sort() };
}

function sectionsOf(template: Template): Record<string, unknown> {
  const { Conditions, ...rest } = template;
  const names = Object.keys(rest).filter((name) => name !== 'Resources' && !SAYS_NOTHING.includes(name));
  const { CDKMetadataAvailable: _, ...conditions } = (Conditions ?? {}) as Record<string, unknown>;
  const sections = Object.fromEntries(names.map((name) => [name, rest[name]]));
  return Object.keys(conditions).length > 0 ? { ...sections, Conditions: conditions } : sections;
}

function compare(theirs: unknown, ours: unknown, id: string, path: readonly string[], found: Difference[]): void {
  if (theirs === undefined && ours === undefined) return;
  const at = path.join('.');
  if (theirs === undefined) found.push({ id, path: at, how: 'missing' });
  else if (ours === undefined) found.push({ id, path: at, how: 'added' });
  else if (isTree(theirs) && isTree(ours) && Array.isArray(theirs) === Array.isArray(ours)) {
    for (const key of union(theirs, ours)) compare(theirs[key], ours[key], id, [...path, key], found);
  } else if (theirs !== ours && theirs !== mangled(ours)) found.push({ id, path: at, how: 'other' });
}

/**
 * A text as GetTemplate gives it back, with a question mark for each character that is not ASCII. `cdk diff` has to do the
 * same; aws-cloudformation/cloudformation-coverage-roadmap, 814 and 1220.
 */
function mangled(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/[\u{80}-\u{10ffff}]/gu, '?') : value;
}

const isTree = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const union = (...trees: readonly object[]) => [...new Set(trees.flatMap(Object.keys))].sort();

/** The resources of a type, with their logical ids. */
export function resourcesOfType({ Resources }: Template, type: string): (Resource & { readonly id: string })[] {
  return Object.entries(Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id, resource]) => ({ id, ...resource }));
}

/** How many concurrent executions the functions of a template reserve. */
export function reservedBy(template: Template): number {
  return resourcesOfType(template, 'AWS::Lambda::Function').reduce(
    (sum, { Properties }) => sum + Number(Properties?.ReservedConcurrentExecutions ?? 0),
    0,
  );
}

/** Where the CDK keeps the version of its bootstrap, unless a template says otherwise. */
const BOOTSTRAP_PARAMETER = '/cdk-bootstrap/hnb659fds/version';

/** The parameter that says which version of the CDK's bootstrap is there, and the versions that a template refuses. */
export function bootstrapOf(template: Template | undefined): { parameter: string; refused: readonly string[] } {
  const { Parameters = {}, Rules = {} } = (template ?? {}) as Record<string, Record<string, Record<string, unknown>>>;
  const [assertion] = (Rules.CheckBootstrapVersion?.Assertions ?? []) as { Assert?: unknown }[];
  const contains = (assertion?.Assert as { 'Fn::Not'?: [{ 'Fn::Contains'?: [string[]] }] })?.['Fn::Not']?.[0];
  return {
    parameter: String(Parameters.BootstrapVersion?.Default ?? BOOTSTRAP_PARAMETER),
    refused: contains?.['Fn::Contains']?.[0] ?? [],
  };
}

/** The requests a second that the routes of a template's HTTP APIs take together. */
export function requestsPerSecondOf(template: Template): number {
  const stages = resourcesOfType(template, 'AWS::ApiGatewayV2::Stage');
  const routes = resourcesOfType(template, 'AWS::ApiGatewayV2::Route');
  const rateOf = (settings: unknown) => (settings as { ThrottlingRateLimit?: number })?.ThrottlingRateLimit;
  return stages.reduce((sum, { Properties = {} }) => {
    const { DefaultRouteSettings, RouteSettings, ApiId } = Properties;
    const own = (RouteSettings ?? {}) as Record<string, unknown>;
    const mine = routes.filter((route) => JSON.stringify(route.Properties?.ApiId) === JSON.stringify(ApiId));
    const rates = mine.map(({ Properties: route }) => {
      return rateOf(own[String(route?.RouteKey)]) ?? rateOf(DefaultRouteSettings) ?? 0;
    });
    return sum + rates.reduce((total, rate) => total + rate, 0);
  }, 0);
}
