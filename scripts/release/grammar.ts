import type { EventEmitter } from 'node:events';
import type { Command, Help, Option } from 'commander';

/* What can be typed, as the command itself has it: the man pages and the completions are made from this. */

/** What a value is completed with. */
export type Kind = 'none' | 'file' | readonly string[];

export interface OptionGrammar {
  /** `-o`, `--out` or both. */
  readonly names: readonly string[];
  /** As in the help: `<file>`. Undefined where it takes no value. */
  readonly value?: string;
  readonly kind: Kind;
  readonly description: string;
}

export interface CommandGrammar {
  /** The words after `dead-drop`: none of itself. */
  readonly path: readonly string[];
  readonly description: string;
  readonly options: readonly OptionGrammar[];
  readonly arguments: readonly { readonly value: string; readonly kind: Kind; readonly description: string }[];
  /** What its help says at the end, in paragraphs. */
  readonly notes: string;
  /** Words that lead further, and what they do. */
  readonly below: readonly { readonly word: string; readonly description: string }[];
}

/** Everything that can be typed, from a command on: itself, and those below it, in the order of its help. */
export function grammarOf(command: Command, path: readonly string[] = []): CommandGrammar[] {
  let notes = '';
  // Its types do not say so, but this is how commander has it.
  (command as unknown as EventEmitter).emit('afterHelp', {
    error: false,
    command,
    write: (text: string) => (notes += text),
  });
  const help = command.createHelp();
  const below = command.commands.filter((each) => each.name() !== 'help');
  return [
    {
      path,
      description: command.description(),
      options: help.visibleOptions(command).map((option) => optionOf(option, help)),
      arguments: command.registeredArguments.map((each) => ({
        value: each.required ? `<${each.name()}>` : `[${each.name()}${each.variadic ? '...' : ''}]`,
        kind: kindOf(each.name(), each.argChoices),
        description: each.description,
      })),
      notes: notes.trim(),
      below: below.map((each) => ({ word: each.name(), description: each.description() })),
    },
    ...below.flatMap((each) => grammarOf(each, [...path, each.name()])),
  ];
}

function optionOf(option: Option, help: Help): OptionGrammar {
  const { short, long, flags, argChoices } = option;
  const [value] = /[<[].*$/.exec(flags) ?? [];
  return {
    names: [short, long].filter((name) => name !== undefined),
    ...(value !== undefined && { value }),
    kind: value === undefined ? 'none' : kindOf(value, argChoices),
    description: help.optionDescription(option),
  };
}

/** By the word for the value, as it stands in the help. */
function kindOf(value: string, choices: readonly string[] | undefined): Kind {
  return choices ?? (/file|folder|contact/.test(value) ? 'file' : 'none');
}
