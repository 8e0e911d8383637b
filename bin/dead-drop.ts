#!/usr/bin/env node
import { CommanderError } from 'commander';
import { OutputLost, signal } from './interruption.ts';
import { shieldSealedId } from './options.ts';
import { groups, program } from './program.ts';
import { describe, say, Usage } from './terminal.ts';

await run();

/** Parses and carries out the command line; sets the exit status and never throws. */
async function run(): Promise<void> {
  try {
    const [node, path, ...words] = process.argv.map(shieldSealedId) as [string, string, ...string[]];
    // A group alone does nothing: whoever types it wants to know what is in it.
    const isGroup = words.length === 1 && groups.some((each) => each.name() === words[0]);
    await program.parseAsync([node, path, ...(isGroup ? ['help'] : []), ...words]);
  } catch (error) {
    if (error instanceof CommanderError)
      process.exitCode = error.exitCode === 0 ? 0 : 2; // it has spoken already
    else if (signal.reason instanceof OutputLost)
      process.exitCode = 1; // and that
    else if (signal.aborted) {
      say('interrupted');
      process.exitCode = 130;
    } else {
      say(`dead-drop: ${describe(error)}`);
      process.exitCode = error instanceof Usage ? 2 : 1;
    }
  }
}
