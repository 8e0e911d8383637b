import type { Assembly } from './assembly.ts';

/** What `Ref` and `Fn::GetAtt` give for a resource: `Ref` itself under the name `Ref`. */
export type Attributes = Record<string, string>;

/** Replaces the references in a value of the template. `at` names the place for errors. */
export type Resolve = (value: unknown, at: string) => unknown;

/** What CloudFormation would draw anew for each stack. */
const STACK_UUID = '00000000-0000-4000-8000-000000000000';

/**
 * Makes the function that resolves a template's references.
 *
 * @param attributes - of each resource, by its logical id
 */
export function resolver(assembly: Assembly, attributes: ReadonlyMap<string, Attributes>): Resolve {
  const pseudo: Attributes = {
    'AWS::AccountId': assembly.account,
    'AWS::Partition': 'aws',
    'AWS::Region': assembly.region,
    'AWS::StackId': `arn:aws:cloudformation:${assembly.region}:${assembly.account}:stack/${assembly.stack}/${STACK_UUID}`,
    'AWS::StackName': assembly.stack,
    'AWS::URLSuffix': 'amazonaws.com',
  };

  const lookUp = (id: string, attribute: string, at: string): string => {
    const value = attribute === 'Ref' && id in pseudo ? pseudo[id] : attributes.get(id)?.[attribute];
    if (value === undefined) throw new Error(`${at}: the local drop does not know ${attribute} of ${id}`);
    return value;
  };

  const resolve: Resolve = (value, at) => {
    if (Array.isArray(value)) return value.map((part, i) => resolve(part, `${at}[${i}]`));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [name, argument] = entries[0] ?? ['', undefined];
    if (entries.length !== 1 || !(name === 'Ref' || name.startsWith('Fn::') || name === 'Condition')) {
      return Object.fromEntries(entries.map(([key, part]) => [key, resolve(part, `${at}.${key}`)]));
    }
    // A policy statement has an element of that name, which is no intrinsic.
    if (name === 'Condition' && typeof argument === 'object') return { Condition: resolve(argument, `${at}.${name}`) };
    const text = (part: unknown): string => {
      const resolved = resolve(part, `${at}.${name}`);
      if (typeof resolved !== 'string') throw new Error(`${at}: ${name} needs text`);
      return resolved;
    };
    const list = (part: unknown): unknown[] => {
      const resolved = resolve(part, `${at}.${name}`);
      if (!Array.isArray(resolved)) throw new Error(`${at}: ${name} needs a list`);
      return resolved;
    };
    switch (name) {
      case 'Ref':
        return lookUp(argument as string, 'Ref', at);
      case 'Fn::GetAtt': {
        const [id, attribute] = typeof argument === 'string' ? argument.split(/\.(.*)/s) : (argument as string[]);
        return lookUp(id!, attribute!, at);
      }
      case 'Fn::Join': {
        const [delimiter, parts] = argument as [string, unknown];
        return list(parts).map(text).join(delimiter);
      }
      case 'Fn::Split': {
        const [delimiter, whole] = argument as [string, unknown];
        return text(whole).split(delimiter);
      }
      case 'Fn::Select': {
        const [index, parts] = argument as [string, unknown];
        const selected = list(parts)[Number(index)];
        if (selected === undefined) throw new Error(`${at}: Fn::Select has no element ${index}`);
        return selected;
      }
      case 'Fn::Sub': {
        const [pattern, values] = (Array.isArray(argument) ? argument : [argument, {}]) as [string, object];
        return pattern.replaceAll(/\$\{(!?)([^}]*)\}/g, (_, literal: string, key: string) => {
          if (literal) return `\${${key}}`;
          if (key in values) return text(values[key as keyof typeof values]);
          const [id, attribute = 'Ref'] = key.split(/\.(.*)/s);
          return lookUp(id!, attribute, at);
        });
      }
      default:
        throw new Error(`${at}: the local drop does not know ${name}`);
    }
  };
  return resolve;
}
