import { attachCustomSynthesis, Stack, Stage } from 'aws-cdk-lib';
import { Construct, type IConstruct } from 'constructs';
import { elementsBelow } from './silence/elements.ts';
import { recordingFronts } from './silence/fronts.ts';
import { recordingLayers, secretVariables } from './silence/functions.ts';
import { givenRoles } from './silence/given-roles.ts';
import { nameTheDrop } from './silence/names.ts';
import { reachingPolicies, widePolicies } from './silence/policies.ts';
import { recorderOf, recordingSettings } from './silence/recorders.ts';
import { strangeRights } from './silence/roles.ts';
import { brokenSeal, type Seal, seal } from './silence/sealed.ts';
import { changedTemplates, foreignTemplates } from './silence/templates.ts';
import { lineOf, type Violation } from './silence/violation.ts';

/**
 * Has every synthesis of the app fail, with a line for each, on whatever would record those who use a drop: in the drop,
 * beside it in its stack and the stacks nested there, and in the app's other stacks what names or reaches the drop,
 * records who comes to it, or watches the account. It sees the templates as they are written, whenever and however something came into them. Nothing
 * acknowledges it away. To be called when the drop is complete.
 */
export function keepSilent(drop: Construct): void {
  const sealed = seal(drop);
  const { root } = drop.node;
  const stage = Stage.of(drop) ?? root;
  failOn(drop, () => linesOf(drop, sealed, stage));
  if (stage === root) return;
  // Stages are synthesized one by one, before the app that they are in: only then is everything in its place.
  failOn(new Construct(root, `Silence of ${drop.node.addr}`), () => linesOf(drop, sealed, root));
}

/** Has the synthesis of the stage or app around a construct fail if there are lines then. */
function failOn(construct: Construct, lines: () => string[]): void {
  construct.node.addValidation({ validate: lines });
  // Also where validation is skipped, and right before the stack around the construct writes its template.
  attachCustomSynthesis(construct, {
    onSynthesize: () => {
      const found = lines();
      if (found.length > 0) throw new Error(`a drop must not record those who use it:\n  ${found.join('\n  ')}`);
    },
  });
}

function linesOf(drop: Construct, sealed: Seal, scope: IConstruct): string[] {
  return [...new Set(violationsOf(drop, sealed, scope).map(lineOf))];
}

/** @param scope - where to look: the app, or the stage that is being synthesized */
function violationsOf(drop: Construct, sealed: Seal, scope: IConstruct): Violation[] {
  const stack = Stack.of(drop);
  const all = elementsBelow(scope);
  const stacks = scope.node
    .findAll()
    .filter(Stack.isStack)
    .filter((one) => outermost(one) === outermost(stack));
  const family = all.filter((element) => outermost(element.stack) === outermost(stack));
  const inside = family.filter(({ path }) => path.startsWith(`${drop.node.path}/`));
  const outside = all.filter((element) => !inside.includes(element));
  const beside = outside.filter((element) => family.includes(element));
  const elsewhere = outside.filter((element) => !family.includes(element));
  const parameters = new Map(
    family
      .filter(({ section }) => section === 'Parameters')
      .map(({ logicalId, body }) => [logicalId, String(body.NoEcho ?? false) !== 'false']),
  );
  const recording = family.flatMap((element) => {
    const recorder = recorderOf(element, true);
    return recorder.length > 0 ? recorder : recordingSettings(element);
  });
  const own = strangeRights(inside, drop.node.path);
  return [
    ...recording,
    ...own,
    ...unsaid(brokenSeal(inside, sealed), [...recording, ...own]),
    ...beside.flatMap((element) => [
      ...widePolicies(element),
      ...givenRoles(element, family),
      ...secretVariables(element, parameters),
      ...recordingLayers(element),
      ...foreignTemplates(element),
    ]),
    ...changedTemplates(stacks, family),
    ...elsewhere.flatMap((element) => [
      ...recorderOf(element, false),
      ...reachingPolicies(element, outermost(stack).stackName),
    ]),
    ...nameTheDrop(inside, outside, stack),
    ...recordingFronts(inside, outside, stack),
  ];
}

function outermost(stack: Stack): Stack {
  return stack.nestedStackParent ? outermost(stack.nestedStackParent) : stack;
}

/** Those of which nothing has been said more precisely. */
function unsaid(violations: readonly Violation[], said: readonly Violation[]): Violation[] {
  return violations.filter(
    ({ path, what }) => !said.some((other) => other.path === path && `${other.what} `.startsWith(`${what} `)),
  );
}
