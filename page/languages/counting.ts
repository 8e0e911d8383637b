/** How a language writes numbers and moments, and tells one thing from several. */
export interface Counting {
  readonly number: (value: number) => string;
  /** Bytes, kilobytes or megabytes, with the unit. */
  readonly size: (bytes: number) => string;
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

/** The digits of fingerprints and of a list of words. Arabic has two kinds, and browsers differ in which they take. */
const DIGITS = { numberingSystem: 'latn' } as const;

/** @param language - as HTML's `lang` has it */
export function countingIn(language: string): Counting {
  const whole = new Intl.NumberFormat(language, { ...DIGITS, maximumFractionDigits: 0 });
  const unit = (name: 'byte' | 'kilobyte' | 'megabyte', digits: number) => {
    const style = { style: 'unit', unit: name, unitDisplay: name === 'byte' ? 'long' : 'short' } as const;
    return new Intl.NumberFormat(language, { ...DIGITS, ...style, maximumFractionDigits: digits });
  };
  const [bytes, kilobytes, few, megabytes] = [
    unit('byte', 0),
    unit('kilobyte', 0),
    unit('megabyte', 1),
    unit('megabyte', 0),
  ];
  const rules = new Intl.PluralRules(language);
  const date = { ...DIGITS, dateStyle: 'long', timeZone: 'UTC' } as const;
  const dates = new Intl.DateTimeFormat(language, date);
  const moments = new Intl.DateTimeFormat(language, { ...date, timeStyle: 'short' });
  return {
    number: (value) => whole.format(value),
    size: (count) => {
      if (count < 1000) return bytes.format(count);
      if (count < 100_000) return kilobytes.format(count / 1000);
      return (count < 10_000_000 ? few : megabytes).format(count / 1_000_000);
    },
    day: (seconds) => dates.format(dateOf(seconds)),
    moment: (seconds) => moments.format(dateOf(seconds)),
    of: (count, forms) => forms[rules.select(count)] ?? forms.other,
  };
}

/** The last moment that a date has (ECMA-262, section 21.4.1.1). */
const LAST_MILLISECONDS = 8.64e15;

const dateOf = (seconds: number) => new Date(Math.min(seconds * 1000, LAST_MILLISECONDS));
