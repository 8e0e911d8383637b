import { findPackageJSON } from 'node:module';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Duration } from 'aws-cdk-lib';
import { PolicyDocument, type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ApplicationLogLevel, Architecture, LoggingFormat, Runtime, SystemLogLevel } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';

/** What makes one function differ from another. */
export interface SilentFunctionProps {
  /** The file in `lambdas/`, without its extension. */
  readonly lambda: string;
  /** All that it may do; nothing else is ever granted. */
  readonly rights: PolicyStatement[];
  readonly timeout: Duration;
  /** Its memory in MiB. CPU comes in proportion. */
  readonly memorySize: number;
  readonly reservedConcurrentExecutions?: number;
}

/**
 * A function that leaves no trace of its own: its role cannot write logs or traces, a failed event is not kept for
 * another try, and it has no environment. Lambda would decrypt one at each cold start, and `kms:Decrypt` with the
 * function's name and the second would be in the account's event history for 90 days ("Data encryption at rest for AWS
 * Lambda", and event histories that others have published). What a function has to know comes with its event, numbers
 * as well as names: one way, and the same bundle for each drop.
 */
export function silentFunction(scope: Construct, id: string, props: SilentFunctionProps): NodejsFunction {
  const { lambda, rights, ...settings } = props;
  return new NodejsFunction(scope, id, {
    ...settings,
    entry: entryOf(lambda),
    // Names the project's root, so that the directory a command is typed in does not matter. Nothing is installed.
    depsLockFilePath: findPackageJSON(import.meta.url)!,
    role: bareRole(scope, `${id}Role`, rights),
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    retryAttempts: 0,
    // Lambda's own queue would otherwise hold an event that finds the function busy for six hours.
    maxEventAge: Duration.minutes(1),
    // Logging cannot be switched off, only emptied; the role then refuses what is left.
    loggingFormat: LoggingFormat.JSON,
    systemLogLevelV2: SystemLogLevel.WARN,
    applicationLogLevelV2: ApplicationLogLevel.FATAL,
    bundling: {
      format: OutputFormat.ESM,
      mainFields: ['module', 'main'],
      minify: true,
      sourceMap: false,
      logLevel: LogLevel.WARNING,
      // The SDK of this project's lock file, not the one that the runtime happens to have.
      bundleAwsSDK: true,
      externalModules: [],
      // A third of a bundle, none of it of use: see lambdas/credentials.ts.
      esbuildArgs: { '--alias:@aws-sdk/credential-provider-node': entryOf('credentials') },
    },
  });
}

/** A role without the managed policy for logs that the CDK would add to one of its own. */
function bareRole(scope: Construct, id: string, rights: PolicyStatement[]): Role {
  return new Role(scope, id, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    ...(rights.length > 0 && { inlinePolicies: { Rights: new PolicyDocument({ statements: rights }) } }),
  });
}

/** A checkout has the Lambdas as `.ts` files, the published package as `.js` files: whichever this file is. */
function entryOf(lambda: string): string {
  return fileURLToPath(new URL(`../lambdas/${lambda}${extname(import.meta.url)}`, import.meta.url));
}
