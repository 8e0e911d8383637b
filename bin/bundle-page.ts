import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LANGUAGES } from '../page/languages/languages.ts';
import { formatTemplate, OUTER_STYLE } from '../page/page-file.ts';

const root = join(import.meta.dirname, '..');

/** Browsers that it is written for: Tor Browser 15 is Firefox ESR 140. */
const TARGET = 'firefox140';

/**
 * Makes the page without contacts out of its sources: the same bytes wherever the same lockfile is installed. Its licences
 * stand at the end of the script.
 */
export async function bundlePage(): Promise<string> {
  const { transform } = await import('esbuild');
  const bundled = await bundleScript();
  // What would end the element that it stands in.
  const script = bundled.text.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
  const source = await readFile(join(root, 'page/style.css'), 'utf8');
  const style = (await transform(source, { loader: 'css', minify: true, target: TARGET, charset: 'utf8' })).code.trim();
  const frame = (await readFile(join(root, 'page/frame.html'), 'utf8')).replace(/\s*\n\s*/g, '');
  const notice = LANGUAGES.map(
    ({ code, direction, catalog }) => `<p lang="${code}" dir="${direction}">${catalog.noScript}</p>`,
  ).join('');
  const digests = new Map([style, script, OUTER_STYLE].map((text) => [text, sha256(text)]));
  return formatTemplate({ style, script, frame, notice, digests });
}

/** The script of the page, and the files that are in it. */
export async function bundleScript(): Promise<{ text: string; files: readonly string[] }> {
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['page/main.ts'],
    bundle: true,
    write: false,
    metafile: true,
    format: 'iife',
    conditions: ['page'],
    target: TARGET,
    charset: 'utf8',
    minify: true,
    legalComments: 'eof',
    external: ['stream'], // sax asks for it, and does without
    logLevel: 'silent',
  });
  return { text: outputFiles[0]!.text, files: Object.keys(metafile.inputs) };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
