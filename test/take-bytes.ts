import type { Socket } from 'node:net';

/** Reads an exact number of bytes at a time from a socket that nobody else reads. */
export function taker(socket: Socket): (bytes: number) => Promise<Buffer> {
  return async (bytes) => {
    for (;;) {
      const part: Buffer | null = socket.read(bytes);
      if (part !== null) return part;
      await new Promise<void>((resolve, reject) => {
        socket.once('readable', resolve).once('close', () => reject(new Error('closed')));
      });
    }
  };
}
