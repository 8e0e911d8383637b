import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Mounts of an own: as root, or as one who is root among those only. */
const ALONE = ['unshare', process.getuid?.() === 0 ? '-m' : '-Urm'];

/** And a network of an own, in which there is nothing, not even the machine itself. */
const WITHOUT_NETWORK = '-n';

/** The devices and processes of the machine, and a folder under its own name; then the root is changed. */
const SCRIPT = `
  root=$1 folder=$2; shift 2
  mount --rbind /proc "$root/proc" && mount --rbind /dev "$root/dev" && mount --bind "$folder" "$root$folder" &&
  exec unshare --root="$root" --wd="$PWD" "$@"`;

/**
 * Makes a root that has an executable, the libraries that it is linked to, and nothing else: no Node, no shell.
 *
 * @param place - an empty folder, which becomes the root
 * @param folder - one that can be seen in it, too, under its own name: that where the command runs, or one above
 * @param hasNetwork - that of this machine
 * @returns what starts the executable there: see CommandOptions.program
 */
export function bareRoot(executable: string, place: string, folder: string, hasNetwork = true): string[] {
  const copy = (from: string, to: string) => {
    mkdirSync(dirname(join(place, to)), { recursive: true });
    copyFileSync(from, join(place, to));
  };
  copy(executable, '/usr/bin/dead-drop');
  const linked = execFileSync('ldd', [executable], { encoding: 'utf8' });
  for (const [path] of linked.matchAll(/\/\S+(?= \(0x)/g)) copy(path, path);
  for (const name of ['/proc', '/dev', folder]) mkdirSync(join(place, name), { recursive: true });
  const alone = hasNetwork ? ALONE : [...ALONE, WITHOUT_NETWORK];
  return [...alone, 'sh', '-c', SCRIPT, 'sh', place, folder, '/usr/bin/dead-drop'];
}
