import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Finds ports of 127.0.0.1 that nobody listens on. They lie below the range from which the system takes the ports of
 * outgoing connections, which would soon take one away again: also that of a tor that a test kills and starts anew.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(10_000, 30_000);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
