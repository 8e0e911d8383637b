import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  App,
  Aspects,
  CfnOutput,
  CfnParameter,
  CfnResource,
  CustomResource,
  Duration,
  Fn,
  NestedStack,
  SecretValue,
  Stack,
  Stage,
  Tags,
  Validations,
} from 'aws-cdk-lib';
import { CfnApiMapping, CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { Trail } from 'aws-cdk-lib/aws-cloudtrail';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { ManagedPolicy, Policy, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnFunction, Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { FilterPattern, LogGroup } from 'aws-cdk-lib/aws-logs';
import { Bucket, type CfnBucket, EventType } from 'aws-cdk-lib/aws-s3';
import { SqsDestination } from 'aws-cdk-lib/aws-s3-notifications';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { afterAll, describe, expect, test } from 'vitest';
import { DeadDrop } from '../lib/dead-drop.ts';

const outdir = mkdtempSync(join(tmpdir(), 'dead-drop-'));
afterAll(() => rmSync(outdir, { recursive: true }));

/** An app of somebody else's with a drop in it. */
interface Foreign {
  readonly app: App;
  readonly stack: Stack;
  readonly drop: DeadDrop;
}

function foreign(): Foreign {
  // Leaves the Lambdas unbundled, which no claim here depends on.
  const app = new App({ outdir, context: { 'aws:cdk:bundling-stacks': [] }, autoSynth: false });
  const stack = new Stack(app, 'Mine');
  return { app, stack, drop: new DeadDrop(stack, 'Drop') };
}

/** The lines with which the synthesis fails when something is done after the drop was made; none when it does not. */
function linesAfter(change: (foreign: Foreign) => void, options?: { skipValidation: boolean }): string[] {
  const made = foreign();
  change(made);
  try {
    made.app.synth(options);
  } catch (error) {
    const [first, ...lines] = (error as Error).message.split('\n');
    expect(first).toMatch(/^(Validation failed with the following errors:|a drop must not record those who use it:)$/);
    expect(lines).not.toEqual([]);
    return lines.map((line) => line.trim().replace('[Mine/Drop] ', ''));
  }
  return [];
}

/** A function that cannot log, unless something else is said. */
function quiet(stack: Stack, id: string, props: Record<string, unknown> = {}): LambdaFunction {
  const role = new Role(stack, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  const code = Code.fromInline('exports.handler = async () => {};');
  return new LambdaFunction(stack, id, {
    runtime: Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code,
    role,
    ...props,
  });
}

const raw = (scope: Stack, type: string, properties: Record<string, unknown> = {}, id = 'Raw') =>
  new CfnResource(scope, id, { type, properties });

/** The resource that a construct of the drop ends in, for an escape hatch. */
function hatch(drop: DeadDrop, ...ids: string[]): CfnResource {
  let construct = drop.node;
  for (const id of ids) construct = construct.findChild(id).node;
  return (construct.defaultChild ?? construct.scopes.at(-1)) as CfnResource;
}

type Case = readonly [name: string, change: (foreign: Foreign) => void, line: RegExp];
