import { type ITemplateOptions, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { Element } from './elements.ts';
import type { Violation } from './violation.ts';

/** A stack by its address: what is in that template is seen only when it stands in the same app. */
export function foreignTemplates({ path, type, stack }: Element): Violation[] {
  if (type !== 'AWS::CloudFormation::Stack' || nestedHere(stack).includes(path)) return [];
  const harm = 'what it makes is in no template here, so that nobody can see whether it records';
  return [{ path, what: type, rule: 'unknown template', harm }];
}

/** The resources that stand for the stacks nested in one. */
function nestedHere(stack: Stack): string[] {
  return stack.node
    .findAll()
    .filter((construct: IConstruct) => Stack.isStack(construct))
    .flatMap(({ nestedStackResource }) => (nestedStackResource ? [nestedStackResource.node.path] : []));
}

/**
 * Templates that are not deployed as they are written, but as a macro or a hook makes them.
 *
 * @param stacks - also those that nothing is in, to which a macro may add
 */
export function changedTemplates(stacks: readonly Stack[], family: readonly Element[]): Violation[] {
  const whole = stacks.filter(hasTransform).map(({ node }) => lineFor(node.path, 'Transform'));
  const parts = family.filter(callsMacro).map(({ path }) => lineFor(path, 'Transform'));
  const hooks = family.filter(({ section }) => section === 'Hooks').map(({ path }) => lineFor(path, 'Hooks'));
  return [...whole, ...parts, ...hooks];
}

function lineFor(path: string, what: string): Violation {
  const harm = 'what is deployed is what a macro or hook makes of the template, and nobody sees it here';
  return { path, what, rule: 'unknown template', harm };
}

/** `transforms` is what `addTransform` adds to. The CDK writes `transform` too, which its types no longer have. */
function hasTransform({ templateOptions }: Stack): boolean {
  const { transform, transforms = [] } = templateOptions as ITemplateOptions & { transform?: unknown };
  return transform !== undefined || transforms.length > 0;
}

const callsMacro = ({ section, logicalId, body }: Element) =>
  /Transform$/.test(section) || logicalId === 'Fn::Transform' || JSON.stringify(body).includes('"Fn::Transform"');
