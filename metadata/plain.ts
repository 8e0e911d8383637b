/** The longest value that is shown, in characters. */
const SHOWN_CHARACTERS = 80;

/** What moves a terminal's cursor, is invisible, or turns the direction of writing. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** One short line that is safe in a terminal, for text that a stranger chose. */
export function plain(text: string): string {
  // A character has at most two UTF-16 units; twice as much leaves room for what goes.
  const start = text.slice(0, 4 * SHOWN_CHARACTERS);
  const characters = [...start.replace(UNSAFE, ' ').replace(/\s+/gu, ' ').trim()];
  if (characters.length <= SHOWN_CHARACTERS) return characters.join('');
  return `${characters.slice(0, SHOWN_CHARACTERS - 1).join('')}…`;
}
