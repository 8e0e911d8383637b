import { utf8 } from '../../wire/bytes.ts';
import { isActing } from './acting-name.ts';

/** The longest name that is written, in bytes of UTF-8. Below every file system's limit, with room for a number. */
const NAME_MAX_BYTES = 120;
const EXTENSION_MAX_BYTES = 20;

/** What stands behind a name that would act: text to every system, which then does not look what else it may be. */
const HARMLESS = '.txt';

/** What is invisible, or turns the direction of writing. */
const HIDDEN = '\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}\\p{Cn}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\u2800\\u{1d159}';

/** Separators, what Windows and shells treat specially, and whatever is hidden. */
const UNSAFE = new RegExp(`[\\\\/:*?"<>|\`$${HIDDEN}]`, 'gu');

/** What a person could take for something else, or not see at all. */
const DECEPTIVE = new RegExp(`[\\\\"${HIDDEN}]|(?! )\\s`, 'gu');

/** Names that are devices on Windows, with any extension. */
const DEVICE = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])\s*(\.|$)/;

/** Names that Windows, macOS or a desktop reads as settings of the folder. */
const SETTINGS = /^(desktop\.ini|(eh)?thumbs(_vista)?\.db|autorun(\..*)?|folder\.htt|index\.theme)$/;

/**
 * A name that is safe to create in a folder, for one that a stranger chose: one component, visible, no device, no
 * hidden file, no option of a command, nothing that acts when a folder is shown, at most 120 bytes. The extension stays,
 * as far as it is safe.
 */
export function safeFileName(name: string): string {
  let safe = name.normalize('NFC').replace(UNSAFE, '_').replace(/\s+/gu, ' ');
  safe = safe.replace(/^[. ~-]+/, '_').replace(/[. ]+$/, '_');
  const alike = folded(safe);
  if (DEVICE.test(alike) || SETTINGS.test(alike)) safe = `_${safe}`;
  if (/^_*$/.test(safe)) safe = 'file';
  safe = shorten(safe, NAME_MAX_BYTES);
  // Only now: what was cut may have ended in something harmless.
  return isActing(folded(safe)) ? `${shorten(safe, NAME_MAX_BYTES - HARMLESS.length)}${HARMLESS}` : safe;
}

/**
 * A name that a stranger chose, within quotes, so that a person sees all of it: what is invisible, turns the direction
 * of writing, or looks like something else stands as `\u{...}`.
 */
export function spelledOut(name: string): string {
  const isComposed = name.normalize('NFC') === name;
  const spelled = [...name].map((character) => {
    const alike = character.normalize('NFKC');
    const isPlain = alike === character || !/^[ -~]*$/.test(alike);
    if (character.search(DECEPTIVE) === -1 && isPlain && (isComposed || !/\p{M}/u.test(character))) return character;
    return `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
  return `"${spelled.join('')}"`;
}

/** As a file system sees a name that does without case and compatibility forms. */
function folded(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase();
}

/** The first of `name`, `name (2)`, `name (3)` that is not taken, where case and accents do not count. Marks it taken. */
export function untaken(name: string, taken: Set<string>): string {
  const extension = extname(name);
  const stem = name.slice(0, name.length - extension.length);
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${stem} (${number})${extension}`;
    const key = folded(candidate);
    if (taken.has(key)) continue;
    taken.add(key);
    return candidate;
  }
}

/** What a name ends in from its last dot on, unless it begins there. */
const extname = (name: string) => /(?<=[^.])\.[^.]*$/.exec(name)?.[0] ?? '';

/** Cuts the stem of a name, by whole characters, so that the name fits. */
function shorten(name: string, most: number): string {
  if (utf8(name).length <= most) return name;
  const extension = utf8(extname(name)).length <= EXTENSION_MAX_BYTES ? extname(name) : '';
  let stem = '';
  for (const character of name.slice(0, name.length - extension.length)) {
    if (utf8(stem + character + extension).length > most) break;
    stem += character;
  }
  return `${stem}${extension}`.replace(/[. ]+$/, '_');
}
