import { cannotTell, type DoctorCheck, fail, pass } from './check.ts';
import { ORGANIZATION_CHECKS } from './organization.ts';
import { nameOf } from './refusal.ts';
import { isKnown, LOW_THROTTLE, LOW_THROTTLE_RATE } from './regions.ts';
import { bootstrapOf, requestsPerSecondOf, reservedBy } from './template.ts';
import { isUp } from './visit.ts';
import { RECORDER_CHECKS } from './watchers.ts';

/**
 * What AWS refuses to go below when concurrency is reserved. Its page "Configuring reserved concurrency for a function"
 * says 100; refusals that people have shown name 100, 50, 40 and, in new accounts with a quota of 10, 10. So more than the
 * most is enough, less than the least is not, and in between only a deployment tells.
 */
const UNRESERVED = { least: 10, most: 100 };

/** Whether an account is fit for a drop, before there is one and while there is. */
export const ACCOUNT_CHECKS: readonly DoctorCheck[] = [
  {
    name: 'identity',
    group: 'account',
    promise: 'The credentials are those of a role or a user, not of the root user.',
    async run({ identity }) {
      const { arn } = await identity();
      if (/:root$/.test(arn))
        return fail(
          "they are the root user's, which no policy limits and which cannot assume the roles of cdk deploy",
          'Make a role with the rights in docs/operating.md, and sign in with it.',
        );
      return pass(/:assumed-role\//.test(arn) ? "they are a role's" : "they are a user's");
    },
  },
  {
    name: 'region',
    group: 'account',
    promise: 'The region is one in which a drop can be reached, with room for what its routes take.',
    async run({ region, expected }) {
      if (region.startsWith('cn-'))
        return fail(
          'it is one in China, where an API is closed to the public until its owner is registered with the state',
          'Choose a region outside of China, with --region.',
        );
      const rate = 'template' in expected ? requestsPerSecondOf(expected.template) : 0;
      if (LOW_THROTTLE.includes(region) && rate > LOW_THROTTLE_RATE)
        return fail(
          `its routes take ${rate} requests a second together, and an account has ${LOW_THROTTLE_RATE} here by default`,
          'Lower requestsPerSecond, ask for a higher quota of API Gateway, or take another region.',
        );
      if (!isKnown(region))
        return cannotTell(
          'it is not among the regions that this version knows',
          'See on the list of AWS services by region whether S3, SQS, Lambda, HTTP APIs and Scheduler are there.',
        );
      if (LOW_THROTTLE.includes(region)) return pass(`an account has ${LOW_THROTTLE_RATE} requests a second here`);
      return pass('it is one that this version knows');
    },
  },
  {
    name: 'bootstrap',
    group: 'account',
    promise: 'The CDK is bootstrapped in the account and region, in a version that the template takes.',
    async run({ aws, expected }) {
      const { parameter, refused } = bootstrapOf('template' in expected ? expected.template : undefined);
      const again = 'Run npx cdk bootstrap, once for each account and region.';
      try {
        const version = (await aws.getParameter({ Name: parameter })).Parameter?.Value ?? '';
        return refused.includes(version) ? fail(`version ${version} is too old`, again) : pass(`version ${version}`);
      } catch (error) {
        if (nameOf(error) !== 'ParameterNotFound') throw error;
        return fail('it is not', again);
      }
    },
  },
  {
    name: 'public-access',
    group: 'account',
    promise: 'Nothing blocks public access to S3 for the whole account, which would refuse the policy of the bucket.',
    // An organization's S3 policy shows here, too: account-level settings inherit it ("Configuring block public access
    // settings for your account", S3 user guide).
    async run({ aws, identity }) {
      const { account } = await identity();
      try {
        const { PublicAccessBlockConfiguration: block = {} } = await aws.getPublicAccessBlock({ AccountId: account });
        const on = [
          ...(block.BlockPublicPolicy ? ['BlockPublicPolicy'] : []),
          ...(block.RestrictPublicBuckets ? ['RestrictPublicBuckets'] : []),
        ];
        if (on.length === 0) return pass('what is on concerns ACLs only, which a drop has not');
        return fail(
          `${on.join(' and ')} ${on.length === 1 ? 'is' : 'are'} on`,
          'Switch it off under Block Public Access settings for this account in the console of S3. Where an organization forbids that, take an account of its own.',
        );
      } catch (error) {
        if (nameOf(error) !== 'NoSuchPublicAccessBlockConfiguration') throw error;
        return pass('nothing is set');
      }
    },
  },
  {
    name: 'concurrency',
    group: 'account',
    promise: 'Lambda lets the template reserve its concurrent executions, and leaves some to the rest.',
    async run({ aws, expected, deployed }) {
      const { AccountLimit: { ConcurrentExecutions: quota = 0, UnreservedConcurrentExecutions: free = 0 } = {} } =
        await aws.getAccountSettings({});
      const ask = 'Ask for a higher quota of Lambda, "Concurrent executions" (L-B99A9384), such as 1,000.';
      const found = await deployed();
      if (found !== undefined && isUp(found)) {
        const why = `of ${quota}, ${free} are left for the functions behind the API and whatever else reserves none`;
        return free >= UNRESERVED.least ? pass(why) : fail(why, ask);
      }
      if (!('template' in expected))
        return cannotTell(
          `of ${quota}, ${free} are not reserved; what the template reserves is not known`,
          expected.whyNot,
        );
      const reserved = reservedBy(expected.template);
      const left = free - reserved;
      const why = `of ${quota}, ${free} are not reserved, and the template reserves ${reserved}`;
      if (left >= UNRESERVED.most) return pass(why);
      if (left < UNRESERVED.least) return fail(`${why}: Lambda refuses to go below ${UNRESERVED.least}`, ask);
      return cannotTell(
        `${why}: accounts differ in what Lambda wants to be left, ${UNRESERVED.least} to ${UNRESERVED.most}`,
        ask,
      );
    },
  },
  ...RECORDER_CHECKS,
  ...ORGANIZATION_CHECKS,
];
