import { type Check, cannotTell } from './check.ts';

/** What nobody outside can see. It is said, so that no list of passes is taken for more than it is. */
const UNKNOWN: Readonly<Record<string, readonly [promise: string, why: string]>> = {
  logs: [
    'Nobody logs what is asked for, from where, or when.',
    'the people who run the drop, and its host, could: read its template, and let the operator show what runs',
  ],
  code: [
    'The drop runs the code that it says it does.',
    'it may also know an audit by its questions, and answer others otherwise',
  ],
  decoys: [
    'There are as many decoys as the operator says.',
    'a decoy that could be told from a real line would be of no use, here neither',
  ],
  order: [
    'The lines of a batch are in random order.',
    'no line says when it was registered: their order can be looked at only by who registered them',
  ],
  withheld: [
    'What is registered is published, all of it, and soon.',
    'a line is known only to who made it: a canary, a letter to oneself, shows more',
  ],
  accounts: [
    "No AWS account but the drop's own can list or read more than anybody.",
    "a bucket's policy may let other accounts in, and what was refused here was asked for without one",
  ],
  readers: ['Nobody learns who reads what.', 'the drop sees each request that comes, and Tor hides from whom'],
  'late-uploads': [
    'An upload URL cannot be used after a quarter of an hour.',
    'what it is signed for was looked at; to try it takes as long',
  ],
  'old-uploads': ['Uploads are gone when their time is over.', 'they cannot be listed, as it should be'],
};

export const UNKNOWABLE_CHECKS: readonly Check[] = Object.entries(UNKNOWN).map(([name, [promise, why]]) => ({
  name,
  group: 'unknowable',
  promise,
  requests: 0,
  run: async () => cannotTell(why),
}));
