import { matches } from './resolve.ts';

type Tree = Record<string, unknown>;

/**
 * How the statements of a policy that AWS has differ from those that it should have: how many are missing, and how many
 * others are there. One spelling is as good as another: a list of one, the order of lists and of statements, an account by
 * its number.
 *
 * @param expected - the document of the template, its references resolved
 * @param actual - the document as AWS says it
 */
export function policyDrift(expected: unknown, actual: unknown): { missing: number; added: number } {
  const [wanted, had] = [statementsOf(expected), statementsOf(actual)];
  let missing = 0;
  for (const statement of wanted) {
    const found = had.findIndex((each) => matches(statement, each));
    if (found < 0) missing += 1;
    else had.splice(found, 1);
  }
  return { missing, added: had.length };
}

function statementsOf(document: unknown): unknown[] {
  const { Statement = [] } = (document ?? {}) as Tree;
  return [Statement].flat().map((statement) => spelled(statement, ''));
}

/** Parts of a statement in which everybody may be written in two ways. */
const PRINCIPALS = ['Principal', 'NotPrincipal'];

function spelled(value: unknown, key: string): unknown {
  if (PRINCIPALS.includes(key) && value === '*') return { AWS: '*' };
  if (Array.isArray(value)) {
    const parts = value.map((part) => spelled(part, key));
    return parts.length === 1 ? parts[0] : parts.sort(byText);
  }
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, spelled(part, name)]));
  const account = key === 'AWS' && /^arn:[\w-]+:iam::(\d{12}):root$/.exec(String(value));
  return account ? account[1] : value;
}

const byText = (one: unknown, other: unknown) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);
