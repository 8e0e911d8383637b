import type { Stack } from 'aws-cdk-lib';
import { type Body, type Element, mentionsIn } from './elements.ts';
import type { Violation } from './violation.ts';

/** What everybody who uses a drop knows anyway. */
const PUBLIC: Readonly<Record<string, readonly string[]>> = {
  'AWS::ApiGatewayV2::Api': ['ApiEndpoint'],
  'AWS::S3::Bucket': ['RegionalDomainName'],
};

/** A domain name of one's own needs the API's id, and records nothing. */
const MAY_NAME = ['AWS::ApiGatewayV2::ApiMapping'];

const harm =
  'whatever is connected to the bucket, queue, functions or API of a drop can watch who uses it; its URL is all that others need';

/**
 * What names a part of the drop from outside of it: subscriptions, triggers, alarms, grants, routes, policies, copies.
 * Outputs may, for people; what takes such an output up in another stack may not.
 */
export function nameTheDrop(drop: readonly Element[], others: readonly Element[], stack: Stack): Violation[] {
  const types = new Map(drop.map(({ logicalId, type }) => [logicalId, type]));
  const isSecret = ({ logicalId, attribute }: { logicalId: string; attribute: string }) =>
    types.has(logicalId) && !PUBLIC[types.get(logicalId)!]?.includes(attribute);
  const beside = others.filter((element) => element.stack === stack);
  const naming = beside.filter(({ body }) => mentionsIn(withoutOrder(body)).some(isSecret));
  const aliases = naming.filter(isOutput).flatMap(aliasesOf);
  const elsewhere = others.filter((element) => element.stack !== stack && usesAny(element, aliases));
  return [...naming.filter((element) => !isOutput(element)), ...elsewhere]
    .filter(({ type }) => !MAY_NAME.includes(type))
    .map(({ path, type, section }) => ({ path, what: type || section, rule: 'names the drop', harm }));
}

/** The order in which things are made connects nothing. */
const withoutOrder = ({ DependsOn, Metadata, ...body }: Body): Body => body;

const isOutput = ({ section }: Element) => section === 'Outputs';

/** What another template writes to get an output's value: of an export, of a nested stack, of any stack. */
function aliasesOf({ logicalId, body }: Element): string[] {
  const exported = (body.Export as { Name?: unknown } | undefined)?.Name;
  const imported = exported === undefined ? [] : [`"Fn::ImportValue":${JSON.stringify(exported)}`];
  return [...imported, `"Outputs.${logicalId}"`, `"OutputName":"${logicalId}"`];
}

function usesAny({ body }: Element, aliases: readonly string[]): boolean {
  const text = JSON.stringify(body);
  return aliases.some((alias) => text.includes(alias));
}
