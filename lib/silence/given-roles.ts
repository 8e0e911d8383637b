import { bodyOf, type Element, listOf, mentionsIn } from './elements.ts';
import type { Violation } from './violation.ts';

/** Properties with the role that something works as: `Role`, `ExecutionRoleArn`, `IamInstanceProfile`. */
const ROLES = /(Role|RoleA[rR][nN]|InstanceProfile(Name|Arn)?)$/;

/** Parts in which roles are named to be allowed something, or the names are somebody's own. */
const NOT_GIVEN = ['AssumeRolePolicyDocument', 'Environment', 'PolicyDocument', 'Tags'];

const harm = 'what that role may do is in no template here, and the usual ones may write logs: make one beside it';

/**
 * Roles that a resource is given and that are made somewhere else.
 *
 * @param family - all that is in the stack of a drop and those nested there
 */
export function givenRoles({ path, type, stack, properties }: Element, family: readonly Element[]): Violation[] {
  const profiles = type === 'AWS::IAM::InstanceProfile' ? listOf(properties.Roles) : [];
  return [...rolesIn(properties), ...profiles.map((role): Given => ['Roles', role])]
    .filter(([, role]) => !isMadeHere(role, stack, family))
    .map(([name]) => ({ path, what: `${type} ${name}`, rule: 'unknown role', harm }));
}

type Given = [name: string, role: unknown];

function rolesIn(value: unknown): Given[] {
  if (Array.isArray(value)) return value.flatMap(rolesIn);
  return Object.entries(bodyOf(value)).flatMap(([name, part]): Given[] => {
    if (NOT_GIVEN.includes(name)) return [];
    return ROLES.test(name) ? [[name, part]] : rolesIn(part);
  });
}

/** Whether every role that a value may stand for is made in the family, AWS's own aside. */
function isMadeHere(value: unknown, stack: Element['stack'], family: readonly Element[]): boolean {
  const choice = bodyOf(value)['Fn::If'];
  if (Array.isArray(choice)) return choice.slice(1).every((one) => isMadeHere(one, stack, family));
  if (/:role\/aws-service-role\//.test(JSON.stringify(value))) return true;
  return mentionsIn(value).some(({ logicalId }) => {
    if (logicalId === 'AWS::NoValue') return true;
    const part = family.find((element) => element.stack === stack && element.logicalId === logicalId);
    if (part?.section === 'Resources') return MAKERS.test(part.type);
    const nested = family.find(({ path }) => path === stack.nestedStackResource?.node.path);
    return nested !== undefined && isMadeHere(bodyOf(nested.properties.Parameters)[logicalId], nested.stack, family);
  });
}

/** A stack nested in the family has its roles looked at where they stand. */
const MAKERS = /^AWS::(IAM::(Role|InstanceProfile)|CloudFormation::Stack)$/;
