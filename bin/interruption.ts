import { describe, say } from './terminal.ts';

const interruption = new AbortController();

/**
 * Aborted by Ctrl-C, by being asked to end, when the terminal is closed, and when whoever read our output has gone, as
 * `head` does.
 */
export const signal: AbortSignal = interruption.signal;

/** Why everything ends where nobody can be told its results. */
export class OutputLost extends Error {}

const interrupt = () => interruption.abort();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, interrupt);
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    process.exitCode ||= 1; // what was printed is lost
    const isFirst = !interruption.signal.aborted;
    interruption.abort(new OutputLost());
    // Whoever closes a pipe, as `head` does, has enough.
    if (isFirst && stream === process.stdout && error.code !== 'EPIPE')
      say(`dead-drop: what was printed is lost: ${describe(error)}`);
  });
}
