import { once } from 'node:events';
import { createConnection } from 'node:net';

/** A connection to a tor's control socket: https://spec.torproject.org/control-spec */
export interface Control {
  /**
   * Sends a command of one line, and waits for its reply.
   *
   * @returns the reply's lines without their status, those of its data included, the last (mostly `OK`) too
   * @throws Error when the status is not 250, or when the connection ends before the reply
   */
  ask(command: string): Promise<string[]>;
  /** Calls back for each line of each asynchronous reply, without its status (650). */
  onEvent(listener: (line: string) => void): void;
  /** Fulfils when the connection has ended, by whichever side: no event follows. */
  readonly ended: Promise<void>;
  close(): void;
}

/** One that waits for a reply. Replies come in the order of the commands. */
interface Waiting {
  readonly settle: (status: string, lines: string[]) => void;
  readonly fail: (error: Error) => void;
}

/**
 * Connects to the control socket at a path, and authenticates without a secret: whoever can open the socket may.
 *
 * @throws Error when tor does not listen there, or wants a secret
 */
export async function openControl(path: string): Promise<Control> {
  const socket = createConnection({ path });
  await once(socket, 'connect').catch((cause) => {
    throw new Error("cannot connect to tor's control socket", { cause });
  });
  const waiting: Waiting[] = [];
  const listeners: ((line: string) => void)[] = [];
  const read = replyReader((status, lines) => {
    if (status !== '650') return waiting.shift()?.settle(status, lines);
    for (const line of lines) for (const listener of listeners) listener(line);
  });
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.setEncoding('utf8').on('error', () => {}); // 'close' follows
  socket.on('data', (chunk: string) => {
    if (!read(chunk)) socket.destroy();
  });
  socket.once('close', () => {
    for (const { fail } of waiting.splice(0)) fail(new Error('the connection to tor has ended'));
  });

  const ask = (command: string) =>
    new Promise<string[]>((resolve, fail) => {
      if (/[\r\n]/.test(command)) throw new Error('a command to tor is one line');
      if (!socket.writable) throw new Error('the connection to tor has ended');
      const [verb] = command.split(' ', 1);
      const settle = (status: string, lines: string[]) =>
        status === '250' ? resolve(lines) : fail(new Error(`tor answered ${status} to ${verb}`));
      waiting.push({ settle, fail });
      socket.write(`${command}\r\n`);
    });
  const close = () => void socket.destroy();
  await ask('AUTHENTICATE').catch((error) => {
    close();
    throw error;
  });
  return { ask, onEvent: (listener) => void listeners.push(listener), ended, close };
}

/**
 * Puts replies together from chunks that end anywhere. Lines are `250-more`, `250+data follows` and `250 last`; data
 * ends with a line of a single dot, and has one more dot before each line that starts with one.
 *
 * @returns a function that takes the next chunk, and returns false once something is not a reply
 */
function replyReader(onReply: (status: string, lines: string[]) => void): (chunk: string) => boolean {
  let rest = '';
  const lines: string[] = [];
  let isData = false;
  const readLine = (line: string): boolean => {
    if (isData) {
      isData = line !== '.';
      if (isData) lines.push(line.replace(/^\./, ''));
      return true;
    }
    const [, status, kind, text] = /^(\d{3})([-+ ])(.*)$/s.exec(line) ?? [];
    if (status === undefined) return false;
    lines.push(text!);
    isData = kind === '+';
    if (kind === ' ') onReply(status, lines.splice(0));
    return true;
  };
  return (chunk) => {
    const complete = (rest + chunk).split('\r\n');
    rest = complete.pop()!;
    return complete.every(readLine);
  };
}
