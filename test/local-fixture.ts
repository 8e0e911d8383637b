import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type DropOptions, type LocalDrop, startDrop } from '../local/drop.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests change any part of a template
export type Template = any;

/** What a probe function returns to whoever invokes it: all that a Lambda knows. */
export type Environment = Record<string, string>;

const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const join2 = (...parts: unknown[]) => ({ 'Fn::Join': ['', parts] });
const allow = (Action: unknown, Resource: unknown, rest = {}) => ({ Effect: 'Allow', Action, Resource, ...rest });
const trust = (Service: string) => ({ Statement: [allow('sts:AssumeRole', undefined, { Principal: { Service } })] });

/** A small stack with one of everything, written by hand. Its functions are in `CODE`. */
export function smallTemplate(): Template {
  const lambda = (id: string, more = {}) => ({
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { S3Bucket: 'assets', S3Key: 'code.zip' },
      Handler: `index.${id}`,
      Runtime: 'nodejs24.x',
      Role: arn('Role'),
      Timeout: 2,
      Environment: { Variables: { BUCKET: { Ref: 'Bucket' }, QUEUE_URL: { Ref: 'Queue' } } },
      ...more,
    },
  });
  const route = (key: string, target: string) => ({
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: { ApiId: { Ref: 'Api' }, RouteKey: key, Target: { 'Fn::Sub': `integrations/\${${target}}` } },
  });
  const integration = (Properties: object) => ({
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: { ApiId: { Ref: 'Api' }, ...Properties },
  });
  const proxy = (path: string) =>
    integration({
      IntegrationType: 'HTTP_PROXY',
      IntegrationMethod: 'GET',
      IntegrationUri: join2('https://', { 'Fn::GetAtt': ['Bucket', 'RegionalDomainName'] }, path),
      RequestParameters: {
        'remove:header.user-agent': "''",
        'remove:header.referer': '',
        'overwrite:header.x-way': 'front',
      },
    });
  const toLambda = (id: string) =>
    integration({ IntegrationType: 'AWS_PROXY', IntegrationUri: arn(id), PayloadFormatVersion: '2.0' });
  const permission = (id: string) => ({
    Type: 'AWS::Lambda::Permission',
    Properties: { Action: 'lambda:InvokeFunction', FunctionName: arn(id), Principal: 'apigateway.amazonaws.com' },
  });
  return {
    Resources: {
      Bucket: {
        Type: 'AWS::S3::Bucket',
        Properties: {
          LifecycleConfiguration: { Rules: [{ Status: 'Enabled', Prefix: 'uploads/', ExpirationInDays: 14 }] },
          PublicAccessBlockConfiguration: { BlockPublicPolicy: false, RestrictPublicBuckets: false },
        },
      },
      BucketPolicy: {
        Type: 'AWS::S3::BucketPolicy',
        Properties: {
          Bucket: { Ref: 'Bucket' },
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              allow('s3:GetObject', [join2(arn('Bucket'), '/ids/*'), join2(arn('Bucket'), '/uploads/*')], {
                Principal: '*',
              }),
              allow('s3:ListBucket', arn('Bucket'), {
                Principal: '*',
                Condition: { StringEquals: { 's3:prefix': 'ids/' } },
              }),
              {
                ...allow('s3:PutObject', join2(arn('Bucket'), '/*')),
                Effect: 'Deny',
                Principal: '*',
                Condition: { Null: { 's3:if-none-match': 'true' } },
              },
              {
                ...allow('s3:PutObject', join2(arn('Bucket'), '/*')),
                Effect: 'Deny',
                Principal: '*',
                Condition: { NumericGreaterThan: { 's3:signatureAge': '900000' } },
              },
            ],
          },
        },
      },
      Queue: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1_209_600, VisibilityTimeout: 60 } },
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: trust('lambda.amazonaws.com'),
          Policies: [
            {
              PolicyName: 'Rights',
              PolicyDocument: {
                Version: '2012-10-17',
                Statement: [
                  allow('s3:PutObject', [join2(arn('Bucket'), '/uploads/*'), join2(arn('Bucket'), '/ids/*')]),
                  allow(['sqs:SendMessage', 'sqs:ReceiveMessage', 'sqs:DeleteMessage'], arn('Queue')),
                ],
              },
            },
          ],
        },
      },
      Probe: lambda('probe'),
      Sleeper: lambda('sleep', { Timeout: 1, ReservedConcurrentExecutions: 1 }),
      Echo: lambda('echo'),
      Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'Api', ProtocolType: 'HTTP' } },
      Stage: {
        Type: 'AWS::ApiGatewayV2::Stage',
        Properties: {
          ApiId: { Ref: 'Api' },
          AutoDeploy: true,
          StageName: '$default',
          DefaultRouteSettings: { ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 1000 },
        },
      },
      ToList: proxy('/'),
      ToBatch: proxy('/ids/{slot}'),
      ToUpload: proxy('/uploads/{id}'),
      ToEcho: toLambda('Echo'),
      ToSleeper: toLambda('Sleeper'),
      ListRoute: route('GET /', 'ToList'),
      BatchRoute: route('GET /ids/{slot}', 'ToBatch'),
      UploadRoute: route('GET /uploads/{id}', 'ToUpload'),
      EchoRoute: route('PUT /echo', 'ToEcho'),
      SleepRoute: route('GET /sleep', 'ToSleeper'),
      EchoPermission: permission('Echo'),
      SleepPermission: permission('Sleeper'),
    },
  };
}

