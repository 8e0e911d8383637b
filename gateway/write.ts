import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Front, INSTALLED, PAGE_FILE, sha256 } from './front.ts';
import { containerfile, systemdUnit } from './install.ts';
import { nginxConf, pageMark } from './nginx-conf.ts';
import { startProgram } from './start.ts';
import { torrc } from './torrc.ts';

/**
 * Writes a front's configuration into a folder, over an earlier one; where it is to be installed, with the systemd unit
 * and the container's recipe. Keys are never touched: they are not there.
 *
 * @param overwrite - also what somebody has changed since
 * @param foreign - told of files in the way that nothing says who wrote
 * @returns the names of the files
 * @throws Error when a file was changed since it was written; then nothing is
 */
export async function writeFront(
  folder: string,
  front: Front,
  { overwrite = false, foreign = () => {} }: { overwrite?: boolean; foreign?: (names: string[]) => void } = {},
): Promise<string[]> {
  const told: Record<string, string | Uint8Array> = {
    'nginx.conf': nginxConf(front),
    torrc: torrc(front),
    ...(front.authorities !== undefined && { 'authorities.pem': front.authorities }),
    ...(front.page !== undefined && { [PAGE_FILE]: front.page }),
  };
  const names = Object.keys(told);
  const files: typeof told = {
    ...told,
    start: startProgram(front),
    ...(front.places === INSTALLED && {
      'dead-drop-gateway.service': systemdUnit(names),
      Containerfile: containerfile(names),
    }),
  };
  await mkdir(folder, { recursive: true });
  if (!overwrite) await checkUnchanged(folder, Object.keys(files), foreign);
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await writeFile(path, typeof content === 'string' ? sealed(content) : content);
    // None of it is secret, and who reads it may be a user of another name: the caller's mask does not count.
    await chmod(path, name === 'start' ? 0o755 : 0o644);
  }
  return Object.keys(files);
}

/** A file as it is written: with a comment at its end by which it is known whether somebody has changed it. */
export function sealed(text: string): string {
  return `${text}${SEAL} ${sha256(text)}\n`;
}

const SEAL = '# Not changed since it was written if the SHA-256 of what is above is';

/** Whether a file is as it was written, or undefined where nothing says so. */
function isUnchanged(file: string): boolean | undefined {
  const at = file.lastIndexOf(SEAL);
  return at < 0 ? undefined : sealed(file.slice(0, at)) === file;
}

/** The same of the page's file. @param conf - what nginx was told when it was written */
function isPageUnchanged(page: Uint8Array, conf = ''): boolean | undefined {
  const [, said] = conf.split(pageMark(''));
  return said?.startsWith(sha256(page));
}

async function checkUnchanged(folder: string, names: string[], foreign: (names: string[]) => void): Promise<void> {
  const read = (name: string) =>
    readFile(join(folder, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
  const conf = await read('nginx.conf');
  const [edited, unknown]: [string[], string[]] = [[], []];
  for (const name of names) {
    const file = await read(name);
    if (file === undefined) continue;
    const unchanged = name === PAGE_FILE ? isPageUnchanged(file, conf?.toString()) : isUnchanged(file.toString());
    if (unchanged === undefined) unknown.push(name);
    else if (!unchanged) edited.push(name);
  }
  if (edited.length > 0) {
    const what = `changed since ${edited.length === 1 ? 'it was' : 'they were'} written: ${edited.join(', ')}`;
    throw new Error(`${what}; nothing was written: name another --folder, or give them up with --overwrite`);
  }
  if (unknown.length > 0) foreign(unknown);
}
