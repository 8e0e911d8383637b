import { buffer } from 'node:stream/consumers';
import { deserialize } from 'node:v8';
import { collect, dropAt, folderInbox, readBookmark, sealedInbox, writeBookmark } from '../client/index.ts';

// Reads a drop once, as `dead-drop read` does, for whoever starts this to kill it. Says how many MiB of memory it took.
const { identity, url, folder, isSealed } = deserialize(await buffer(process.stdin));
const bookmark = await readBookmark(folder, identity, url);
await collect({
  drop: dropAt(url),
  identity: () => identity,
  inbox: (isSealed ? sealedInbox : folderInbox)(folder, identity.storageKey),
  bookmark,
  save: () => writeBookmark(folder, identity, url, bookmark),
});
process.stdout.write(`${Math.round(process.resourceUsage().maxRSS / 1024)}`);
