import type { Stack } from 'aws-cdk-lib';
import { type Body, type Element, listOf, type Mention, mentionsIn } from './elements.ts';
import { argumentsOf, exportOf, isOutput, takesUp } from './outputs.ts';
import type { Violation } from './violation.ts';

/** What everybody who uses a drop knows anyway. */
const PUBLIC: Readonly<Record<string, readonly string[]>> = {
  'AWS::ApiGatewayV2::Api': ['ApiEndpoint'],
  'AWS::ApiGatewayV2::DomainName': ['Ref', 'RegionalDomainName', 'RegionalHostedZoneId'],
  'AWS::S3::Bucket': ['RegionalDomainName'],
};

/** A domain name of one's own needs the API's id, and records nothing. */
const MAY_NAME = ['AWS::ApiGatewayV2::ApiMapping'];

const harm =
  'whatever is connected to the bucket, queue, functions or API of a drop can watch who uses it; its URL is all that others need';

const lateHarm =
  'who takes it up is not seen when its name is decided at deployment: export it under a name that is written out, or not';

/**
 * What names a part of the drop from outside of it: subscriptions, triggers, alarms, grants, routes, policies, copies.
 * Outputs may, for people; what takes such an output up in another stack may not.
 */
export function nameTheDrop(drop: readonly Element[], others: readonly Element[], stack: Stack): Violation[] {
  const beside = others.filter((element) => element.stack === stack);
  const elsewhere = others.filter((element) => element.stack !== stack);
  const naming = beside.filter(({ body }) => mentionsIn(withoutOrder(body)).some(secretIn(drop)));
  const outputs = naming.filter(isOutput);
  const late = outputs.filter((output) => !['string', 'undefined'].includes(typeof exportOf(output)));
  const taking = elsewhere.filter(({ body }) => takesUp(body, outputs));
  const known = publicOutputs(drop, others, stack);
  const isPublic = publicIn(drop);
  const cutting = others.filter(({ body }) => cutsPublicName(body, isPublic, known));
  return [
    ...[...naming.filter((element) => !isOutput(element)), ...taking, ...cutting]
      .filter(({ type }) => !MAY_NAME.includes(type))
      .map((element) => lineFor(element, harm)),
    ...late.map((element) => lineFor(element, lateHarm)),
  ];
}

const lineFor = ({ path, type, section }: Element, harm: string): Violation => ({
  path,
  what: type || section,
  rule: 'names the drop',
  harm,
});

/** The order in which things are made connects nothing. */
const withoutOrder = ({ DependsOn, Metadata, ...body }: Body): Body => body;

/** Whether a mention, in the template of the drop, is of one of its parts and of more than everybody knows. */
function secretIn(drop: readonly Element[]): (mention: Mention) => boolean {
  const types = new Map(drop.map(({ logicalId, type }) => [logicalId, type]));
  return ({ logicalId, attribute }) => types.has(logicalId) && !PUBLIC[types.get(logicalId)!]?.includes(attribute);
}

function publicIn(drop: readonly Element[]): (mention: Mention) => boolean {
  const ids = new Set(drop.map(({ logicalId }) => logicalId));
  const isSecret = secretIn(drop);
  return (mention) => ids.has(mention.logicalId) && !isSecret(mention);
}

/** The outputs with the drop's URL or the domain of its bucket, and those of other stacks that pass them on. */
export function publicOutputs(drop: readonly Element[], others: readonly Element[], stack: Stack): Element[] {
  const isPublic = publicIn(drop);
  const direct = (element: Element) => element.stack === stack && mentionsIn(element.body).some(isPublic);
  const outputs = others.filter(isOutput);
  const found = outputs.filter(direct);
  for (;;) {
    const more = outputs.filter((output) => !found.includes(output) && takesUp(output.body.Value, found));
    if (more.length === 0) return found;
    found.push(...more);
  }
}

/** Whether a bucket's name or an API's id is cut out of its domain, which is more than the host cut out of a URL. */
function cutsPublicName(body: Body, isPublic: (mention: Mention) => boolean, outputs: readonly Element[]): boolean {
  return argumentsOf('Fn::Split', body)
    .map(listOf)
    .filter(([delimiter]) => !String(delimiter).includes('/'))
    .some(([, source]) => mentionsIn(source).some(isPublic) || takesUp(source, outputs));
}
