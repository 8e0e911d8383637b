import { createHash } from 'node:crypto';
import type { Assembly, Resource } from './assembly.ts';
import type { Attributes } from './resolve.ts';

/** Where the two ends of the drop are on this machine. */
export interface Ends {
  /** The HTTP API: `http://127.0.0.1:8787`. */
  readonly api: string;
  /** S3 and SQS. */
  readonly storage: string;
}

/** Gives each resource of a stack its names, the way CloudFormation would, but for the ends that are on this machine. */
export function nameResources(assembly: Assembly, ends: Ends): Map<string, Attributes> {
  const named = Object.entries(assembly.resources).map(([id, resource]) => {
    return [id, attributesOf(id, resource, assembly, ends)] as const;
  });
  return new Map(named);
}

function attributesOf(id: string, { Type, Properties = {} }: Resource, assembly: Assembly, ends: Ends): Attributes {
  const { account, region, stack } = assembly;
  const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`;
  const given = (property: string) => {
    const value = Properties[property];
    if (value !== undefined && typeof value !== 'string') throw new Error(`${id}: ${property} must be text`);
    return value ?? `${stack}-${id}`;
  };
  switch (Type) {
    case 'AWS::S3::Bucket': {
      const name = given('BucketName').toLowerCase().slice(0, 63);
      return {
        Ref: name,
        Arn: `arn:aws:s3:::${name}`,
        DomainName: `${name}.s3.amazonaws.com`,
        RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
      };
    }
    case 'AWS::SQS::Queue': {
      const name = given('QueueName');
      const url = `${ends.storage}/${account}/${name}`;
      return { Ref: url, QueueUrl: url, QueueName: name, Arn: arn('sqs', name) };
    }
    case 'AWS::IAM::Role': {
      const name = given('RoleName').slice(0, 64);
      return { Ref: name, Arn: `arn:aws:iam::${account}:role/${name}` };
    }
    case 'AWS::Lambda::Function': {
      const name = given('FunctionName').slice(0, 64);
      return { Ref: name, Arn: arn('lambda', `function:${name}`) };
    }
    case 'AWS::ApiGatewayV2::Api': {
      const name = createHash('sha256').update(`${stack}/${id}`).digest('hex').slice(0, 10);
      return { Ref: name, ApiId: name, ApiEndpoint: ends.api };
    }
    case 'AWS::ApiGatewayV2::DomainName': {
      const name = given('DomainName');
      return { Ref: name, RegionalDomainName: `d-${id.toLowerCase()}.execute-api.${region}.amazonaws.com` };
    }
    case 'AWS::Scheduler::Schedule':
      return { Ref: given('Name'), Arn: arn('scheduler', `schedule/default/${given('Name')}`) };
    case 'AWS::Scheduler::ScheduleGroup':
      return { Ref: given('Name'), Arn: arn('scheduler', `schedule-group/${given('Name')}`) };
    default:
      return { Ref: id };
  }
}
