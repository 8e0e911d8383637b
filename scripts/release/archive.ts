import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'fflate';
import { pack } from 'tar-stream';

/** A file of an archive, or a folder where there is no content. */
export interface Entry {
  readonly name: string;
  readonly content?: string | Uint8Array;
  /** @default - 0o644, of a folder 0o755 */
  readonly mode?: number;
}

/** A tar archive (POSIX ustar) in which everything is root's and of one time. @param time - seconds since 1970 */
export async function tar(entries: readonly Entry[], time: number): Promise<Buffer> {
  const archive = pack();
  const all = buffer(archive);
  for (const { name, content, mode } of entries) {
    const of = { name, mtime: new Date(time * 1000), uid: 0, gid: 0, uname: 'root', gname: 'root' };
    if (content === undefined) archive.entry({ ...of, type: 'directory', mode: mode ?? 0o755 });
    else archive.entry({ ...of, mode: mode ?? 0o644 }, Buffer.from(content));
  }
  archive.finalize();
  return all;
}

/** Packs with gzip in JavaScript: what zlib makes depends on the processor. */
export function gzip(content: string | Uint8Array): Uint8Array {
  return gzipSync(Buffer.from(content), { level: 9, mtime: 0 });
}

/** An archive of ar, in Debian's form (deb(5)): a header of 60 bytes, the content, and one more where its length is odd. */
export function ar(files: ReadonlyMap<string, Uint8Array>, time: number): Buffer {
  const parts = [Buffer.from('!<arch>\n')];
  for (const [name, content] of files) {
    const fields = [name.padEnd(16), `${time}`.padEnd(12), '0'.padEnd(6), '0'.padEnd(6), '100644'.padEnd(8)];
    parts.push(Buffer.from(`${fields.join('')}${String(content.length).padEnd(10)}\`\n`), Buffer.from(content));
    if (content.length % 2 === 1) parts.push(Buffer.from('\n'));
  }
  return Buffer.concat(parts);
}
