/**
 * A text that somebody else chose, or that is not of the language around it: it may run in the other direction. Between
 * these two characters (first strong isolate, and its end: Unicode's UAX 9) it moves nothing of the sentence.
 */
export const isolated = (text: string) => `\u2068${text}\u2069`;
