import { LOST_URLS_PER_LETTER } from '../../lambdas/decoy-letters.ts';
import { rungFor } from '../../wire/batch.ts';
import { CELL_BYTES, LINE_BYTES, RETENTION_DAYS, SLOT_SECONDS } from '../../wire/sizes.ts';
import { CELL_SHARES, type Cover, linesInTick } from './counts.ts';

/** AWS's list prices in dollars, us-east-1, as documented in 2025; without free tiers. Not compared with a bill. */
const PRICE = {
  putRequest: 5 / 1e6,
  storedGibibyteMonth: 0.023,
  apiRequest: 1 / 1e6,
  queueRequest: 0.4 / 1e6,
  invocation: 0.2 / 1e6,
  armGibibyteSecond: 0.0000133334,
};

/** What cover costs. */
export interface Cost {
  /** The operator, at the retention of 14 days. */
  readonly dollarsPerMonth: number;
  /** Uploaded by the decoy function, within one region, where transfer is free. */
  readonly uploadedMegabytesPerDay: number;
  /** Fetched by each reader who reads every batch. */
  readonly batchMegabytesPerDay: number;
}

const DAYS_PER_MONTH = 30.4;
const MINUTES_PER_MONTH = DAYS_PER_MONTH * 24 * 60;

/** A run of the decoy function: 60 s until its minutes at most, then 370.5 s, with 192 MiB, whatever it sends. */
const DECOY_RUN = { seconds: 60 + 370.5, gibibytes: 192 / 1024 };

const RUNS_PER_MONTH = (MINUTES_PER_MONTH * 60) / SLOT_SECONDS;

/** The two functions behind the front: some 20 ms with 256 MiB. */
const FRONT_RUN_GIBIBYTE_SECONDS = 0.02 * 0.25;

export function costOf(cover: Cover, linesPerBatch: number): Cost {
  const { decoysPerMinute, looseCellsPerMinute } = cover;
  const letters = decoysPerMinute * MINUTES_PER_MONTH;
  const cells =
    letters * CELL_SHARES.reduce((sum, share, i) => sum + share * (i + 1), 0) + looseCellsPerMinute * MINUTES_PER_MONTH;
  const storedGibibytes = (cells / DAYS_PER_MONTH) * RETENTION_DAYS * (CELL_BYTES / 2 ** 30);
  const front = cells + letters * LOST_URLS_PER_LETTER + letters; // upload URLs, some of which are not used, and registrations
  const dollars =
    cells * PRICE.putRequest +
    storedGibibytes * PRICE.storedGibibyteMonth +
    front * (PRICE.apiRequest + PRICE.invocation + FRONT_RUN_GIBIBYTE_SECONDS * PRICE.armGibibyteSecond) +
    letters * 1.2 * PRICE.queueRequest + // sent one by one, received and deleted by tens
    RUNS_PER_MONTH * (PRICE.invocation + DECOY_RUN.seconds * DECOY_RUN.gibibytes * PRICE.armGibibyteSecond);
  return {
    dollarsPerMonth: dollars,
    uploadedMegabytesPerDay: ((cells / DAYS_PER_MONTH) * CELL_BYTES) / 1e6,
    batchMegabytesPerDay: (meanLines(cover, linesPerBatch) * LINE_BYTES * (86_400 / SLOT_SECONDS)) / 1e6,
  };
}

/** Lines of a batch on average, with the rungs that decoys alone exceed. */
function meanLines(cover: Cover, linesPerBatch: number): number {
  return linesInTick(cover).reduce((sum, chance, count) => sum + chance * rungFor(count, linesPerBatch), 0);
}
