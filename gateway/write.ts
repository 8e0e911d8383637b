import { mkdir, writeFile } from 'node:fs/promises';
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
  const files: Record<string, string> = {
    'nginx.conf': nginxConf(front),
    torrc: torrc(front),
    start: startProgram(front),
    ...(front.places === INSTALLED && {
      'dead-drop-gateway.service': systemdUnit(),
      Containerfile: containerfile(),
    }),
  };
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text, { mode: name === 'start' ? 0o755 : 0o644 });
  }
  return Object.keys(files);
}
