/**
 * Stands in each bundle for `@aws-sdk/credential-provider-node`: the SDK's search for credentials in files, SSO, other
 * processes and a machine's metadata is a third of what a Lambda would load. Its role's credentials are in its
 * environment, and it shall use no others.
 */
export const defaultProvider = () => async () => {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
  if (!accessKeyId || !secretAccessKey) throw new Error('there are no credentials in the environment');
  return { accessKeyId, secretAccessKey, sessionToken: process.env.AWS_SESSION_TOKEN };
};
