import { statfs } from 'node:fs/promises';
import { NoRoom } from '../../core/inbox/no-room.ts';

/** What letters leave free on the disk, so that everything else goes on working. */
const RESERVE_BYTES = 64 * 2 ** 20;

/**
 * What the letters that this process is writing still lack: the disk counts it as free. Where they go to several disks,
 * it is counted on each, which may put a letter off and never fills a disk.
 */
let promised = 0;

/** Bytes of disk that are free where a folder lies, and promised to no letter. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize - promised;
}

/** Room that a letter has. What it did not use is free again when it is disposed of. @internal */
export interface Room extends Disposable {
  /** To be told of bytes that were written, which the disk no longer counts as free. */
  wrote(bytes: number): void;
}

/**
 * Takes room for a letter.
 *
 * @internal
 * @throws NoRoom when it would not leave enough of the disk, with what others were promised
 */
export async function takeRoom(folder: string, bytes: number): Promise<Room> {
  let left = 0;
  const promise = (more: number) => {
    left += more;
    promised += more;
  };
  promise(bytes); // before the disk is asked: of two at a time, each knows of the other
  const room: Room = {
    wrote: (written) => promise(-Math.min(written, left)),
    [Symbol.dispose]: () => promise(-left),
  };
  try {
    if ((await freeBytes(folder)) < RESERVE_BYTES) throw new NoRoom(bytes + RESERVE_BYTES);
    return room;
  } catch (error) {
    room[Symbol.dispose]();
    throw error;
  }
}
