import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from './clock.ts';
import type { Schedule } from './stack.ts';

const MINUTE = 60_000;

/** How often the clock is looked at, at least, in milliseconds of real time: a test may turn it. */
const LOOK_MILLISECONDS = 200;

/** An occurrence that is later than this (real time) is missed: the machine slept. */
const LATE_MILLISECONDS = 10 * MINUTE;

/**
 * Fires a stack's schedules until `end` is aborted. Nothing that fell into the time when no drop ran is made up for:
 * a scheduler that was away would not know of it.
 *
 * @param fire - called with the event of each occurrence
 * @throws Error when an expression or an input is none that the local drop knows
 */
export function startSchedules(
  schedules: readonly Schedule[],
  clock: Clock,
  speed: number,
  fire: (schedule: Schedule, event: unknown) => void,
  end: AbortSignal,
): void {
  const until = async (time: number) => {
    for (let left = time - clock.now(); left > 0; left = time - clock.now()) {
      await sleep(Math.max(1, Math.min(left / speed, LOOK_MILLISECONDS)), undefined, { signal: end });
    }
  };
  const run = async (schedule: Schedule, after: (time: number) => number) => {
    for (let time = after(clock.now()); ; time = after(time)) {
      await until(time);
      if (clock.now() - time > LATE_MILLISECONDS * speed) continue;
      const event = eventAt(schedule, time);
      // Somewhere in its window, while the next occurrence keeps its own time.
      void until(time + Math.random() * schedule.windowMinutes * MINUTE).then(
        () => fire(schedule, event),
        () => {},
      );
    }
  };
  for (const schedule of schedules) {
    const after = occurrences(schedule.expression, clock.now());
    eventAt(schedule, 0);
    run(schedule, after).catch(() => {}); // the end
  }
}

/**
 * Reads `rate(5 minutes)` or `cron(0/5 * * * ? *)`.
 *
 * @param start - the time that a rate counts from
 * @returns a function that gives the first occurrence after a time
 */
export function occurrences(expression: string, start: number): (time: number) => number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (count !== undefined) {
    const period = Number(count) * { minute: 1, hour: 60, day: 24 * 60 }[unit as 'minute' | 'hour' | 'day'] * MINUTE;
    return (time) => start + (Math.floor((time - start) / period) + 1) * period;
  }
  // Minutes and hours; every day of every month and year.
  const [, minutes, hours] = /^cron\((\S+) (\S+) (?:\* \* \?|\? \* \*) \*\)$/.exec(expression) ?? [];
  if (minutes === undefined || hours === undefined) {
    throw new Error(`the local drop does not know the schedule ${expression}`);
  }
  const [isMinute, isHour] = [readField(minutes, 60, expression), readField(hours, 24, expression)];
  return (time) => {
    let next = (Math.floor(time / MINUTE) + 1) * MINUTE;
    while (!isMinute(new Date(next).getUTCMinutes()) || !isHour(new Date(next).getUTCHours())) next += MINUTE;
    return next;
  };
}

/** `*`, `7`, `0/5` or `0,30`. */
function readField(field: string, below: number, expression: string): (value: number) => boolean {
  const [, from, step] = /^(\d+|\*)(?:\/([1-9]\d*))?$/.exec(field) ?? [];
  if (from === '*' && step === undefined) return () => true;
  const first = from === '*' ? 0 : Number(from);
  if (step !== undefined && first < below) return (value) => value >= first && (value - first) % Number(step) === 0;
  const values = field.split(',').map((text) => (/^\d+$/.test(text) ? Number(text) : below));
  if (values.some((value) => value >= below))
    throw new Error(`the local drop does not know the schedule ${expression}`);
  return (value) => values.includes(value);
}

/**
 * What a schedule tells its function at a time, in milliseconds since 1970.
 *
 * @throws Error when its input has what the local drop does not know
 */
export function eventAt({ input, arn }: Schedule, time: number): unknown {
  const text = input.replaceAll('<aws.scheduler.scheduled-time>', `${new Date(time).toISOString().slice(0, 19)}Z`);
  const [other] = /<aws\.scheduler\.[a-z-]+>/.exec(text) ?? [];
  if (other !== undefined) throw new Error(`${arn}: the local drop does not know ${other}`);
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${arn}: its input is not JSON`);
  }
}
