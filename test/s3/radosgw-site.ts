import {
  CreateBucketCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { readAssembly } from '../../local/assembly.ts';
import { startFunctions } from '../../local/functions.ts';
import { type PolicyDocument, readStack, type Statement } from '../../local/stack.ts';
import type { RadosgwDescription } from './radosgw.ts';
import { askUploadUrl, clientOf, partsOf, type Role, type Site } from './site.ts';

export interface RadosgwSite extends Site {
  /** Puts the bucket's policy in place as the template has it, with nothing left out or added. */
  setPolicyAsItIs(): Promise<void>;
  /** Puts the policy in place that all cases run with. */
  setPolicy(): Promise<void>;
  /** Makes another bucket of the owner's, with the template's lifecycle. */
  openExpiring(): Promise<{ put(key: string): Promise<void>; list(): Promise<string[]> }>;
}

/** The statement without which radosgw 16.2 has to do: see `UNKNOWN_KEYS` in upload-cases.ts. */
const UNKNOWN = 'NobodyOverwrites';

/** Makes the stack's bucket in a radosgw, which belongs to a user who is none of the roles. */
export async function openRadosgwSite(outdir: string, radosgw: RadosgwDescription): Promise<RadosgwSite> {
  const { url, plain, users } = radosgw;
  const stack = readStack(readAssembly(outdir), { api: 'http://127.0.0.1:1', storage: url });
  const { bucket, functionOf, mark } = partsOf(stack);
  const roles: Role[] = ['upload-url', 'publish-ids'];
  const functions = startFunctions(
    (lambda) => ({ lambda, ...users[lambda.name as Role], sessionToken: '' }),
    stack.region,
    () => url,
  );
  const owner = clientOf({ url, region: stack.region }, users.owner);
  const Bucket = bucket.name;
  await owner.send(new CreateBucketCommand({ Bucket }));

  const setPolicy = (statements: readonly Statement[]) =>
    owner.send(
      new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }) }),
    );
  /** What a role's own policy lets it do with the bucket, said by the bucket's: the same, within one account. */
  const rights = roles.flatMap((name) =>
    functionOf(name)
      .role.policies.flatMap(({ policy }) => statementsOf(policy))
      .filter(({ Resource }) => [Resource].flat().every((arn) => String(arn).startsWith(bucket.arn)))
      .map((statement) => ({ ...statement, Principal: { AWS: `arn:aws:iam:::user/${name}` } })),
  );
  const own = statementsOf(bucket.policy!);
  const site: RadosgwSite = {
    url,
    plain,
    bucket: Bucket,
    region: stack.region,
    mark,
    keys: users,
    uploadUrl: () => askUploadUrl(functions, functionOf('upload-url'), bucket.name),
    async plant(Key, Body) {
      await owner.send(new PutObjectCommand({ Bucket, Key, Body }));
    },
    async setPolicyAsItIs() {
      await setPolicy([...own, ...rights]);
    },
    async setPolicy() {
      const known = own.filter((statement) => !('Sid' in statement && statement.Sid === UNKNOWN));
      if (known.length !== own.length - 1) throw new Error(`the template has no statement ${UNKNOWN}`);
      await setPolicy([...known, ...rights]);
    },
    async openExpiring() {
      const name = `${Bucket}-expiring`;
      await owner.send(new CreateBucketCommand({ Bucket: name }));
      const Rules = bucket.expiries.map(({ prefix, days }) => ({
        ID: prefix,
        Filter: { Prefix: prefix },
        Status: 'Enabled' as const,
        Expiration: { Days: days },
      }));
      const LifecycleConfiguration = { Rules };
      await owner.send(new PutBucketLifecycleConfigurationCommand({ Bucket: name, LifecycleConfiguration }));
      return {
        async put(Key) {
          await owner.send(new PutObjectCommand({ Bucket: name, Key, Body: 'x' }));
        },
        async list() {
          const { Contents = [] } = await owner.send(new ListObjectsV2Command({ Bucket: name }));
          return Contents.map(({ Key }) => Key!);
        },
      };
    },
    async close() {
      functions.close();
    },
  };
  await site.setPolicy();
  return site;
}

const statementsOf = ({ Statement }: PolicyDocument) => [Statement].flat() as Statement[];
