import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Checks that bytes are lines for tor: each a comment, or a name and what it is set to; and, where tor is installed, that
 * it takes them.
 *
 * @returns them as text
 * @throws Error with the number of the first line that is none, or with what tor says
 */
export function checkTorrc(bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error('the torrc file is none: it is no text');
  }
  let goesOn = false;
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const isLine = goesOn || /^\s*($|#|[+/]?[A-Za-z_%][\w]*(\s|$))/.test(line);
    if (!isLine || /[^\P{Cc}\t]/u.test(line))
      throw new Error(`the torrc file is none: its line ${i + 1} is no setting of tor`);
    goesOn = /\\$/.test(line);
  }
  const refusal = refusalOf(text);
  if (refusal !== undefined) throw new Error(`the torrc file is refused by tor: ${refusal}`);
  return text;
}

/** What tor has against these lines; undefined when nothing, or when there is no tor to ask. */
function refusalOf(text: string): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'dead-drop-torrc-'));
  try {
    const [given, none] = [join(folder, 'torrc'), join(folder, 'none')];
    writeFileSync(given, text);
    writeFileSync(none, '');
    const { error, status, stdout } = spawnSync(
      'tor',
      ['--verify-config', '-f', given, '--defaults-torrc', none, '--DataDirectory', join(folder, 'data')],
      { encoding: 'utf8', timeout: 30_000, env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } },
    );
    if (error !== undefined || status === 0) return undefined;
    const [, why] = /Failed to parse\/validate config: (.*)/.exec(stdout) ?? [];
    return (why ?? 'it says no more').replaceAll(folder, '').replace(/\.$/, '');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
