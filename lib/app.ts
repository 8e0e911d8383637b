import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { DeadDropStack, type DeadDropStackProps } from './dead-drop-stack.ts';

export interface DeadDropAppProps extends DeadDropStackProps {
  /**
   * The directory for the template and the bundled Lambdas.
   *
   * @default - the one that the CDK's command names, or else a new temporary one
   */
  readonly outdir?: string;

  /**
   * Context for the whole app, such as the CDK's feature flags.
   *
   * @default - what the CDK's command passes
   */
  readonly context?: Record<string, unknown>;
}

/**
 * The app with one drop in it, the same for `cdk deploy` and for the runner on one machine. Each synthesis checks the
 * AWS Solutions rules and fails on what is not acknowledged, with its reason, beside the resource that it concerns.
 * The caller calls `synth`.
 */
export function deadDropApp({ outdir, context, ...props }: DeadDropAppProps = {}): App {
  // Not at the process's end too: what a refused prop left half built would be written then.
  const app = new App({ outdir, context, analyticsReporting: false, autoSynth: false });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  new DeadDropStack(app, 'DeadDrop', props);
  return app;
}
