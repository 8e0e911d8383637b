import { bodyOf, type Element, listOf, mentionsIn } from './elements.ts';

export const isOutput = ({ section }: Element) => section === 'Outputs';

/** The name under which every stack of the account and region gets an output's value. */
export const exportOf = ({ body }: Element): unknown => bodyOf(body.Export).Name;

/** Whether a value in another template may get that of one of the outputs: as an export, of a nested stack, of any stack. */
export function takesUp(value: unknown, outputs: readonly Element[]): boolean {
  const exports = outputs.map(exportOf).filter((name) => name !== undefined);
  const ids = outputs.map(({ logicalId }) => logicalId);
  return (
    argumentsOf('Fn::ImportValue', value).some((name) => exports.some((exported) => mayBeOne(name, exported))) ||
    argumentsOf('Fn::GetStackOutput', value).some((of) => ids.some((id) => mayBeOne(bodyOf(of).OutputName, id))) ||
    mentionsIn(value).some(({ attribute }) => ids.some((id) => attribute === `Outputs.${id}`))
  );
}

/** What a function of CloudFormation is given, wherever it stands in a value. */
export function argumentsOf(name: string, value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap((part) => argumentsOf(name, part));
  return Object.entries(bodyOf(value)).flatMap(([key, part]) => [
    ...(key === name ? [part] : []),
    ...argumentsOf(name, part),
  ]);
}

/** Whether two names may turn out the same, when each is written out or put together. */
function mayBeOne(one: unknown, other: unknown): boolean {
  if (typeof one !== 'string' && typeof other !== 'string') return true;
  const [text, pattern] = typeof one === 'string' ? [one, other] : [other as string, one];
  return new RegExp(`^${patternOf(pattern)}$`).test(text);
}

/** What a name may look like, where anything may stand for what is decided at deployment. */
function patternOf(value: unknown): string {
  if (typeof value === 'string') return escaped(value);
  const { 'Fn::Join': join, 'Fn::Sub': sub } = bodyOf(value);
  if (Array.isArray(join) && Array.isArray(join[1])) return join[1].map(patternOf).join(escaped(String(join[0])));
  const [text] = listOf(sub);
  if (typeof text !== 'string') return '.*';
  return text
    .split(/\$\{[^}]*\}/)
    .map(escaped)
    .join('.*');
}

const escaped = (text: string) => text.replace(/[^A-Za-z0-9]/g, '\\$&');
