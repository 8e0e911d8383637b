/** What a browser shows of itself without being asked for anything that needs a permission. */
export interface Signs {
  readonly userAgent: string;
  /** Whether it has what only Firefox's engine has. */
  readonly isGecko: boolean;
  /** Minutes from UTC in January and in July. */
  readonly offsets: readonly number[];
  /** How many different times its clock told within a while. */
  readonly ticks: number;
}

/** What it is taken for. */
export type Judgement = 'tor' | 'firefox' | 'engine';

/** Tor Browser's clock counts in steps of 16 ms and more: within the time that is looked, three to five. */
export const TICKS_MAX = 12;
export const LOOK_MILLISECONDS = 50;

/**
 * Whether this may be Tor Browser. Firefox with the same protection switched on is not told from it; it reaches no onion
 * service.
 */
export function judge({ userAgent, isGecko, offsets, ticks }: Signs): Judgement {
  if (!isGecko || !/\bFirefox\/\d/.test(userAgent) || /Chrom|Safari|Edg|OPR/.test(userAgent)) return 'engine';
  return offsets.every((offset) => offset === 0) && ticks <= TICKS_MAX ? 'tor' : 'firefox';
}
