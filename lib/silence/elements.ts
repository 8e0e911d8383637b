import { CfnElement, type Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** A part of a template as CloudFormation gets it: with every override, reference and late value in its place. */
export interface Element {
  /** The path of the construct that it comes from. */
  readonly path: string;
  readonly stack: Stack;
  /** `Resources`, `Outputs`, `Parameters`, `Transform`, ... */
  readonly section: string;
  /** Empty for a section that is a text or a list. */
  readonly logicalId: string;
  /** A resource's type, or a parameter's; otherwise empty. */
  readonly type: string;
  /** All that the template says of it. */
  readonly body: Body;
  /** A resource's properties, or none. */
  readonly properties: Body;
}

export type Body = Readonly<Record<string, unknown>>;

/** Something else in the same template that an element refers to. */
export interface Mention {
  readonly logicalId: string;
  /** `Ref`, `Arn`, ... */
  readonly attribute: string;
}

/** Everything that the stacks at and below a construct would write into their templates at this moment. */
export function elementsBelow(scope: IConstruct): Element[] {
  return scope.node.findAll().flatMap((construct) => (CfnElement.isCfnElement(construct) ? read(construct) : []));
}

function read(construct: CfnElement): Element[] {
  const { stack } = construct;
  // Internal to the CDK, and what it writes its templates from: the one place that has overrides and late values.
  const template = stack.resolve((construct as unknown as { _toCloudFormation(): unknown })._toCloudFormation());
  return Object.entries(bodyOf(plain(template))).flatMap(([section, parts]) =>
    Object.entries(isBody(parts) ? parts : { '': parts }).map(([logicalId, part]) => {
      const body = bodyOf(part);
      const type = typeof body.Type === 'string' ? body.Type : '';
      return { path: construct.node.path, stack, section, logicalId, type, body, properties: bodyOf(body.Properties) };
    }),
  );
}

/** As it is written: without what is undefined. */
const plain = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

/** An object, or an empty one: what a template says may be anything after an override. */
export function bodyOf(value: unknown): Body {
  return isBody(value) ? value : {};
}

function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What CloudFormation takes as a list: one value stands for a list of it. */
export function listOf(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** What a value refers to by `Ref`, `Fn::GetAtt` or `Fn::Sub`, however deep. */
export function mentionsIn(value: unknown): Mention[] {
  if (Array.isArray(value)) return value.flatMap(mentionsIn);
  return Object.entries(bodyOf(value)).flatMap(([key, part]) => {
    if (key === 'Ref') return typeof part === 'string' ? [{ logicalId: part, attribute: 'Ref' }] : [];
    if (key === 'Fn::GetAtt') return [attributeOf(typeof part === 'string' ? part : listOf(part).join('.'))];
    if (key !== 'Fn::Sub') return mentionsIn(part);
    const [text, values] = listOf(part);
    const named = [...String(text).matchAll(/\$\{([^!}][^}]*)\}/g)].map(([, name]) => attributeOf(name!));
    return [...named, ...mentionsIn(values)];
  });
}

function attributeOf(text: string): Mention {
  const [logicalId, ...attribute] = text.trim().split('.') as [string, ...string[]];
  return { logicalId, attribute: attribute.join('.') || 'Ref' };
}
