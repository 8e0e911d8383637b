/** The first Node of each line with an OpenSSL that says hello to a drop as all others do; 23 had none. */
export const NODE_NEEDED = '22.20, or 24.7 or newer';

/** The same for npm. */
export const ENGINES = '^22.20.0 || >=24.7.0';

/** @throws Error when a Node is too old: in one line, before anything else fails for want of what it lacks */
export function checkNode(version: string): void {
  const [major, minor] = version.split('.').map(Number) as [number, number];
  if (major > 24 || (major === 24 && minor >= 7) || (major === 22 && minor >= 20)) return;
  throw new Error(`this is Node ${version}, and dead-drop takes Node ${NODE_NEEDED}`);
}

checkNode(process.versions.node);
