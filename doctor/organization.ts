import { cannotTell, type DoctorCheck, fail, pass } from './check.ts';
import { nameOf } from './refusal.ts';
import { pages, type Visit } from './visit.ts';

/** The policies with which each account begins: they allow everything. */
const ALLOWS_ALL = ['FullAWSAccess', 'RCPFullAWSAccess'];

/** What an organization decides for its accounts. */
export const ORGANIZATION_CHECKS: readonly DoctorCheck[] = [
  {
    name: 'organization-s3',
    group: 'account',
    promise: 'No S3 policy of an organization blocks public access.',
    async run({ aws }) {
      try {
        // Any account of an organization may ask for its own ("DescribeEffectivePolicy", Organizations API reference).
        const { EffectivePolicy } = await aws.describeEffectivePolicy({ PolicyType: 'S3_POLICY' });
        const content = EffectivePolicy?.PolicyContent ?? '';
        // "Amazon S3 policy syntax": {"s3_attributes": {"public_access_block_configuration": "all"}}, or "none".
        const block = /"public_access_block_configuration"\s*:\s*(?:\{[^}]*:\s*)?"(\w+)"/.exec(content)?.[1];
        if (block === 'none' || block === undefined) return pass('there is one, and it blocks nothing');
        return fail('there is one, and it does', 'Have the account taken out of it, or take one of its own.');
      } catch (error) {
        const name = nameOf(error);
        if (name === 'AWSOrganizationsNotInUseException') return pass('the account is in no organization');
        if (name === 'EffectivePolicyNotFoundException') return pass('there is none');
        throw error;
      }
    },
  },
  {
    name: 'organization-policies',
    group: 'account',
    promise: 'No policy of an organization forbids the account what a drop does, or demands that it be recorded.',
    async run(visit) {
      const { account } = await visit.identity();
      try {
        const { Organization } = await visit.aws.describeOrganization({});
        if (Organization?.MasterAccountId === account)
          return pass('the account manages its organization, and such policies do not hold for it');
        const names = await policiesOf(visit, account);
        const others = names.filter((name) => !ALLOWS_ALL.includes(name));
        if (others.length === 0) return pass('there are none but those that allow everything');
        return cannotTell(
          `${others.length === 1 ? 'one holds' : `${others.length} hold`} for the account besides those that allow everything`,
          'Read them: what denies public buckets, roles without boundaries or functions without logs refuses a drop. Best take an account that is in no organization.',
        );
      } catch (error) {
        if (nameOf(error) === 'AWSOrganizationsNotInUseException') return pass('the account is in no organization');
        // A member may ask what its organization is called, and seldom which policies hold for it.
        if (/AccessDenied/.test(nameOf(error)))
          return cannotTell(
            'the account is in an organization, and these credentials may not read its policies',
            'Ask who manages it for its service and resource control policies. Best take an account that is in no organization.',
          );
        throw error;
      }
    },
  },
];

/** The names of the authorization policies that hold for an account: its own, and those of all that it stands under. */
async function policiesOf({ aws }: Visit, account: string): Promise<string[]> {
  const targets = [account];
  for (let child: string | undefined = account; child !== undefined; ) {
    const { Parents: [parent] = [] } = await aws.listParents({ ChildId: child });
    child = parent?.Type === 'ROOT' ? undefined : parent?.Id;
    if (parent?.Id !== undefined) targets.push(parent.Id);
  }
  const names: string[] = [];
  for (const TargetId of targets) {
    for (const Filter of ['SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY'] as const) {
      const found = await pages(
        (NextToken) => aws.listPoliciesForTarget({ TargetId, Filter, NextToken }),
        ({ Policies }) => Policies,
      );
      names.push(...found.map(({ Name = '' }) => Name));
    }
  }
  return names;
}
