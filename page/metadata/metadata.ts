import { plain } from '../../metadata/plain.ts';
import type { Budget } from './budget.ts';

/** What a file may tell: each has a name in the catalog. */
export type MetadataKind =
  | 'author'
  | 'editor'
  | 'company'
  | 'program'
  | 'camera'
  | 'owner'
  | 'serial'
  | 'place'
  | 'time'
  | 'title'
  | 'comment'
  | 'preview';

/** Something that a file tells of its author, on one line that is safe to show. */
export interface MetadataItem {
  readonly what: MetadataKind;
  /** Empty where its being there is all that is told. */
  readonly value: string;
}

/** Where findings go: each once, and none that is empty. */
export interface Told {
  readonly metadata: readonly MetadataItem[];
  /** For all that is looked at in the file. */
  readonly budget: Budget;
  /** @throws Error when there are as many as a person reads, or the budget is spent */
  add(what: MetadataKind, value: string): void;
  /** Tells that something is there. @throws Error as `add` does */
  mark(what: MetadataKind): void;
}

/** No person reads more of one file. */
const METADATA_MAX = 40;

/** What it takes to make a value safe to show. */
const SHOWING_BYTES = 1024;

/** Enough of a value for the line that is shown, with the tags and escapes that may be in it. */
export const VALUE_MAX_BYTES = 4096;

/** As much of a value as is looked at. */
export const startOf = (value: Uint8Array): Uint8Array => value.subarray(0, VALUE_MAX_BYTES);

export function telling(budget: Budget): Told {
  const metadata: MetadataItem[] = [];
  const put = (what: MetadataKind, value: string) => {
    if (metadata.some((item) => item.what === what && item.value === value)) return;
    if (metadata.length === METADATA_MAX) throw new Error('more than a person reads');
    metadata.push({ what, value });
  };
  const added = new Set<string>();
  return {
    metadata,
    budget,
    add(what, value) {
      // A name may stand beside each of thousands of changes.
      const key = `${what} ${value}`;
      if (added.has(key)) return;
      added.add(key);
      budget.spend(SHOWING_BYTES + value.length);
      const shown = plain(value);
      if (shown !== '') put(what, shown);
    },
    mark: (what) => put(what, ''),
  };
}
