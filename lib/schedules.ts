import { Stack } from 'aws-cdk-lib';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { statementsOf } from './rights.ts';

/** The schedules of a drop, whose roles may each invoke one function. */
export type ScheduleName = 'DecoySchedule' | 'PublishIdsSchedule';

/** When a function runs, and what it is told. */
export interface Timing {
  /** A rate or cron expression of EventBridge Scheduler, in UTC. */
  readonly expression: string;
  /** The event, as JSON. */
  readonly input: string;
}

/** Names the time that was meant: Scheduler begins a run anywhere in that minute. */
const SCHEDULED_TIME = '{"time": "<aws.scheduler.scheduled-time>"}';

/** Runs once for each minute: the run spreads its decoys over a whole one, and knows which. */
export const EVERY_MINUTE: Timing = { expression: 'rate(1 minute)', input: SCHEDULED_TIME };

/** Runs at each slot's start and names it: a run that comes late or twice still means the same slot. */
export const EVERY_SLOT: Timing = { expression: 'cron(0/5 * * * ? *)', input: SCHEDULED_TIME };

/**
 * Invokes a function by the clock. A schedule of the CDK's own may invoke every version of the function; this one the
 * function alone. It neither tries again nor keeps what failed: the next tick does the work of a missed one.
 */
export function schedule(scope: Construct, id: ScheduleName, lambda: IFunction, timing: Timing): void {
  const { expression, input } = timing;
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
      input,
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
