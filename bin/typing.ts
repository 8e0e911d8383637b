import { once } from 'node:events';
import type { ReadStream, WriteStream } from 'node:tty';
import { canDraw } from './bottom.ts';

/** What of a terminal is read from. */
export type Keyboard = Pick<ReadStream, 'on' | 'off' | 'pause' | 'resume' | 'ref' | 'unref' | 'setRawMode'>;

/** What of a terminal is written to. */
export type Screen = Pick<WriteStream, 'write'> & { readonly columns?: number };

/** What is typed, and how it is shown. */
export interface Typing {
  /** Lines above what is typed. @default - nothing */
  readonly heading?: string;
  /** Stands before what is typed. @default - nothing */
  readonly prompt?: string;
  /** Shows nothing of it. */
  readonly isHidden?: boolean;
  /** Whether what was typed is all, at the end of a line. @default - one line is */
  readonly isWhole?: ((typed: string) => boolean) | undefined;
  /** Goes on over many lines, up to Ctrl-D. @default false: one line, up to Enter */
  readonly isText?: boolean;
  readonly signal: AbortSignal;
  /** Whether nothing that was printed may be drawn over. @default - what `canDraw` says */
  readonly isDumb?: boolean;
  /** Sends this process a signal. @default process.kill */
  readonly kill?: (name: NodeJS.Signals) => void;
}

/**
 * Takes over from a terminal's own line editing, which cuts a line after 4,095 bytes (1,023 on some systems) without a
 * word. As there, the end of the line can be edited: Backspace takes a whole character away, Ctrl-W a word, Ctrl-U the
 * line. Ctrl-D ends a text on an empty line, or when typed twice; it ends an answer, and interrupts where there is none;
 * Ctrl-C, Ctrl-Z and Ctrl-\ do what they do everywhere. Other
 * keys, such as arrows, do nothing.
 *
 * @returns a reader. What is typed beyond the end of one reading is kept for the next
 * @throws (the reader) the signal's reason; Error when what comes is not UTF-8, or the terminal is gone
 */
