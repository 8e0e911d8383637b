import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { deserialize } from 'node:v8';
import { collect, dropAt, folderInbox, readBookmark, sealedInbox, writeBookmark } from '../node/index.ts';

// Reads a drop once, as `dead-drop read` does. Says how many KiB of memory it took: not as getrusage does, which counts
// what whoever started it had.
const { identity, url, folder, isSealed } = deserialize(await buffer(process.stdin));
const bookmark = await readBookmark(folder, identity, url);
await collect({
  drop: dropAt(url),
  identity: () => identity,
  inbox: (isSealed ? sealedInbox : folderInbox)(folder, identity.storageKey),
  bookmark,
  save: () => writeBookmark(folder, identity, url, bookmark),
});
process.stdout.write(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))![1]!);
