/** How a language writes numbers and moments, and tells one thing from several. */
export interface Counting {
  readonly number: (value: number) => string;
  /** Megabytes, with one digit behind the point where they are few. */
  readonly megabytes: (bytes: number) => string;
  /** A day, as of UTC. @param seconds - since 1970 */
  readonly day: (seconds: number) => string;
  /** A moment to the minute, as of UTC. @param seconds - since 1970 */
  readonly moment: (seconds: number) => string;
  /** The form for a count, by the categories of Unicode (CLDR plural rules). */
  readonly of: (
    count: number,
    forms: Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string },
  ) => string;
}

/** @param language - as HTML's `lang` has it */
export function countingIn(language: string): Counting {
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const one = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const rules = new Intl.PluralRules(language);
  const dates = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' });
  const moments = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
  return {
    number: (value) => whole.format(value),
    megabytes: (bytes) => {
      const megabytes = bytes / 1_000_000;
      return megabytes < 10 ? one.format(Math.max(megabytes, bytes > 0 ? 0.1 : 0)) : whole.format(megabytes);
    },
    day: (seconds) => dates.format(dateOf(seconds)),
    moment: (seconds) => moments.format(dateOf(seconds)),
    of: (count, forms) => forms[rules.select(count)] ?? forms.other,
  };
}

/** The last moment that a date has (ECMA-262, section 21.4.1.1). */
const LAST_MILLISECONDS = 8.64e15;

const dateOf = (seconds: number) => new Date(Math.min(seconds * 1000, LAST_MILLISECONDS));
