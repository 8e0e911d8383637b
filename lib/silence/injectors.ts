import { PropertyInjectors } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** What a drop is made of. */
const PARTS = /^aws-cdk-lib\.aws-(apigatewayv2|iam|lambda|lambda-nodejs|s3|scheduler|sqs)(-\w+)?\./;

/**
 * Property injectors of an app change what a construct is given before it is made: nothing in the template shows then
 * that a bucket was to forget, or that TLS was to be asked for. A drop is not made under one for what it is made of.
 *
 * @throws Error that names the classes
 */
export function refuseInjectors(drop: Construct): void {
  const classes = drop.node.scopes.flatMap((scope) =>
    PropertyInjectors.hasPropertyInjectors(scope) ? PropertyInjectors.of(scope).supportedClasses() : [],
  );
  const parts = [...new Set(classes)].filter((name) => PARTS.test(name));
  if (parts.length === 0) return;
  throw new Error(
    `property injectors for ${parts.join(', ')} would change the parts of a drop: put it where they do not reach`,
  );
}
