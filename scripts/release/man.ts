import type { CommandGrammar } from './grammar.ts';

/**
 * The manual page of a command, for `man` (man(7), as groff and mandoc read it).
 *
 * @param day - as `2026-11-29`
 */
export function manPage({ path, description, options, ...rest }: CommandGrammar, version: string, day: string): string {
  const name = ['dead-drop', ...path];
  const values = rest.arguments.map(({ value }) => ` ${value}`).join('');
  const more = rest.below.length > 0 ? ' COMMAND' : '';
  const lines = [
    `.TH "${plain(name.join('-').toUpperCase())}" 1 "${day}" "dead-drop ${version}" "Dead Drop"`,
    '.SH NAME',
    `${plain(name.join('-'))} \\- ${plain(description)}`,
    '.SH SYNOPSIS',
    `.B ${plain(name.join(' '))}`,
    plain(`${more} [OPTION...]${values}`.trim()),
    ...(rest.below.length > 0
      ? ['.SH COMMANDS', ...rest.below.flatMap((each) => item(each.word, each.description))]
      : []),
    ...(rest.arguments.length > 0 ? ['.SH ARGUMENTS'] : []),
    ...rest.arguments.flatMap((each) => item(each.value, each.description)),
    '.SH OPTIONS',
    ...options.flatMap(({ names, value, description }) => item(names.join(', '), description, value)),
    ...(rest.notes === '' ? [] : ['.SH NOTES', ...rest.notes.split(/\n\n+/).flatMap((text) => ['.PP', plain(text)])]),
    ...(path.length === 0
      ? ['.SH EXIT STATUS', '0 when it is done, 1 for a failure, 2 for wrong usage, 130 when it was interrupted.']
      : []),
    '.SH SEE ALSO',
    [...rest.below.map(({ word }) => [...name, word]), ...(path.length === 0 ? [] : [name.slice(0, -1)])]
      .map((other) => `.BR ${plain(other.join('-'))} (1)`)
      .join(',\n'),
  ];
  return `${lines.join('\n')}\n`;
}

function item(term: string, description: string, value?: string): string[] {
  const bold = `\\fB${plain(term)}\\fR`;
  return ['.TP', value === undefined ? bold : `${bold} \\fI${plain(value)}\\fR`, plain(description)];
}

/** Text in which nothing is a request: a line that begins like one is shown as it is. */
function plain(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^[ \t]+/gm, '')
    .replace(/^(?=[.'])/gm, '\\&');
}
