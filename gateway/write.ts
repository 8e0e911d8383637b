import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Front, INSTALLED } from './front.ts';
import { containerfile, systemdUnit } from './install.ts';
import { nginxConf } from './nginx-conf.ts';
import { startProgram } from './start.ts';
import { torrc } from './torrc.ts';

/**
 * Writes a front's configuration into a folder, over an earlier one; where it is to be installed, with the systemd unit
 * and the container's recipe. Keys are never touched: they are not there.
 *
 * @returns the names of the files
 */
export async function writeFront(folder: string, front: Front): Promise<string[]> {
  const told: Record<string, string> = {
    'nginx.conf': nginxConf(front),
    torrc: torrc(front),
    ...(front.authorities !== undefined && { 'authorities.pem': front.authorities }),
  };
  const names = Object.keys(told);
  const files: Record<string, string> = {
    ...told,
    start: startProgram(front),
    ...(front.places === INSTALLED && {
      'dead-drop-gateway.service': systemdUnit(names),
      Containerfile: containerfile(names),
    }),
  };
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await writeFile(path, text);
    // None of it is secret, and who reads it may be a user of another name: the caller's mask does not count.
    await chmod(path, name === 'start' ? 0o755 : 0o644);
  }
  return Object.keys(files);
}
