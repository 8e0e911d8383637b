import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Puts an `npx` into a folder that starts the command of this checkout at once: the real one takes a second each time.
 *
 * @returns the PATH in which it is found first
 */
export function withQuickNpx(folder: string): string {
  const program = join(import.meta.dirname, '../bin/dead-drop.ts');
  const text = `#!/bin/sh\nshift\nexec '${process.execPath}' '${program}' "$@"\n`;
  writeFileSync(join(folder, 'npx'), text, { mode: 0o700 });
  return [folder, process.env.PATH].join(delimiter);
}

/** What is asked, by how it ends, and what is typed then: `Ctrl-D` and other keys as their characters. */
export interface Answer {
  readonly to: RegExp;
  readonly type: string;
}

export interface TypedOptions {
  readonly cwd: string;
  /** What its environment has besides that of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Each may be typed as often as it is asked for. */
  readonly answers?: readonly Answer[];
  readonly columns?: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with all that was shown so far, as often as something is. */
  readonly shows?: (shown: string, press: (keys: string) => void) => void;
}

/** What a terminal showed, with its escapes, and how the line ended. */
export interface Typed {
  readonly shown: string;
  readonly status: number | null;
}

/**
 * Types a line at a shell, in a terminal of its own, and answers what is asked there. It takes util-linux's `script`, which
 * Debian always has.
 *
 * @throws Error when there is no such program
 */
export async function typeLine(line: string, options: TypedOptions): Promise<Typed> {
  const { cwd, env, answers = [], columns = 96, signal, shows } = options;
  const child = spawn('script', ['-qefc', `stty cols ${columns} rows 40; ${line}`, '/dev/null'], {
    cwd,
    env: { ...process.env, SHELL: '/bin/sh', TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
    signal,
  });
  const press = (keys: string) => void child.stdin.write(keys);
  child.stdin.on('error', () => {}); // it has ended, and asks nothing more
  let [shown, answered] = ['', 0];
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    shown += part;
    const asked = shown.slice(answered);
    const answer = answers.find(({ to }) => to.test(asked));
    if (answer !== undefined) {
      answered = shown.length;
      press(answer.type);
    }
    shows?.(shown, press);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (status) => resolve({ shown, status }));
  });
}
