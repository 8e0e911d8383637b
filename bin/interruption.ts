const interruption = new AbortController();

/**
 * Aborted by Ctrl-C, by being asked to end, when the terminal is closed, and when whoever read our output has gone, as
 * `head` does.
 */
export const signal: AbortSignal = interruption.signal;

const interrupt = () => interruption.abort();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, interrupt);
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', () => {
    process.exitCode ||= 1; // what was printed is lost
    interrupt();
  });
}
