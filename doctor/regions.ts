/** Regions that every account has. */
const DEFAULT = [
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1'],
  ...['eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-2', 'eu-west-3'],
  ...['ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3', 'ap-south-1', 'ap-southeast-1', 'ap-southeast-2'],
];

/**
 * Regions in which an account may have 2,500 requests a second to all its APIs and 1,250 at once, where it has 10,000
 * elsewhere: "Amazon API Gateway quotas", in the order of that page.
 */
export const LOW_THROTTLE: readonly string[] = [
  ...['af-south-1', 'eu-south-1', 'ap-southeast-3', 'me-central-1', 'ap-south-2', 'ap-southeast-4', 'eu-south-2'],
  ...['eu-central-2', 'il-central-1', 'ca-west-1', 'ap-southeast-5', 'ap-southeast-7', 'mx-central-1'],
];

export const LOW_THROTTLE_RATE = 2500;

/** Further ones that have to be switched on for an account ("AWS Regions", AWS Regions and Availability Zones). */
const OPT_IN = ['ap-east-1', 'ap-east-2', 'ap-southeast-6', 'me-south-1'];

/** Whether a region was known when this was written. */
export function isKnown(region: string): boolean {
  return [...DEFAULT, ...LOW_THROTTLE, ...OPT_IN].includes(region);
}
