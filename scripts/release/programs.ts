import { builtinModules } from 'node:module';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';

const root = join(import.meta.dirname, '../..');

/** What an executable goes without, and what stands in its place. */
const ABSENT: Readonly<Record<string, string>> = {
  // Machine code of another package: WebAssembly does the same.
  'sodium-native': 'export default undefined;',
  // What only a checkout does.
  './bundle-page.ts': 'export function bundlePage() {}',
  // The SDK is many times as large as all the rest.
  '../doctor/open-aws.ts': `export function openAws() {
    throw new Error('doctor is not in this executable, which has no AWS SDK: run it from the npm package or a checkout');
  }`,
};

/** Node's own modules are had by a call, so that nothing is imported: a script can do that anywhere in an executable. */
const ofNode: Plugin = {
  name: 'node',
  setup(build) {
    build.onResolve({ filter: /.*/ }, ({ path }) => {
      if (Object.hasOwn(ABSENT, path)) return { path, namespace: 'absent' };
      const name = path.replace(/^node:/, '');
      return name !== path || builtinModules.includes(name) ? { path: `node:${name}`, namespace: 'node' } : undefined;
    });
    build.onLoad({ filter: /.*/, namespace: 'absent' }, ({ path }) => ({ contents: ABSENT[path]! }));
    build.onLoad({ filter: /.*/, namespace: 'node' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}');`,
    }));
  },
};

/** A script with all that it imports, and the files that are in it. */
export interface Program {
  readonly text: string;
  readonly files: readonly string[];
}

/**
 * Makes one script of a program: the same text wherever the same lockfile is installed.
 *
 * @param name - its file without an ending, from the root of the repository
 */
export async function bundleProgram(name: string): Promise<Program> {
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    stdin: { contents: `import './${name}.ts';`, resolveDir: root },
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    conditions: ['executable'],
    charset: 'utf8',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'eof',
    plugins: [ofNode],
    // Below a file there is nothing, whatever stands in the folder of the executable.
    define: { 'import.meta.url': 'PLACE', 'import.meta.dirname': 'PLACE' },
    // A script may not wait at its top, a function may.
    banner: { js: "const PLACE = process.execPath + '/inside/of';(async () => {" },
    footer: { js: '})();' },
    logLevel: 'silent',
  });
  const [output] = Object.values(metafile.outputs);
  if (output!.imports.length > 0) throw new Error(`${name} would import ${output!.imports[0]!.path} from outside`);
  return { text: outputFiles[0]!.text, files: Object.keys(output!.inputs) };
}
