import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { afterAll, expect } from 'vitest';
import { DeadDrop } from '../lib/dead-drop.ts';

export const outdir = mkdtempSync(join(tmpdir(), 'dead-drop-'));
afterAll(() => rmSync(outdir, { recursive: true }));

/** An app of somebody else's with a drop in it. */
export interface Foreign {
  readonly app: App;
  readonly stack: Stack;
  readonly drop: DeadDrop;
}

/** Something that somebody does to it, and the one line that the synthesis then has to say. */
export type Case = readonly [name: string, change: (foreign: Foreign) => void, line: RegExp];

/** An app for a drop. Lambdas are not bundled and the CDK's own rules left out, on which no claim about ours depends. */
export function emptyApp(context: Record<string, unknown> = {}): App {
  const skipped = { 'aws:cdk:bundling-stacks': [], ...context };
  return new App({ outdir, context: skipped, autoSynth: false, builtinCloudFormationValidation: false });
}

/** The lines with which the synthesis fails when something is done after the drop was made; none when it does not. */
export function linesAfter(change: (foreign: Foreign) => void): string[] {
  const app = emptyApp();
  const stack = new Stack(app, 'Mine');
  change({ app, stack, drop: new DeadDrop(stack, 'Drop') });
  return linesOf(() => app.synth());
}

/** The lines with which a synthesis fails; none when it does not. */
export function linesOf(synthesize: () => void): string[] {
  try {
    synthesize();
  } catch (error) {
    const [first, ...lines] = (error as Error).message.split('\n');
    expect(first).toMatch(/^(Validation failed with the following errors:|a drop must not record those who use it:)$/);
    expect(lines).not.toEqual([]);
    return lines.map((line) => line.trim().replace(/^\[.*?\] /, ''));
  }
  return [];
}

/** Checks that each case is caught in one line, and that every line names a construct, a rule and the harm. */
export function expectLine([, change, expected]: Case): void {
  const lines = linesAfter(change);
  expect(lines.filter((line) => expected.test(line))).toHaveLength(1);
  for (const line of lines) expect(line).toMatch(/^\S+ \([^)]+\): [^:]+: \S.{20,}$/);
}

/** A resource as CloudFormation knows it. */
export function raw(scope: Construct, type: string, properties: Record<string, unknown> = {}): CfnResource {
  return new CfnResource(scope, 'Raw', { type, properties });
}

/** A function of somebody else's that has no right to log. */
export function quiet(scope: Construct, id: string, props: Record<string, unknown> = {}): LambdaFunction {
  const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  const code = Code.fromInline('exports.handler = async () => {};');
  return new LambdaFunction(scope, id, {
    runtime: Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code,
    role,
    ...props,
  });
}

/** What a construct in the drop becomes, for an escape hatch. */
export function hatch(drop: DeadDrop, ...ids: string[]): CfnResource {
  const construct = ids.reduce((scope: Construct, id) => scope.node.findChild(id) as Construct, drop);
  return (construct.node.defaultChild ?? construct) as CfnResource;
}
