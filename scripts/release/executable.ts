import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const POSTJECT = join(import.meta.dirname, '../../node_modules/postject/dist/cli.js');

/** The mark in Node that says whether something was put into it, by which postject finds it. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/**
 * Packs programs and what they read into what Node has inside of an executable: the same bytes for every machine.
 *
 * @param main - the script with which it begins
 * @param folder - one to work in
 */
export function packBlob(main: string, assets: ReadonlyMap<string, string>, folder: string): Buffer {
  for (const [name, text] of [['main.js', main], ...assets] as const) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const config = {
    main: 'main.js',
    output: 'blob',
    disableExperimentalSEAWarning: true,
    // Both would be of one machine and one processor only.
    useSnapshot: false,
    useCodeCache: false,
    assets: Object.fromEntries([...assets.keys()].map((name) => [name, name])),
  };
  writeFileSync(join(folder, 'sea.json'), JSON.stringify(config));
  execFileSync(process.execPath, ['--experimental-sea-config', 'sea.json'], { cwd: folder, stdio: 'pipe' });
  return readFileSync(join(folder, 'blob'));
}

/** Puts a blob into a Node. @param folder - one to work in @returns the executable */
export function inject(node: Buffer, blob: Buffer, folder: string): Buffer {
  const [path, blobPath] = [join(folder, 'executable'), join(folder, 'blob')];
  writeFileSync(path, withoutSignature(node));
  writeFileSync(blobPath, blob);
  execFileSync(process.execPath, [POSTJECT, path, 'NODE_SEA_BLOB', blobPath, '--sentinel-fuse', FUSE], {
    stdio: 'pipe',
  });
  return readFileSync(path);
}

/**
 * Takes the signature from a Windows executable, which would be wrong once something is put into it: an entry in the
 * headers ("PE Format", Certificate Table), and what it points to at the end of the file. Other files stay as they are.
 */
function withoutSignature(file: Buffer): Buffer {
  const header = file.readUInt32LE(0x3c);
  if (file.toString('latin1', 0, 2) !== 'MZ' || file.toString('latin1', header, header + 4) !== 'PE\0\0') return file;
  const entry = header + 24 + 112 + 4 * 8; // the file's header, the optional one of 64 bits, four directories before it
  const [at, length] = [file.readUInt32LE(entry), file.readUInt32LE(entry + 4)];
  if (length === 0) return file;
  if (at + length !== file.length) throw new Error('the signature of that executable does not stand at its end');
  const bare = Buffer.from(file.subarray(0, at));
  bare.fill(0, entry, entry + 8);
  return bare;
}
