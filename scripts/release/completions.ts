import type { CommandGrammar, Kind, OptionGrammar } from './grammar.ts';

/* Each shell learns the words of every command from the same grammar. Where one stands, a function finds: the words typed so far. */

/** The words that lead to a command, as the functions below name it: `/mailbox/new`. */
const placeOf = ({ path }: CommandGrammar) => path.map((word) => `/${word}`).join('');

const namesOf = (options: readonly OptionGrammar[]) => options.flatMap(({ names }) => names);

const takesFiles = (command: CommandGrammar) => command.arguments.some(({ kind }) => kind === 'file');

/** Every place that is not the first, as a pattern of `case`. */
const places = (all: readonly CommandGrammar[]) =>
  all
    .filter(({ path }) => path.length > 0)
    .map(placeOf)
    .join('|');

/** For bash(1), as /usr/share/bash-completion/completions/dead-drop. */
export function bashCompletion(all: readonly CommandGrammar[]): string {
  const values = all.flatMap((command) =>
    command.options
      .filter(({ value }) => value !== undefined)
      .flatMap(({ names, kind }) => names.map((name) => `    '${placeOf(command)} ${name}') ${bashValue(kind)} ;;`)),
  );
  const words = all.map((command) => {
    const further = command.below.map(({ word }) => word);
    const files = takesFiles(command) ? ' files=1' : '';
    return `    '${placeOf(command)}') words='${[...further, ...namesOf(command.options)].join(' ')}'${files} ;;`;
  });
  return `# Completion of dead-drop for bash.
_dead_drop() {
  local current=$2 previous=$3 place= word words= files=
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$place/$word" in
    ${places(all)}) place="$place/$word" ;;
    esac
  done
  COMPREPLY=()
  case "$place $previous" in
${values.join('\n')}
  esac
  case "$place" in
${words.join('\n')}
  esac
  if [[ $files && $current != -* ]]; then
    _dead_drop_files
  else
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  fi
}
_dead_drop_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "$current")
}
complete -F _dead_drop dead-drop
`;
}

function bashValue(kind: Kind): string {
  if (kind === 'file') return '_dead_drop_files; return';
  if (kind === 'none') return 'return';
  return `mapfile -t COMPREPLY < <(compgen -W '${kind.join(' ')}' -- "$current"); return`;
}

/** For zsh(1), as /usr/share/zsh/vendor-completions/_dead-drop. */
export function zshCompletion(all: readonly CommandGrammar[]): string {
  const cases = all.map((command) => {
    const options = command.options.flatMap((option) => option.names.map((name) => zshOption(name, option)));
    const further = command.below.map(({ word, description }) => zshWord(`${word}:${description}`));
    const rest =
      command.below.length > 0 ? ["'*:command:_dead_drop_words'"] : takesFiles(command) ? ["'*:file:_files'"] : [];
    const lines = [...options, ...rest].map((each) => ` \\\n      ${each}`).join('');
    const below = further.length > 0 ? `below=(${further.join(' ')})\n      ` : '';
    return `    '${placeOf(command)}')\n      ${below}_arguments -s${lines}\n      ;;`;
  });
  return `#compdef dead-drop
# Completion of dead-drop for zsh.
_dead_drop_words() {
  _describe command below
}
_dead_drop() {
  local place= word
  local -a below
  local -i last=1 i
  for (( i = 2; i < CURRENT; i++ )); do
    case "$place/$words[i]" in
    ${places(all)}) place="$place/$words[i]" last=i ;;
    esac
  done
  shift $(( last - 1 )) words
  (( CURRENT -= last - 1 ))
  case "$place" in
${cases.join('\n')}
  esac
}
_dead_drop "$@"
`;
}

function zshOption(name: string, { value, kind, description }: OptionGrammar): string {
  const what = description.replace(/[[\]:\\]/g, '\\$&');
  if (value === undefined) return zshWord(`*${name}[${what}]`);
  const action = kind === 'file' ? '_files' : kind === 'none' ? ' ' : `(${kind.join(' ')})`;
  return zshWord(`*${name}[${what}]:${value.replace(/[<>[\]:]/g, ' ').trim()}:${action}`);
}

const zshWord = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** For fish(1), as /usr/share/fish/vendor_completions.d/dead-drop.fish. */
export function fishCompletion(all: readonly CommandGrammar[]): string {
  const lines = all.flatMap((command) => {
    const at = `complete -c dead-drop -n 'test (__dead_drop_place) = "${placeOf(command)}"'`;
    return [
      ...(takesFiles(command) ? [] : [`${at} -f`]),
      ...command.below.map(({ word, description }) => `${at} -a ${word} -d ${fishWord(description)}`),
      ...command.options.map((option) => `${at} ${fishOption(option)} -d ${fishWord(option.description)}`),
    ];
  });
  return `# Completion of dead-drop for fish.
function __dead_drop_place
    set -l place
    for word in (commandline -opc)[2..-1]
        switch "$place/$word"
            case ${places(all).replaceAll('|', ' ')}
                set place "$place/$word"
        end
    end
    echo "$place"
end
${lines.join('\n')}
`;
}

function fishOption({ names, kind, value }: OptionGrammar): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)).join(' ');
  if (value === undefined) return flags;
  if (kind === 'file') return `${flags} -r -F`;
  return kind === 'none' ? `${flags} -x` : `${flags} -x -a '${kind.join(' ')}'`;
}

const fishWord = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;
