import { App, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { deadDropApp } from '../lib/app.ts';
import type { DeadDropProps } from '../lib/dead-drop.ts';

/** What `cdk -c name=value` takes: the props of a drop, `retention` in days and `removalPolicy` in small letters. */
const readers: { [Name in keyof Required<DeadDropProps>]: (text: string) => DeadDropProps[Name] } = {
  retention: (text) => Duration.days(readNumber('retention', text)),
  decoysPerMinute: (text) => readNumber('decoysPerMinute', text),
  looseCellsPerMinute: (text) => readNumber('looseCellsPerMinute', text),
  linesPerBatch: (text) => readNumber('linesPerBatch', text),
  requestsPerSecond: (text) => readNumber('requestsPerSecond', text),
  burst: (text) => readNumber('burst', text),
  workBits: (text) => readNumber('workBits', text),
  domainName: String,
  certificateArn: String,
  removalPolicy: readRemovalPolicy,
};

try {
  deadDropApp(readProps(new App({ autoSynth: false }).node.getAllContext())).synth();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

function readProps(context: Record<string, unknown>): DeadDropProps {
  const given = Object.entries(context).filter(([name]) => !isOfTheCdk(name));
  return Object.fromEntries(
    given.map(([name, value]) => {
      if (!Object.hasOwn(readers, name)) {
        throw new Error(`context '${name}' is not known, accepted are ${Object.keys(readers).join(', ')}`);
      }
      return [name, readers[name as keyof DeadDropProps](String(value))];
    }),
  );
}

/** Feature flags and switches such as `aws:cdk:bundling-stacks` and `cli-telemetry`, which the CDK puts there. */
function isOfTheCdk(name: string): boolean {
  return /[:@/]/.test(name) || ['cli-telemetry', 'acknowledged-issue-numbers'].includes(name);
}

function readNumber(name: string, text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new Error(`${name} must be a plain number, received '${text}'`);
  return Number(text);
}

function readRemovalPolicy(text: string): RemovalPolicy {
  if (text !== 'retain' && text !== 'destroy') {
    throw new Error(`removalPolicy must be retain or destroy, received '${text}'`);
  }
  return text === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
}
