/** Something that tells of whoever made a file: what it is, in plain words, and what it says. */
export interface MetadataItem {
  readonly what: string;
  readonly value: string;
}

/** Why a file, or some of it, could not be looked into. */
export type Unread = 'kind' | 'damaged' | 'encrypted' | 'size' | 'time';

/** What a reader comes upon. A reader that throws has met a damaged file; what it found until then counts. */
export type Finding = MetadataItem | Unread;

/** Looks into a file that was found inside another. */
export type LookInside = (name: string, bytes: Uint8Array) => AsyncIterable<Finding>;

/** What ends the account of one file. */
export const DONE = 'done';
