import { checkPackages } from '../lib/check-packages.ts';
import { AWS_PACKAGES, type Aws, CLIENTS } from './calls.ts';

export interface AwsOptions {
  /** @default - what the environment or the profile says */
  readonly region?: string | undefined;
  /** A profile of the AWS configuration files. @default - what the SDK finds: environment, default profile, and so on */
  readonly profile?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

type Client = Record<string, (input: unknown, options: { abortSignal?: AbortSignal }) => Promise<unknown>> & {
  readonly config: { region(): Promise<string> };
};

/**
 * Loads the SDK's clients, with the credentials that the SDK finds. Nothing is asked yet.
 *
 * @throws Error when packages are missing, with the line that installs them, or when no region is named
 */
export async function openAws({ region, profile, signal }: AwsOptions): Promise<{ aws: Aws; region: string }> {
  checkPackages('AWS is asked', AWS_PACKAGES);
  // Without them a network that swallows packets is waited for as long as the system likes.
  const requestHandler = { connectionTimeout: 10_000, requestTimeout: 30_000, throwOnRequestTimeout: true };
  const settings = {
    requestHandler,
    region: region || process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || undefined,
    profile,
  };
  const calls: Record<string, (input: unknown) => Promise<unknown>> = {};
  let found: string | undefined;
  for (const { package: name, client: className, calls: names } of CLIENTS) {
    const module = (await import(name)) as Record<string, new (settings: object) => Client>;
    const client = new module[className]!(settings);
    found ??= await client.config.region().catch(() => {
      throw new Error('no region is named: give --region, such as --region eu-central-1, or set AWS_REGION');
    });
    for (const call of Object.keys(names))
      calls[call] = (input) => client[call]!(input, signal ? { abortSignal: signal } : {});
  }
  return { aws: calls as unknown as Aws, region: found! };
}
