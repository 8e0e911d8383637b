import { createRequire } from 'node:module';

/** What the functions of a drop are bundled with and from. They are optional for whoever only sends or reads. */
export const BUNDLED = [
  'esbuild',
  '@aws-sdk/client-s3',
  '@aws-sdk/client-sqs',
  '@aws-sdk/s3-request-presigner',
] as const;

/**
 * Checks that optional packages are installed. For bundling: without esbuild the CDK would try Docker, and without the
 * clients fail in the middle.
 *
 * @param what - what they are for, in front of "with packages"
 * @param isThere - whether a package can be found from here
 * @throws Error that names what is missing, and how to install it
 */
export function checkPackages(
  what = 'a drop is bundled',
  names: readonly string[] = BUNDLED,
  isThere: (name: string) => boolean = isInstalled,
): void {
  const missing = names.filter((name) => !isThere(name));
  if (missing.length === 0) return;
  const line = `npm install --save-dev ${missing.join(' ')}`;
  throw new Error(`${what} with packages that are not installed: ${missing.join(', ')}; install them with ${line}`);
}

const { resolve } = createRequire(import.meta.url);

function isInstalled(name: string): boolean {
  try {
    resolve(name);
    return true;
  } catch {
    return false;
  }
}
