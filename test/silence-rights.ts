import { CfnParameter, NestedStack, SecretValue } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { type Case, quiet, raw } from './foreign-app.ts';

/** Ways of putting a secret into an environment. */
export const secrets: readonly Case[] = [
  [
    'from Secrets Manager',
    ({ stack }) => quiet(stack, 'F', { environment: { A: SecretValue.secretsManager('x').unsafeUnwrap() } }),
    /^Mine\/F\/Resource \(AWS::Lambda::Function Environment A\): secret in an environment: /,
  ],
  [
    'from the Parameter Store',
    ({ stack }) => quiet(stack, 'F', { environment: { A: SecretValue.ssmSecure('x').unsafeUnwrap() } }),
    /Environment A\): secret/,
  ],
  [
    'from a hidden parameter',
    ({ stack }) =>
      quiet(stack, 'F', { environment: { A: new CfnParameter(stack, 'P', { noEcho: true }).valueAsString } }),
    /Environment A\): secret/,
  ],
  [
    'from a parameter that is shown',
    ({ stack }) => quiet(stack, 'F', { environment: { API_KEY: new CfnParameter(stack, 'P').valueAsString } }),
    /Environment API_KEY\): secret/,
  ],
  [
    'by its name',
    ({ stack }) => quiet(stack, 'F', { environment: { DB_PASSWORD: 'horse' } }),
    /Environment DB_PASSWORD\): secret/,
  ],
  [
    'by its look',
    ({ stack }) => quiet(stack, 'F', { environment: { A: 'AKIAIOSFODNN7EXAMPLE' } }),
    /Environment A\): secret/,
  ],
  [
    'by its length',
    ({ stack }) => quiet(stack, 'F', { environment: { A: 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY99' } }),
    /Environment A\): secret/,
  ],
  [
    'in a container',
    ({ stack }) =>
      raw(stack, 'AWS::ECS::TaskDefinition', {
        ContainerDefinitions: [{ Environment: [{ Name: 'API_KEY', Value: 'x' }] }],
      }),
    /Environment API_KEY\): secret/,
  ],
];

const actions: readonly Case[] = [
  ['to log', ['logs:PutLogEvents'], ['arn:aws:logs:eu-central-1:111122223333:log-group:x']],
  ['to trace', ['xray:PutTraceSegments'], ['*']],
  ['to use keys', ['kms:Decrypt'], ['arn:aws:kms:eu-central-1:111122223333:key/x']],
  ['to do anything', ['*'], ['*']],
  ['to read all buckets', ['s3:GetObject'], ['*']],
  ['to read buckets of a pattern', ['s3:Get*'], ['arn:aws:s3:::mine-*/*']],
  ['to receive from all queues', ['sqs:ReceiveMessage'], [`arn:aws:sqs:*:*:*`]],
  [
    'to change functions',
    ['lambda:UpdateFunctionConfiguration'],
    ['arn:aws:lambda:eu-central-1:111122223333:function:*'],
  ],
  ['to change roles', ['iam:PutRolePolicy'], ['arn:aws:iam::111122223333:role/x']],
].map(([name, actions, resources]) => [
  name as string,
  ({ stack }) =>
    quiet(stack, 'F').addToRolePolicy(
      new PolicyStatement({ actions: actions as string[], resources: resources as string[] }),
    ),
  /^Mine\/FRole\/DefaultPolicy\/Resource \(AWS::IAM::Policy .*\): role action: /,
]);

/** Rights that reach the drop, or record. */
export const rights: readonly Case[] = [
  ...actions,
  [
    'to list all buckets, for people who sign in',
    ({ stack }) =>
      raw(stack, 'AWS::SSO::PermissionSet', {
        InlinePolicy: { Statement: [{ Effect: 'Allow', Action: 's3:ListBucket', Resource: '*' }] },
      }),
    /^Mine\/Raw \(AWS::SSO::PermissionSet s3:ListBucket\): role action: /,
  ],
  [
    'a policy of AWS',
    ({ stack }) =>
      (quiet(stack, 'F').role as Role).addManagedPolicy(
        ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaBasicExecutionRole'),
      ),
    /ManagedPolicyArns\): role action: /,
  ],
];

const ROLE_ARN = 'arn:aws:iam::111122223333:role/x';

/** Roles that something works as and that are made somewhere else. */
export const foreignRoles: readonly Case[] = [
  [
    'of a function, by its ARN',
    ({ stack }) => quiet(stack, 'F', { role: Role.fromRoleArn(stack, 'R', ROLE_ARN) }),
    /^Mine\/F\/Resource \(AWS::Lambda::Function Role\): unknown role: /,
  ],
  [
    'of a function, by its name',
    ({ stack }) => quiet(stack, 'F', { role: Role.fromRoleName(stack, 'R', 'x') }),
    /^Mine\/F\/Resource \(AWS::Lambda::Function Role\): unknown role: /,
  ],
  [
    'of a function, by a parameter',
    ({ stack }) => raw(stack, 'AWS::Lambda::Function', { Role: new CfnParameter(stack, 'P').valueAsString }),
    /^Mine\/Raw \(AWS::Lambda::Function Role\): unknown role: /,
  ],
  [
    'of a function, if a condition holds',
    ({ stack }) => {
      const { role } = quiet(stack, 'F');
      raw(stack, 'AWS::Lambda::Function', { Role: { 'Fn::If': ['A', role!.roleArn, ROLE_ARN] } });
    },
    /^Mine\/Raw \(AWS::Lambda::Function Role\): unknown role: /,
  ],
  [
    'of a function in a nested stack',
    ({ stack }) => {
      const nested = new NestedStack(stack, 'N', { parameters: { Role: ROLE_ARN } });
      raw(nested, 'AWS::Lambda::Function', { Role: new CfnParameter(nested, 'Role').valueAsString });
    },
    /^Mine\/N\/Raw \(AWS::Lambda::Function Role\): unknown role: /,
  ],
  [
    'of a schedule',
    ({ stack }) => raw(stack, 'AWS::Scheduler::Schedule', { Target: { RoleArn: ROLE_ARN } }),
    /^Mine\/Raw \(AWS::Scheduler::Schedule RoleArn\): unknown role: /,
  ],
  [
    'of a container',
    ({ stack }) => raw(stack, 'AWS::ECS::TaskDefinition', { TaskRoleArn: ROLE_ARN }),
    /^Mine\/Raw \(AWS::ECS::TaskDefinition TaskRoleArn\): unknown role: /,
  ],
  [
    'of a machine',
    ({ stack }) => raw(stack, 'AWS::EC2::Instance', { IamInstanceProfile: 'x' }),
    /^Mine\/Raw \(AWS::EC2::Instance IamInstanceProfile\): unknown role: /,
  ],
  [
    'of a profile of machines',
    ({ stack }) => raw(stack, 'AWS::IAM::InstanceProfile', { Roles: ['x'] }),
    /^Mine\/Raw \(AWS::IAM::InstanceProfile Roles\): unknown role: /,
  ],
];
