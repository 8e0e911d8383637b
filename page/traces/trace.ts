import { plain } from '../../traces/plain.ts';

/** What a file may tell: each has a name in the catalog. */
export type TraceKind =
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
export interface Trace {
  readonly what: TraceKind;
  /** Empty where its being there is all that is told. */
  readonly value: string;
}

/** Where findings go: each once, and none that is empty. */
export interface Told {
  readonly traces: readonly Trace[];
  add(what: TraceKind, value: string): void;
  /** Tells that something is there. */
  mark(what: TraceKind): void;
}

/** No person reads more of one file. */
const TRACES_MAX = 40;

export function telling(): Told {
  const traces: Trace[] = [];
  const put = (what: TraceKind, value: string) => {
    const isTold = traces.some((trace) => trace.what === what && trace.value === value);
    if (!isTold && traces.length < TRACES_MAX) traces.push({ what, value });
  };
  return {
    traces,
    add(what, value) {
      const shown = plain(value);
      if (shown !== '') put(what, shown);
    },
    mark: (what) => put(what, ''),
  };
}
