import { isRung } from '../wire/batch.ts';
import { LINES_MAX, LINES_MIN, RETENTION_DAYS, WORK_BITS_MAX } from '../wire/sizes.ts';
import type { DeadDropProps } from './dead-drop.ts';

/** The most decoys a minute: some 200 MiB of cells. */
const DECOYS_PER_MINUTE_MAX = 100;

/** @throws Error naming the first prop that is out of its range, what it accepts and what was received */
export function checkProps(props: DeadDropProps): void {
  const { retention, decoysPerMinute, linesPerBatch, requestsPerSecond, burst, workBits } = props;
  const days = retention?.toDays({ integral: false });
  check('retention', days, isDays, `a whole number of days from 1 to ${RETENTION_DAYS}`, ' days');
  check('decoysPerMinute', decoysPerMinute, isDecoyRate, `a number from 0 to ${DECOYS_PER_MINUTE_MAX}`);
  check('linesPerBatch', linesPerBatch, isRung, `${LINES_MIN} or a doubling of it up to ${LINES_MAX}`);
  check('requestsPerSecond', requestsPerSecond, isPositiveInteger, 'a whole number from 1 up');
  check('burst', burst, isPositiveInteger, 'a whole number from 1 up');
  check('workBits', workBits, isWorkBits, `a whole number from 0 to ${WORK_BITS_MAX}`);
}

function check(
  name: string,
  value: number | undefined,
  accepts: (value: number) => boolean,
  accepted: string,
  unit = '',
): void {
  if (value === undefined || accepts(value)) return;
  throw new Error(`${name} must be ${accepted}, received ${value}${unit}`);
}

const isDays = (value: number) => Number.isInteger(value) && value >= 1 && value <= RETENTION_DAYS;

const isDecoyRate = (value: number) => value >= 0 && value <= DECOYS_PER_MINUTE_MAX;

const isPositiveInteger = (value: number) => Number.isSafeInteger(value) && value >= 1;

const isWorkBits = (value: number) => Number.isInteger(value) && value >= 0 && value <= WORK_BITS_MAX;
