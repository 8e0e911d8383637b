import { execFileSync } from 'node:child_process';

/** What a release is made of. */
export interface Source {
  /** The commit, and its time in seconds since 1970: the time of every file. */
  readonly commit: string;
  readonly time: number;
  /** Whether files differ from that commit. */
  readonly changed: boolean;
}

/** @throws Error when the checkout has changes, unless they are allowed, or is none */
export function findSource(root: string, isChangedAllowed = false): Source {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' });
  let said: string;
  try {
    said = git('log', '-1', '--format=%H %ct');
  } catch {
    throw new Error('this is no checkout of the repository, or git is not installed');
  }
  const [commit, time] = said.trim().split(' ') as [string, string];
  const changed = git('status', '--porcelain').trim() !== '';
  if (changed && !isChangedAllowed)
    throw new Error('the checkout has changes: commit or remove them, or give --changed, and --version says so');
  return { commit, time: Number(time), changed };
}
