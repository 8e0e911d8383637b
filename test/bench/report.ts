import { availableParallelism } from 'node:os';

/** Threads that the machine runs at a time. */
export const cores = availableParallelism();

/** Prints the title of a part. */
export function title(text: string): void {
  console.log(`\n${text}`);
}

/** Prints a line that has no aim. */
export function note(text: string): void {
  console.log(`          ${text}`);
}

/** Prints a ratio, what it compares, its aim, and whether it is met. */
export function verdict(what: string, ratio: number, aim: { readonly atLeast: number } | { readonly atMost: number }) {
  const [met, words] =
    'atLeast' in aim
      ? [ratio >= aim.atLeast, `at least ${aim.atLeast}`]
      : [ratio <= aim.atMost, `at most ${aim.atMost}`];
  console.log(`${met ? 'met   ' : 'MISSED'}    ${what}: ${ratio.toFixed(2)} (aim: ${words})`);
}

/** A number with commas and no decimals. */
export function whole(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}
