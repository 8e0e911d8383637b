import { bodyOf, type Element, mentionsIn } from './elements.ts';
import type { Violation } from './violation.ts';

const harm = 'everybody who reads the settings of a function has it, and with it what it opens';

/**
 * Secrets in the environment of anything else in the stack: functions, containers, builds.
 *
 * @param parameters - those of the stack, by their logical ids: whether CloudFormation hides their values
 */
export function secretVariables(
  { path, type, properties }: Element,
  parameters: ReadonlyMap<string, boolean>,
): Violation[] {
  return variablesIn(properties).flatMap(([name, value]) => {
    const given = mentionsIn(value).flatMap(({ logicalId }) => parameters.get(logicalId) ?? []);
    const secret =
      isDynamic(value) ||
      given.includes(true) ||
      (given.length > 0 && NAMES.test(name)) ||
      (typeof value === 'string' && looksSecret(name, value));
    return secret ? [{ path, what: `${type} Environment ${name}`, rule: 'secret in an environment', harm }] : [];
  });
}

/** `{Variables: {NAME: value}}` of functions, `[{Name, Value}]` of containers and builds, `{NAME: value}` of others. */
function variablesIn(value: unknown): [name: string, value: unknown][] {
  if (Array.isArray(value)) return value.flatMap(variablesIn);
  return Object.entries(bodyOf(value)).flatMap(([key, part]) => {
    if (!/^Environment(Variables)?$/.test(key)) return variablesIn(part);
    if (Array.isArray(part)) return part.map(bodyOf).map(({ Name, Value }): [string, unknown] => [String(Name), Value]);
    return Object.entries(bodyOf(bodyOf(part).Variables ?? part));
  });
}

const isDynamic = (value: unknown) => /\{\{resolve:(secretsmanager|ssm)/.test(JSON.stringify(value) ?? '');

const NAMES = /SECRET|PASS(WORD|WD|PHRASE)|TOKEN|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY|SIGNING_?KEY|SALT|SEED/i;

/** Access keys of AWS, PEM, tokens of GitHub and Slack, JSON Web Tokens, passwords in URLs. */
const KNOWN_SHAPES =
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN |\bgh[pousr]_\w{20}|\bxox[a-z]-|\beyJ[\w-]+\.eyJ|:\/\/[^/\s:@]+:[^/\s@]+@/;

/** What says little, whatever it is called: where a secret is kept, a number, a switch. */
const HARMLESS = /^(arn:.*|\d{1,9}|true|false|)$/;

function looksSecret(name: string, value: string): boolean {
  if (KNOWN_SHAPES.test(value) || (NAMES.test(name) && !HARMLESS.test(value))) return true;
  const mixed = [/[a-z]/, /[A-Z]/, /[0-9]/].every((kind) => kind.test(value));
  return /^[0-9a-f]{32,}$/i.test(value) || (mixed && /^[\w+/=-]{32,}$/.test(value));
}

/** Layers that come with a recorder. */
export function recordingLayers({ path, type, properties }: Element): Violation[] {
  if (type !== 'AWS::Lambda::Function') return [];
  const layers = JSON.stringify(properties.Layers ?? []);
  if (!/Insights|otel|opentelemetry|x-?ray|datadog|newrelic|dynatrace|AppConfig|Parameters-and-Secrets/i.test(layers))
    return [];
  return [
    { path, what: `${type} Layers`, rule: 'tracing', harm: 'the layer records each run of a function and sends it on' },
  ];
}
