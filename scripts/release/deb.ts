import { createHash } from 'node:crypto';
import { constants, zstdCompressSync } from 'node:zlib';
import { ar, type Entry, gzip, tar } from './archive.ts';
import { bashCompletion, fishCompletion, zshCompletion } from './completions.ts';
import type { CommandGrammar } from './grammar.ts';
import { manPage } from './man.ts';

/** What a Debian package is made of. */
export interface DebContent {
  readonly executable: Buffer;
  readonly architecture: string;
  readonly version: string;
  readonly grammar: readonly CommandGrammar[];
  /** The licences of all that is in the executable. */
  readonly copyright: string;
  readonly commit: string;
  /** Of every file, in seconds since 1970. */
  readonly time: number;
}

const MAINTAINER = 'Dead Drop maintainers <maintainers@dead-drop.invalid>';

/** What Node takes of the system: `objdump -T` tells which versions. Every Debian since 10 has them. */
const DEPENDS = 'libc6 (>= 2.28), libgcc-s1 | libgcc1, libstdc++6 (>= 6)';

/** The level at which more time makes a package hardly smaller. Debian reads Zstandard since 12. */
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 9 } };

/** A Debian package, deb(5): the command, its manual pages, and its completions for three shells. */
export async function debianPackage(content: DebContent): Promise<Buffer> {
  const files = filesOf(content);
  const data = await tar(files, content.time);
  const sums = files.flatMap(({ name, content: bytes }) =>
    bytes === undefined ? [] : `${md5(bytes)}  ${name.slice('./'.length)}\n`,
  );
  const bytes = files.reduce((sum, file) => sum + Buffer.from(file.content ?? '').length, 0);
  const control = await tar(
    [
      { name: './control', content: controlOf(content, Math.ceil(bytes / 1024)) },
      { name: './md5sums', content: sums.join('') },
    ],
    content.time,
  );
  const members = [
    ['debian-binary', Buffer.from('2.0\n')],
    ['control.tar.gz', gzip(control)],
    ['data.tar.zst', zstdCompressSync(data, ZSTD)],
  ] as const;
  return ar(new Map(members), content.time);
}

function controlOf({ version, architecture }: DebContent, kibibytes: number): string {
  return `Package: dead-drop
Version: ${version}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Installed-Size: ${kibibytes}
Depends: ${DEPENDS}
Suggests: tor
Section: net
Priority: optional
Description: leave a letter for a journalist, without accounts
 A source leaves a letter for a journalist, and nobody between them, not even
 who runs the drop, can read it, learn whom it is for, or who they are: both
 come over Tor only. This is the command of both, in one file.
 .
 Unaudited, and not fit for use yet.
`;
}

function filesOf({ executable, grammar, version, commit, copyright, time }: DebContent): Entry[] {
  const day = new Date(time * 1000).toISOString().slice(0, 10);
  const doc = 'usr/share/doc/dead-drop';
  const changelog = `dead-drop (${version}) unstable; urgency=medium

  * Made of commit ${commit}.

 -- ${MAINTAINER}  ${new Date(time * 1000).toUTCString().replace('GMT', '+0000')}
`;
  const files: Entry[] = [
    { name: 'usr/bin/dead-drop', content: executable, mode: 0o755 },
    { name: 'usr/share/bash-completion/completions/dead-drop', content: bashCompletion(grammar) },
    { name: `${doc}/changelog.gz`, content: gzip(changelog) },
    { name: `${doc}/copyright`, content: copyright },
    { name: 'usr/share/fish/vendor_completions.d/dead-drop.fish', content: fishCompletion(grammar) },
    ...grammar.map((command) => ({
      name: `usr/share/man/man1/${['dead-drop', ...command.path].join('-')}.1.gz`,
      content: gzip(manPage(command, version, day)),
    })),
    { name: 'usr/share/zsh/vendor-completions/_dead-drop', content: zshCompletion(grammar) },
  ];
  return withFolders(files);
}

/** Puts the folders in front of what is in them, as dpkg wants it. */
function withFolders(files: readonly Entry[]): Entry[] {
  const folders = new Set<string>();
  for (const { name } of files) {
    const parts = name.split('/').slice(0, -1);
    for (const i of parts.keys()) folders.add(`${parts.slice(0, i + 1).join('/')}/`);
  }
  const all: Entry[] = [{ name: '' }, ...[...folders].map((name) => ({ name })), ...files];
  return all.map((entry) => ({ ...entry, name: `./${entry.name}` })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function md5(content: string | Uint8Array): string {
  return createHash('md5').update(content).digest('hex');
}
