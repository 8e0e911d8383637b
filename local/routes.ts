/** A route of an HTTP API whose path fits, and what its variables are. */
export interface Match<R> {
  readonly route: R;
  readonly variables: Readonly<Record<string, string>>;
}

interface Parsed {
  readonly method: string;
  readonly segments: readonly string[];
}

/**
 * Makes the function that finds the route of a request. A literal segment wins over a variable, a method over ANY.
 *
 * @throws Error when a route key is not `METHOD /path/{variable}`
 */
export function router<R extends { readonly key: string }>(
  routes: readonly R[],
): (method: string, segments: readonly string[]) => Match<R> | undefined {
  const parsed = routes.map((route) => ({ route, ...parseKey(route.key) })).sort(bySpecificity);
  return (method, segments) => {
    const found = parsed.find((each) => (each.method === method || each.method === 'ANY') && fits(each, segments));
    if (found === undefined) return undefined;
    const variables = found.segments.flatMap((name, i) =>
      isVariable(name) ? [[name.slice(1, -1), segments[i]!]] : [],
    );
    return { route: found.route, variables: Object.fromEntries(variables) };
  };
}

function parseKey(key: string): Parsed {
  const [, method, path] = /^([A-Z]+) \/(.*)$/.exec(key) ?? [];
  if (method === undefined || path === undefined || path.includes('+}')) {
    throw new Error(`the local drop does not know the route ${key}`);
  }
  return { method, segments: path.split('/') };
}

function fits({ segments }: Parsed, asked: readonly string[]): boolean {
  return (
    segments.length === asked.length &&
    segments.every((name, i) => (isVariable(name) ? asked[i] !== '' : name === asked[i]))
  );
}

function bySpecificity(a: Parsed, b: Parsed): number {
  const variables = ({ segments }: Parsed) => segments.map((name) => (isVariable(name) ? '1' : '0')).join('');
  return variables(a).localeCompare(variables(b)) || Number(a.method === 'ANY') - Number(b.method === 'ANY');
}

const isVariable = (name: string) => /^\{\w+\}$/.test(name);
