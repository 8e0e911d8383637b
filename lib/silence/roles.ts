import { RIGHTS, type Right } from '../rights.ts';
import { type Body, bodyOf, type Element, listOf } from './elements.ts';
import type { Violation } from './violation.ts';

/**
 * What the roles of a drop may do beyond the one list of rights.
 *
 * @param elements - all that the drop is made of
 * @param dropPath - the path of the drop's construct
 */
export function strangeRights(elements: readonly Element[], dropPath: string): Violation[] {
  /** The construct's id within the drop, such as `Queue` or `DecoyRole`. */
  const idOf = ({ path }: Element) => path.slice(dropPath.length + 1).split('/')[0]!;
  const ids = new Map(elements.map((element) => [element.logicalId, idOf(element)]));
  return elements
    .filter(({ type }) => type === 'AWS::IAM::Role')
    .flatMap((role) => {
      const allowed = new Set(rightsOf(idOf(role)).flatMap(spellings));
      return grantsOf(role, ids)
        .filter((grant) => !allowed.has(grant))
        .map((grant) => ({ path: role.path, what: `${role.type} ${grant}`, rule: 'role action', harm }));
    });
}

const harm = 'a function that may do more than its one job can be made to record, or to give away';

const rightsOf = (role: string): readonly Right[] =>
  Object.hasOwn(RIGHTS, role) ? RIGHTS[role as keyof typeof RIGHTS] : [];

/** `s3:PutObject on Bucket.Arn/uploads/*`: an action and a resource that it is for. */
function spellings({ actions, on }: Right): string[] {
  const resources = on.map((thing) => (thing.endsWith('/') ? `Bucket.Arn/${thing}*` : `${thing}.Arn`));
  return resources.flatMap((resource) => actions.map((action) => `${action} on ${resource}`));
}

function grantsOf({ properties }: Element, ids: ReadonlyMap<string, string>): string[] {
  const statements = listOf(properties.Policies).flatMap((policy) =>
    listOf(bodyOf(bodyOf(policy).PolicyDocument).Statement).map(bodyOf),
  );
  const managed = listOf(properties.ManagedPolicyArns).map((arn) => `everything in ${spell(arn, ids)}`);
  return [...managed, ...statements.flatMap((statement) => grantsIn(statement, ids))];
}

function grantsIn(statement: Body, ids: ReadonlyMap<string, string>): string[] {
  const { Effect, Action, Resource, ...rest } = statement;
  if (Effect === 'Deny') return [];
  const strange = Object.keys(rest).filter((name) => /^Not/.test(name));
  const pairs = listOf(Action).flatMap((action) =>
    listOf(Resource).map((resource) => `${spell(action, ids)} on ${spell(resource, ids)}`),
  );
  return [...strange, ...pairs];
}

/** A value with the ids of constructs for what it refers to: `Bucket.Arn/ids/*`. */
function spell(value: unknown, ids: ReadonlyMap<string, string>): string {
  if (typeof value === 'string') return value;
  const { 'Fn::GetAtt': attribute, 'Fn::Join': join } = bodyOf(value);
  if (Array.isArray(join) && Array.isArray(join[1]))
    return join[1].map((part) => spell(part, ids)).join(String(join[0]));
  if (!Array.isArray(attribute)) return JSON.stringify(value);
  const [logicalId, name] = attribute.map(String);
  return `${ids.get(logicalId!) ?? logicalId}.${name}`;
}
