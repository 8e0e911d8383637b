import type { Stack } from 'aws-cdk-lib';
import { type Element, mentionsIn } from './elements.ts';
import { publicOutputs } from './names.ts';
import { takesUp } from './outputs.ts';
import { recorderOf, recordingSettings } from './recorders.ts';
import type { Violation } from './violation.ts';

const harm = 'what comes to the drop by way of it is recorded there, with addresses and seconds';

/** What passes requests on without any code, and is told what to record by resources beside it. */
const FRONTS = /^AWS::(ApiGateway|ApiGatewayV2|CloudFront|ElasticLoadBalancingV2)::/;

/** What is told where requests go, and what to record of them, by parts that name it: an API, a balancer, its listeners. */
const WHOLES = /^AWS::(ApiGateway(V2)?::(RestApi|Api)|ElasticLoadBalancingV2::(Listener|LoadBalancer))$/;

/** What knows the drop's URL or the domain of its bucket, in stacks that may have logs, and records who comes by it. */
export function recordingFronts(drop: readonly Element[], others: readonly Element[], stack: Stack): Violation[] {
  const outputs = publicOutputs(drop, others, stack);
  const domains = drop.flatMap(({ type, properties: { DomainName: name } }) =>
    type === 'AWS::ApiGatewayV2::DomainName' && typeof name === 'string' ? [name] : [],
  );
  const resources = others.filter((element) => element.stack !== stack && element.section === 'Resources');
  return resources
    .filter(({ body }) => takesUp(body, outputs) || domains.some((domain) => JSON.stringify(body).includes(domain)))
    .flatMap((front) => [front, ...partsOf(front, resources)])
    .flatMap(recordingIn)
    .map(({ path, what }) => ({ path, what, rule: 'recording front', harm }));
}

/** The resources that belong to a front: they name it, or the whole that it is a part of. */
function partsOf(front: Element, resources: readonly Element[]): Element[] {
  if (!FRONTS.test(front.type)) return [];
  const near = resources.filter(({ stack }) => stack === front.stack);
  const wholesOf = (part: Element): Element[] => {
    const named = mentionsIn(part.properties).map(({ logicalId }) => logicalId);
    const wholes = near.filter(({ type, logicalId }) => WHOLES.test(type) && named.includes(logicalId));
    return [...wholes, ...wholes.flatMap(wholesOf)]; // of a rule its listener, and of that the balancer
  };
  const wholes = wholesOf(front);
  const ids = [front, ...wholes].map(({ logicalId }) => logicalId);
  return [
    ...wholes,
    ...near.filter(({ properties }) => mentionsIn(properties).some((one) => ids.includes(one.logicalId))),
  ];
}

/** What records by its kind or a setting. A key does not, by itself. */
function recordingIn(element: Element): Violation[] {
  return [...recorderOf(element, true), ...recordingSettings(element)].filter(({ rule }) => RECORDING.includes(rule));
}

const RECORDING = ['access log', 'log', 'log group', 'tracing', 'detailed metric', 'dead-letter queue'];