const CODE = `
export const probe = async () => ({ ...process.env });
export const echo = async (event) => {
  if (event.headers['x-fail']) throw new Error('asked to fail');
  if (event.headers['x-die']) process.exit(1);
  if (event.headers['x-large']) return { statusCode: 200, body: 'x'.repeat(10 * 2 ** 20 + 1) };
  if (event.headers['x-status']) return { statusCode: 299, headers: { 'X-Own': 'yes' }, body: 'aGk=', isBase64Encoded: true };
  return event;
};
export const sleep = (event) => new Promise((resolve) => setTimeout(resolve, event.milliseconds ?? 60000, 'slept'));
`;

/** Writes a cloud assembly the way the CDK lays one out. */
export function writeAssembly(template: Template, code = CODE): string {
  const outdir = mkdtempSync(join(tmpdir(), 'dead-drop-fixture-'));
  mkdirSync(join(outdir, 'asset.code'));
  const write = (file: string, content: string) => writeFileSync(join(outdir, file), content);
  write('asset.code/index.mjs', code);
  write('stack.template.json', JSON.stringify(template));
  const destinations = { here: { bucketName: 'assets', objectKey: 'code.zip' } };
  write(
    'stack.assets.json',
    JSON.stringify({ files: { code: { source: { path: 'asset.code', packaging: 'zip' }, destinations } } }),
  );
  const artifacts = {
    Assets: { type: 'cdk:asset-manifest', properties: { file: 'stack.assets.json' } },
    Small: {
      type: 'aws:cloudformation:stack',
      environment: 'aws://unknown-account/unknown-region',
      properties: { templateFile: 'stack.template.json' },
    },
  };
  write('manifest.json', JSON.stringify({ version: '55.0.0', artifacts }));
  return outdir;
}

/** Starts the small stack, changed as a test wants it. */
export async function startSmall(
  options: Partial<DropOptions> = {},
  change: (template: Template) => void = () => {},
  code?: string,
): Promise<LocalDrop> {
  const template = smallTemplate();
  change(template);
  const outdir = writeAssembly(template, code);
  const remove = () => rmSync(outdir, { recursive: true, force: true });
  try {
    const drop = await startDrop({ outdir, ...options });
    return { ...drop, close: () => drop.close().finally(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}

/** The real SDK's clients, with the credentials of a function's role. */
export async function clientsOf(drop: LocalDrop) {
  const env = (await drop.invoke('probe', {})) as Environment;
  const credentials = {
    accessKeyId: env.AWS_ACCESS_KEY_ID!,
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY!,
    sessionToken: env.AWS_SESSION_TOKEN!,
  };
  const settings = { region: env.AWS_REGION!, credentials, maxAttempts: 1 };
  return {
    env,
    bucket: env.BUCKET!,
    queueUrl: env.QUEUE_URL!,
    storage: env.AWS_ENDPOINT_URL_S3!,
    s3: new S3Client({ ...settings, endpoint: env.AWS_ENDPOINT_URL_S3, requestChecksumCalculation: 'WHEN_REQUIRED' }),
    sqs: new SQSClient({ ...settings, endpoint: env.AWS_ENDPOINT_URL_SQS }),
  };
}
