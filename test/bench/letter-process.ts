import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { deserialize } from 'node:v8';
import { collect, contactOf, dropAt, fileAt, firstBookmark, folderInbox, send } from '../../node/index.ts';
import { overTor } from '../../node/transport/tor.ts';
import type { LetterJob } from './network.ts';

// Sends a letter, or reads one, as it is told on standard input, and prints the most KiB of memory that it ever had.
const job: LetterJob = deserialize(await buffer(process.stdin));
const { kind, url, socks, identity, path } = job;
const drop = dropAt(url, { transport: overTor([socks]) });
if (kind === 'send') await send(drop, contactOf(identity), { files: [await fileAt(path)] });
else {
  let letters = 0;
  await collect({
    drop,
    identity: () => identity,
    inbox: folderInbox(path, identity.storageKey),
    bookmark: firstBookmark(),
    report(event) {
      if (event.kind === 'letter') letters += 1;
    },
  });
  if (letters !== 1) throw new Error('the letter does not arrive');
}
// What the system says of resources used would count what whoever started this process had.
console.log(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
