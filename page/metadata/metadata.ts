import { plain } from '../../metadata/plain.ts';

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
  add(what: MetadataKind, value: string): void;
  /** Tells that something is there. */
  mark(what: MetadataKind): void;
}

/** No person reads more of one file. */
const METADATA_MAX = 40;

export function telling(): Told {
  const metadata: MetadataItem[] = [];
  const put = (what: MetadataKind, value: string) => {
    const isTold = metadata.some((item) => item.what === what && item.value === value);
    if (!isTold && metadata.length < METADATA_MAX) metadata.push({ what, value });
  };
  return {
    metadata,
    add(what, value) {
      const shown = plain(value);
      if (shown !== '') put(what, shown);
    },
    mark: (what) => put(what, ''),
  };
}
