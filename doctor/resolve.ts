import { resourcesOfType, type Template } from './template.ts';
import type { Deployment } from './visit.ts';

/** Stands for whatever AWS made of something: no text of a template or of AWS has this character. */
export const ANYTHING = '\u0000';

export interface Names {
  /** `aws`, or another one of AWS's. */
  readonly partition: string;
  readonly account: string;
  readonly region: string;
  readonly stackName: string;
  readonly stackId: string;
  readonly resources: ReadonlyMap<string, Deployment>;
}

/**
 * Replaces the references in a value of a template by what they became in a deployed stack. What cannot be known from the
 * names of the stack's resources alone becomes ANYTHING, also within a text.
 */
export function resolver(template: Template, names: Names): (value: unknown) => unknown {
  const { partition } = names;
  const pseudo: Record<string, string> = {
    'AWS::AccountId': names.account,
    'AWS::Partition': partition,
    'AWS::Region': names.region,
    'AWS::StackId': names.stackId,
    'AWS::StackName': names.stackName,
    'AWS::URLSuffix': partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com',
  };
  const hasPath = new Set(
    resourcesOfType(template, 'AWS::IAM::Role').flatMap(({ id, Properties }) => (Properties?.Path ? [id] : [])),
  );

  const refer = (id: string, attribute?: string): string => {
    if (attribute === undefined && id in pseudo) return pseudo[id]!;
    const { type, physicalId = '' } = names.resources.get(id) ?? {};
    if (physicalId === '') return ANYTHING;
    if (attribute === undefined) return physicalId;
    if (attribute !== 'Arn') return ANYTHING;
    if (type === 'AWS::S3::Bucket') return `arn:${partition}:s3:::${physicalId}`;
    const of = (service: string, name: string) =>
      `arn:${partition}:${service}:${names.region}:${names.account}:${name}`;
    if (type === 'AWS::SQS::Queue') return of('sqs', physicalId.split('/').at(-1)!);
    if (type === 'AWS::Lambda::Function') return of('lambda', `function:${physicalId}`);
    if (type === 'AWS::IAM::Role') {
      const path = hasPath.has(id) ? ANYTHING : '';
      return `arn:${partition}:iam::${names.account}:role/${path}${physicalId}`;
    }
    return ANYTHING;
  };

  const text = (value: unknown): string => {
    const resolved = resolve(value);
    return typeof resolved === 'object' ? ANYTHING : String(resolved);
  };
  const list = (value: unknown): readonly unknown[] | undefined => {
    const resolved = resolve(value);
    return Array.isArray(resolved) ? resolved : undefined;
  };

  function resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [name, argument] = entries[0] ?? ['', undefined];
    const isIntrinsic = entries.length === 1 && (name === 'Ref' || name.startsWith('Fn::'));
    if (!isIntrinsic) return Object.fromEntries(entries.map(([key, part]) => [key, resolve(part)]));
    if (name === 'Ref') return refer(String(argument));
    if (name === 'Fn::GetAtt') {
      const [id = '', attribute] = typeof argument === 'string' ? argument.split(/\.(.*)/s) : (argument as string[]);
      return refer(id, attribute);
    }
    if (name === 'Fn::Join') {
      const [delimiter, parts] = argument as [string, unknown];
      return list(parts)?.map(text).join(delimiter) ?? ANYTHING;
    }
    if (name === 'Fn::Split') {
      const [delimiter, whole] = argument as [string, unknown];
      const resolved = text(whole);
      return resolved.includes(ANYTHING) ? ANYTHING : resolved.split(delimiter);
    }
    if (name === 'Fn::Select') {
      const [index, parts] = argument as [string, unknown];
      return list(parts)?.[Number(index)] ?? ANYTHING;
    }
    if (name === 'Fn::Sub') {
      const [pattern, own] = (Array.isArray(argument) ? argument : [argument, {}]) as [string, Record<string, unknown>];
      return pattern.replaceAll(/\$\{(!?)([^}]*)\}/g, (_, literal: string, key: string) => {
        if (literal) return `\${${key}}`;
        if (key in own) return text(own[key]);
        const [id = '', attribute] = key.split(/\.(.*)/s);
        return refer(id, attribute);
      });
    }
    return ANYTHING;
  }

  return resolve;
}

/** Whether what AWS says is what a resolved value of the template says, each ANYTHING being at least one character. */
export function matches(expected: unknown, actual: unknown): boolean {
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((value, i) => matches(value, actual[i]))
    );
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) return false;
    const [wanted, had] = [Object.keys(expected).sort(), Object.keys(actual).sort()];
    return (
      wanted.join() === had.join() && wanted.every((key) => matches((expected as never)[key], (actual as never)[key]))
    );
  }
  // JSON of a policy may have numbers and booleans as texts, and the other way round.
  return matchesText(String(expected), String(actual));
}

function matchesText(expected: string, actual: string): boolean {
  if (!expected.includes(ANYTHING)) return expected === actual;
  const escaped = expected.split(ANYTHING).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.+')}$`, 's').test(actual);
}
