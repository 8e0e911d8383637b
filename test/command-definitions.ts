import type { Command } from 'commander';
import { program } from '../bin/program.ts';

/** The command with all that is below it, as it is defined, and without anything that it does. */
export function definedProgram(): Command {
  disarm(program);
  return program;
}

/** Takes from a command what it does, and from options and arguments what looks at their values. */
function disarm(command: Command): void {
  command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {}, outputError: () => {} });
  if (command.commands.length === 0) command.action(() => {});
  for (const each of [...command.options, ...command.registeredArguments]) each.parseArg = undefined;
  for (const option of command.options) option.envVar = undefined;
  for (const below of command.commands) disarm(below);
}

/** The command that the first words name, and how many of the words do. */
export function commandIn(program: Command, words: readonly string[]): { command: Command; depth: number } {
  let [command, depth] = [program, 0];
  for (const word of words) {
    const below = command.commands.find((each) => each.name() === word);
    if (below === undefined) break;
    [command, depth] = [below, depth + 1];
  }
  return { command, depth };
}

/**
 * What is wrong with a line of the command, as commander says it, or undefined.
 *
 * @param isPart - whether it is only spoken of: then what has to be given may be missing
 */
export async function faultOf(program: Command, words: readonly string[], isPart = false): Promise<string | undefined> {
  const { command, depth } = commandIn(program, words);
  const isOption = words[0]?.startsWith('-') ?? false;
  if (depth === 0 && !isOption) return `there is no command ${words[0]}`;
  if (!isPart && !isOption) {
    // What an earlier line gave counts no more.
    for (const option of command.options) command.setOptionValue(option.attributeName(), undefined);
    return program.parseAsync([...words], { from: 'user' }).then(
      () => undefined,
      (error: Error) => error.message,
    );
  }
  const known = new Set(command.options.flatMap(({ long, short }) => [long, short, '--help', '-h']));
  return words
    .filter((word) => word.startsWith('--'))
    .map((word) => word.replace(/=.*/, ''))
    .filter((word) => !known.has(word))
    .map((word) => `unknown option ${word}`)[0];
}
