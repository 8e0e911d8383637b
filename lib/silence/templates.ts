import { Stack } from 'aws-cdk-lib';
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

/** Templates that are not deployed as they are written, but as a macro makes them. */
export function changedTemplates(family: readonly Element[]): Violation[] {
  const harm = 'what is deployed is what the macro makes of the template, and nobody sees it here';
  const stacks = new Set(family.map(({ stack }) => stack));
  const whole = [...stacks].filter(({ templateOptions }) => (templateOptions.transforms ?? []).length > 0);
  const parts = family.filter(({ body }) => JSON.stringify(body).includes('"Fn::Transform"'));
  return [...whole.map(({ node }) => node.path), ...parts.map(({ path }) => path)].map((path) => ({
    path,
    what: 'Transform',
    rule: 'unknown template',
    harm,
  }));
}
