import { Command } from 'commander';
import { swallowedByNpm } from './swallowed.ts';

/** A command of the repository's own: it says how it is used, and ends with 2 where it is used otherwise. */
export function script(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .allowExcessArguments(false)
    .showHelpAfterError()
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
}

/** Parses the command line of one, and says which of its options npm has kept for itself. */
export function parseScript<Options>(command: Command): Options {
  const names = command.options.map((option) => option.attributeName());
  const swallowed = swallowedByNpm(command.name(), names);
  if (swallowed !== undefined) console.error(swallowed);
  return command.parse().opts() as Options;
}
