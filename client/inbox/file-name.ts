import { extname } from 'node:path';

/** The longest name that is written, in bytes of UTF-8. Below every file system's limit, with room for a number. */
const NAME_MAX_BYTES = 120;
const EXTENSION_MAX_BYTES = 20;

/** Separators, what Windows and shells treat specially, and whatever is invisible or turns the direction of writing. */
const UNSAFE = /[\\/:*?"<>|`$\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** Names that are devices on Windows, with any extension. */
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)/i;

/** Names that Windows or macOS read as settings of the folder. */
const SETTINGS = /^(desktop\.ini|thumbs\.db|autorun\.inf)$/i;

/**
 * A name that is safe to create in a folder, for one that a stranger chose: one component, visible, no device, no
 * hidden file, no option of a command, at most 120 bytes. The extension stays, as far as it is safe.
 */
export function safeFileName(name: string): string {
  let safe = name.normalize('NFC').replace(UNSAFE, '_').replace(/\s/gu, ' ');
  safe = safe.replace(/^[. ~-]+/, '_').replace(/[. ]+$/, '_');
  if (DEVICE.test(safe) || SETTINGS.test(safe)) safe = `_${safe}`;
  if (/^_*$/.test(safe)) safe = 'file';
  return shorten(safe, NAME_MAX_BYTES);
}

/** The first of `name`, `name (2)`, `name (3)` that is not taken, where case and accents do not count. Marks it taken. */
export function untaken(name: string, taken: Set<string>): string {
  const extension = extname(name);
  const stem = name.slice(0, name.length - extension.length);
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${stem} (${number})${extension}`;
    const key = candidate.normalize('NFKC').toUpperCase().toLowerCase();
    if (taken.has(key)) continue;
    taken.add(key);
    return candidate;
  }
}

/** Cuts the stem of a name, by whole characters, so that the name fits. */
function shorten(name: string, most: number): string {
  if (Buffer.byteLength(name) <= most) return name;
  const extension = Buffer.byteLength(extname(name)) <= EXTENSION_MAX_BYTES ? extname(name) : '';
  let stem = '';
  for (const character of name.slice(0, name.length - extension.length)) {
    if (Buffer.byteLength(stem + character + extension) > most) break;
    stem += character;
  }
  return `${stem}${extension}`.replace(/[. ]+$/, '_');
}
