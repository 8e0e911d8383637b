import type { Fault } from '../fault.ts';
import type { Catalog } from '../languages/en.ts';
import type { Sentence } from './app.ts';

/** What says what went wrong. */
export const sentenceOf =
  (fault: Fault): Sentence =>
  (t) =>
    faultWords(t, fault);

/** Says what went wrong. */
export function faultWords({ faults }: Catalog, fault: Fault): string {
  switch (fault.kind) {
    case 'contactOver':
    case 'contactEarly':
      return faults[fault.kind](fault.when, fault.now);
    case 'wordCount':
    case 'fileCount':
      return faults[fault.kind](fault.count);
    case 'word':
      return faults.word(fault.number);
    case 'file':
    case 'fileName':
      return faults[fault.kind](fault.name);
    default:
      return faults[fault.kind];
  }
}
