/** The first Node that has all that is used: Argon2id was the last to come. */
export const NODE_NEEDED = '24.7';

/** @throws Error when a Node is too old: in one line, before anything else fails for want of what it lacks */
export function checkNode(version: string): void {
  const [[major, minor], [needed, least]] = [version, NODE_NEEDED].map((each) => each.split('.').map(Number)) as [
    [number, number],
    [number, number],
  ];
  if (major > needed || (major === needed && minor >= least)) return;
  throw new Error(`this is Node ${version}, and dead-drop takes Node ${NODE_NEEDED} or newer`);
}

checkNode(process.versions.node);
