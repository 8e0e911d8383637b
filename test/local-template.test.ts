import { describe, expect, test } from 'vitest';
import { occurrences } from '../local/schedules.ts';
import { startSmall, type Template } from './local-fixture.ts';

const refused = async (change: (resources: Template) => void, ...words: string[]) => {
  const start = startSmall({}, (template) => change(template.Resources));
  const error = await start.then(
    (drop) => drop.close().then(() => undefined),
    (error: Error) => error,
  );
  for (const word of words) expect(error?.message).toContain(word);
};

const schedule = (more = {}) => ({
  Type: 'AWS::Scheduler::Schedule',
  Properties: {
    ScheduleExpression: 'rate(1 minute)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: { 'Fn::GetAtt': ['Echo', 'Arn'] }, RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] }, Input: '{}' },
    ...more,
  },
});

describe('refuses at the start, by name,', () => {
  test('a type of resource that it does not know', () =>
    refused(
      (r) => {
        r.Topic = { Type: 'AWS::SNS::Topic' };
      },
      'Topic',
      'AWS::SNS::Topic',
    ));
  test('a property that it does not know', () =>
    refused(
      (r) => {
        r.Queue.Properties.FifoQueue = true;
      },
      'Queue',
      'FifoQueue',
    ));
  test('a property within another that it does not know', () =>
    refused(
      (r) => {
        r.Bucket.Properties.LifecycleConfiguration.Rules[0].Transitions = [];
      },
      'Bucket',
      'Transitions',
    ));
  test('a value that means more than it does', () =>
    refused(
      (r) => {
        r.Bucket.Properties.VersioningConfiguration = { Status: 'Enabled' };
      },
      'Bucket',
      'VersioningConfiguration.Status',
      'Enabled',
    ));
  test('an intrinsic function that it does not know', () =>
    refused((r) => {
      r.Queue.Properties.QueueName = { 'Fn::ImportValue': 'x' };
    }, 'Queue'));
  test('an intrinsic function that it does not know, further down', () =>
    refused(
      (r) => {
        r.Echo.Properties.Environment.Variables.X = { 'Fn::If': ['a', 'b', 'c'] };
      },
      'Echo',
      'Fn::If',
    ));
  test('a reference to nothing', () =>
    refused(
      (r) => {
        r.Echo.Properties.Environment.Variables.X = { Ref: 'Nothing' };
      },
      'Echo',
      'Nothing',
    ));
  test('an attribute that it does not know', () =>
    refused((r) => {
      r.Echo.Properties.Environment.Variables.X = { 'Fn::GetAtt': ['Bucket', 'WebsiteURL'] };
    }, 'WebsiteURL'));
  test('a condition on a resource', () =>
    refused(
      (r) => {
        r.Queue.Condition = 'Maybe';
      },
      'Queue',
      'Condition',
    ));
  test('a condition key that it has no value for', () =>
    refused((r) => {
      r.BucketPolicy.Properties.PolicyDocument.Statement[0].Condition = {
        IpAddress: { 'aws:SourceIp': '192.0.2.0/24' },
      };
    }, 'aws:SourceIp'));
  test('a policy that is none', () =>
    refused(
      (r) => {
        r.BucketPolicy.Properties.PolicyDocument.Statement[0].Effect = 'Perhaps';
      },
      'bucket',
      'Effect',
    ));
  test('a mapping that it does not know', () =>
    refused(
      (r) => {
        r.ToList.Properties.RequestParameters = { 'append:querystring.a': '1' };
      },
      'GET /',
      'append:querystring.a',
    ));
  test('a proxy to a host that is not here', () =>
    refused(
      (r) => {
        r.ToList.Properties.IntegrationUri = 'https://example.com/';
      },
      'GET /',
      'example.com',
    ));
  test('the name of a host of AWS in an environment', () =>
    refused(
      (r) => {
        r.Echo.Properties.Environment.Variables.X = 'https://x.amazonaws.com';
      },
      'Echo',
      'X',
    ));
  test("the name of a host of AWS in a stage's variable", () =>
    refused(
      (r) => {
        r.Stage.Properties.StageVariables = { queueUrl: 'https://sqs.eu-central-1.amazonaws.com/1/a' };
      },
      'queueUrl',
      'amazonaws.com',
    ));
  test.each([
    ['a-b', 'c'],
    ['a', 'b c'],
    ['a', '{}'],
    ['a', ''],
  ])("a stage's variable that API Gateway does not take: %s = %j", (name, value) =>
    refused(
      (r) => {
        r.Stage.Properties.StageVariables = { [name]: value };
      },
      'a stage cannot have the variable',
      name,
    ),
  );
  test('a function whose role Lambda may not assume', () =>
    refused((r) => {
      r.Role.Properties.AssumeRolePolicyDocument.Statement[0].Principal.Service = 'ec2.amazonaws.com';
    }, 'Lambda may not assume'));
  test('a schedule whose role Scheduler may not assume', () =>
    refused(
      (r) => {
        r.Tick = schedule();
      },
      'Tick',
      'Scheduler may not assume',
    ));
  test('a schedule whose role may not invoke its function', () =>
    refused(
      (r) => {
        r.Tick = schedule();
        r.Role.Properties.AssumeRolePolicyDocument.Statement[0].Principal.Service = [
          'lambda.amazonaws.com',
          'scheduler.amazonaws.com',
        ];
      },
      'Tick',
      'may not invoke echo',
    ));
});

test('schedules come at the times of their expressions', () => {
  const at = (text: string) => Date.parse(`2026-11-22T${text}Z`);
  const slots = occurrences('cron(0/5 * * * ? *)', 0);
  expect(slots(at('11:25:00'))).toBe(at('11:30:00'));
  expect(slots(at('11:24:59.999'))).toBe(at('11:25:00'));
  expect(occurrences('cron(* * * * ? *)', at('11:25:10'))(at('11:25:10'))).toBe(at('11:26:00'));
  const minutes = occurrences('rate(1 minute)', at('11:25:10'));
  expect(minutes(at('11:25:10'))).toBe(at('11:26:10'));
  expect(occurrences('cron(30 4,16 * * ? *)', 0)(at('05:00:00'))).toBe(at('16:30:00'));
  for (const unknown of ['cron(0 0 1 * ? *)', 'cron(61 * * * ? *)', 'rate(1 fortnight)', 'at(2026-11-22T00:00:00)']) {
    expect(() => occurrences(unknown, 0)).toThrow(unknown);
  }
});