export function typist(keyboard: Keyboard, screen: Screen): (typing: Typing) => Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let ahead = '';
  return async (typing) => {
    const { heading = '', prompt = '', isHidden = false, isText = false, signal, isDumb = !canDraw() } = typing;
    const { isWhole = () => true, kill = killed } = typing;
    signal.throwIfAborted();
    let [text, line, last, echo] = ['', '', '', ''];
    let isOver = false;
    const shown = () => prompt + (isHidden ? '' : line);
    /** Puts what is left of the line in place of it. */
    const cut = (left: string) => {
      const before = laidOut(shown(), screen.columns);
      line = left;
      if (isHidden) return;
      const after = laidOut(shown(), screen.columns);
      if (isDumb) echo += '\b \b'.repeat(Math.max(0, before.width - after.width));
      else {
        const up = before.rows - after.rows;
        echo += `${up > 0 ? `\x1b[${up}A` : ''}\r\x1b[J${after.lastRow}`;
      }
    };
    const suspend = () => {
      screen.write(echo);
      echo = '';
      keyboard.setRawMode(false);
      // Where no shell could go on with it, the system does not stop it.
      const goesOn = once(process, 'SIGCONT', { signal: AbortSignal.timeout(STOP_MILLISECONDS) }).catch(() => {});
      void goesOn.then(() => {
        if (isOver) return;
        keyboard.setRawMode(true);
        screen.write(`\r${shown()}`);
      });
      kill('SIGTSTP');
    };
    /** @returns whether that was the end */
    const press = (key: string): boolean => {
      const before = last;
      last = key;
      if (key === '\n' && before === '\r') return false; // one line end
      if (key === '\r' || key === '\n') {
        if (!isText && isWhole(text + line)) return true;
        text += `${line}\n`;
        line = '';
        if (!isHidden) echo += '\r\n';
      } else if (key === '\x04' || (key === '\x1a' && process.platform === 'win32')) {
        if (isText) return line === '' || before === key;
        if (text + line !== '') return true;
        kill('SIGINT');
      } else if (key === '\x7f' || key === '\b') cut(withoutLast(line));
      else if (key === '\x17') cut(line.replace(/\S*\s*$/, ''));
      else if (key === '\x15') cut('');
      else if (key === '\x03') kill('SIGINT');
      else if (key === '\x1c') kill('SIGQUIT');
      else if (key === '\x1a') suspend();
      else if (!/^[\p{Cc}]/u.test(key) || key[0] === '\t') {
        line += key;
        if (!isHidden) echo += key;
      }
      return false;
    };
    /** @returns whether that was the end */
    const take = (more: string): boolean => {
      const all = ahead + more;
      const [begun = ''] = BEGUN.exec(all) ?? [];
      ahead = begun;
      let isEnd = false;
      for (const { 0: key, index } of all.slice(0, all.length - begun.length).matchAll(KEYS)) {
        isEnd = press(key);
        if (!isEnd) continue;
        const rest = all.slice(index + key.length);
        ahead = key === '\r' ? rest.replace(/^\n/, '') : rest;
        break;
      }
      if (isEnd) echo += '\r\n';
      screen.write(echo);
      echo = '';
      return isEnd;
    };
    let stop = () => {};
    try {
      // First: until then the terminal shows what is typed, also a secret, and turns Ctrl-D into a NUL.
      keyboard.ref();
      keyboard.setRawMode(true);
      screen.write(heading + prompt);
      return await new Promise<string>((resolve, reject) => {
        const read = (bytes: Uint8Array) => {
          try {
            if (take(decoder.decode(bytes, { stream: true }))) resolve(text + line);
          } catch {
            reject(new Error('what was typed is not UTF-8: set the terminal to it, or give it in a file'));
          }
        };
        const abort = () => reject(signal.reason);
        const gone = () => reject(new Error('the terminal is gone'));
        stop = () => {
          keyboard.off('data', read).off('end', gone).off('error', gone);
          signal.removeEventListener('abort', abort);
        };
        signal.addEventListener('abort', abort, { once: true });
        keyboard.on('data', read).on('end', gone).on('error', gone);
        if (ahead !== '' && take('')) resolve(text + line);
        else keyboard.resume();
      });
    } catch (error) {
      screen.write('\r\n');
      throw error;
    } finally {
      isOver = true;
      stop();
      keyboard.pause();
      keyboard.setRawMode(false);
      keyboard.unref(); // nothing waits for a key any more
    }
  };
}

/** How long a stop may be in coming. */
const STOP_MILLISECONDS = 100;

/** As the terminal does it: Ctrl-Z stops all that run together. */
function killed(name: NodeJS.Signals): void {
  process.kill(name === 'SIGTSTP' ? 0 : process.pid, name);
}

/** What one key sends, but that plain characters stand together. ECMA-48, 5.4: control sequences. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: keys send them
const KEYS = /\x1b\[[0-?]*[ -/]*[@-~]|\x1bO[ -~]|(?:[^\p{Cc}]|\t)+|\p{Cc}/gu;

/** A key of which the rest is still to come. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: keys send them
const BEGUN = /\x1b(?:\[[0-?]*[ -/]*|O)?$/;

/** No character that a person sees as one is longer. */
const CHARACTER_MAX = 64;

function withoutLast(line: string): string {
  const end = line.slice(-CHARACTER_MAX);
  const last = [...new Intl.Segmenter().segment(end)].at(-1)?.segment ?? '';
  return line.slice(0, line.length - last.length);
}

/** How a line lies on a screen. @param columns - of the screen. @default - as wide as the line */
function laidOut(line: string, columns = Number.POSITIVE_INFINITY) {
  let [rows, width, column, lastRow] = [0, 0, 0, ''];
  for (const character of line) {
    const needs = character === '\t' ? TAB - (column % TAB) : columnsOf(character);
    width += needs;
    if (column + needs > columns) [rows, column, lastRow] = [rows + 1, 0, ''];
    column += needs;
    lastRow += character;
  }
  return { rows, width, lastRow };
}

const TAB = 8;

function columnsOf(character: string): number {
  if (/[\p{M}\p{Cf}]/u.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** Characters that take two columns: UAX 11, by its ranges of scripts and pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
