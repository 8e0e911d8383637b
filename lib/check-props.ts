import { Token } from 'aws-cdk-lib';
import { isRung } from '../wire/batch.ts';
import { LINES_MAX, LINES_MIN, RETENTION_DAYS, WORK_BITS_MAX } from '../wire/sizes.ts';
import type { DeadDropProps } from './dead-drop.ts';

/** The most decoys a minute: some 200 MiB of cells. */
const DECOYS_PER_MINUTE_MAX = 100;

/** As many cells as those of the most letters have. */
const LOOSE_CELLS_PER_MINUTE_MAX = 200;

/** @throws Error naming the first prop that is out of its range, what it accepts and what was received */
export function checkProps(props: DeadDropProps): void {
  const { retention, decoysPerMinute, looseCellsPerMinute, linesPerBatch, requestsPerSecond, burst, workBits } = props;
  const days = retention?.toDays({ integral: false });
  check('retention', days, isDays, `a whole number of days from 1 to ${RETENTION_DAYS}`, ' days');
  check('decoysPerMinute', decoysPerMinute, isDecoyRate, `a number from 0 to ${DECOYS_PER_MINUTE_MAX}`);
  check('looseCellsPerMinute', looseCellsPerMinute, isLooseRate, `a number from 0 to ${LOOSE_CELLS_PER_MINUTE_MAX}`);
  check('linesPerBatch', linesPerBatch, isRung, `${LINES_MIN} or a doubling of it up to ${LINES_MAX}`);
  check('requestsPerSecond', requestsPerSecond, isPositiveInteger, 'a whole number from 1 up');
  check('burst', burst, isPositiveInteger, 'a whole number from 1 up');
  check('workBits', workBits, isWorkBits, `a whole number from 0 to ${WORK_BITS_MAX}`);
  checkDomain(props);
}

/** A name as DNS has it: small letters, and no scheme, port or dot at its end. */
const DNS_NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;

const CERTIFICATE = /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-f-]+$/;

function checkDomain({ domainName, certificateArn }: DeadDropProps): void {
  if ((domainName === undefined) !== (certificateArn === undefined))
    throw new Error('domainName and certificateArn go together: give both or neither');
  checkText('domainName', domainName, DNS_NAME, 'a name like drop.example.org, in small letters');
  checkText('certificateArn', certificateArn, CERTIFICATE, 'the ARN of a certificate of AWS Certificate Manager');
}

/** What an app leaves to deployment cannot be looked at. */
function checkText(name: string, value: string | undefined, accepts: RegExp, accepted: string): void {
  if (value === undefined || Token.isUnresolved(value) || accepts.test(value)) return;
  throw new Error(`${name} must be ${accepted}, received '${value}'`);
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

const isLooseRate = (value: number) => value >= 0 && value <= LOOSE_CELLS_PER_MINUTE_MAX;

const isPositiveInteger = (value: number) => Number.isSafeInteger(value) && value >= 1;

const isWorkBits = (value: number) => Number.isInteger(value) && value >= 0 && value <= WORK_BITS_MAX;
