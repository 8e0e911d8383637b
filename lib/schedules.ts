import { Stack } from 'aws-cdk-lib';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { statementsOf } from './rights.ts';

/** The schedules of a drop, whose roles may each invoke one function. */
export type ScheduleName = 'DecoySchedule' | 'PublishIdsSchedule';

/** Names the time that was meant: Scheduler begins a run anywhere in that minute. */
const SCHEDULED_TIME = '<aws.scheduler.scheduled-time>';

/**
 * Runs at each slot's start and names it, in UTC: a run that comes late or twice still means the same slot. Decoys' runs
 * spread theirs over five whole minutes, and know which. A rate would count from the moment at which the schedule was made.
 */
export const EVERY_SLOT = 'cron(0/5 * * * ? *)';

/**
 * Invokes a function by the clock. A schedule of the CDK's own may invoke every version of the function; this one the
 * function alone. It neither tries again nor keeps what failed: the next tick does the work of a missed one.
 *
 * @param expression - a cron expression of EventBridge Scheduler
 * @param settings - what the function's event says, beside the time that was meant: `{time, ...settings}` in JSON
 */
export function schedule(
  scope: Construct,
  id: ScheduleName,
  lambda: IFunction,
  expression: string,
  settings: Readonly<Record<string, string | number>>,
): void {
  const role = new Role(scope, `${id}Role`, {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions: ownSchedules(scope) }),
    inlinePolicies: {
      Rights: new PolicyDocument({
        statements: statementsOf(`${id}Role`, () => lambda.functionArn),
      }),
    },
  });
  new CfnSchedule(scope, id, {
    scheduleExpression: expression,
    scheduleExpressionTimezone: 'UTC',
    flexibleTimeWindow: { mode: 'OFF' },
    target: {
      arn: lambda.functionArn,
      roleArn: role.roleArn,
      input: Stack.of(scope).toJsonString({ time: SCHEDULED_TIME, ...settings }),
      // 60 seconds is the least that Scheduler takes.
      retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
    },
  });
}

/** Keeps schedules of other accounts, or of other groups than the default one, from borrowing the role. */
function ownSchedules(scope: Construct) {
  const stack = Stack.of(scope);
  return {
    StringEquals: {
      'aws:SourceAccount': stack.account,
      'aws:SourceArn': stack.formatArn({ service: 'scheduler', resource: 'schedule-group', resourceName: 'default' }),
    },
  };
}
