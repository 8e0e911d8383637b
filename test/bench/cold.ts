import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { readAssembly } from '../../local/assembly.ts';
import { readStack } from '../../local/stack.ts';
import { synthesize } from '../synthesize.ts';
import { note, title, verdict, whole } from './report.ts';
import { median, runRounds } from './rounds.ts';

/** Prints how many milliseconds after the start of its process a module's handler was there, or nothing was. */
const LOAD = `
const file = process.argv[2];
if (file && typeof (await import(file)).handler !== 'function') throw new Error('no handler');
process.stdout.write(String(performance.now()));
`;

/** The four bundles as they are deployed. */
export interface Bundle {
  readonly name: string;
  readonly file: string;
}

export function readBundles(outdir: string): Bundle[] {
  const ends = { api: 'http://127.0.0.1:1', storage: 'http://127.0.0.1:1' };
  return readStack(readAssembly(outdir), ends).functions.map(({ name, code }) => {
    return { name, file: join(code, 'index.mjs') };
  });
}

/** Milliseconds from the start of a bare process to its first line, or to a bundle's handler. */
export function timeLoad(folder: string, bundle?: Bundle): number {
  const script = join(folder, 'load.mjs');
  writeFileSync(script, LOAD);
  const file = bundle ? [pathToFileURL(bundle.file).href] : [];
  const env = { AWS_REGION: 'eu-central-1' };
  return Number(execFileSync(process.execPath, [script, ...file], { env, encoding: 'utf8' }));
}

/** Writes a module that loads of Node what a bundle does, and nothing else: who bundles otherwise has no less. */
export function takeFromNode(folder: string, { name, file }: Bundle): Bundle {
  const named = readFileSync(file, 'utf8').matchAll(/\b(?:from|import|require\()\s*["']([\w:/]+)["']/g);
  const modules = [...new Set([...named].map(([, module]) => module!))].filter((module) => isBuiltin(module));
  const imports = modules.map((module) => `import ${JSON.stringify(module)};`);
  const written = join(folder, `${name}-from-node.mjs`);
  writeFileSync(written, `${imports.join('\n')}\nexport const handler = () => {};\n`);
  return { name, file: written };
}

/** Loads each Lambda's bundle in a fresh process, against the same handler with the SDK's clients whole. */
export async function benchCold(quick: boolean): Promise<void> {
  title("3. Loading each Lambda's bundle in a fresh process, from its start to the handler, less that of bare Node");
  note('The peer is the same handler as `esbuild --bundle --platform=node` leaves it: the whole clients as CommonJS,');
  note('neither minified nor shaken.');
  const outdir = await synthesize();
  const folder = mkdtempSync(join(tmpdir(), 'dead-drop-'));
  try {
    for (const bundle of readBundles(outdir)) {
      const peer = { ...bundle, file: join(folder, `${bundle.name}.mjs`) };
      await bundlePlainly(bundle.name, peer.file);
      const fromNode = takeFromNode(folder, bundle);
      const took = await runRounds(quick ? 3 : 15, {
        bare: () => timeLoad(folder),
        ours: () => timeLoad(folder, bundle),
        peer: () => timeLoad(folder, peer),
        fromNode: () => timeLoad(folder, fromNode),
      });
      const less = (figures: readonly number[]) => median(figures) - median(took.bare);
      const size = (file: string) => statSync(file).size;
      const [ours, theirs] = [size(bundle.file) / 1000, size(peer.file) / 1000];
      note(`${bundle.name}: ${whole(ours)} KB against ${whole(theirs)} KB, ${(ours / theirs).toFixed(2)} of the size`);
      const [all, node] = [less(took.ours), less(took.fromNode)].map(whole);
      note(`${bundle.name}: ${all} ms to load, of which modules of Node's own take ${node} on either side`);
      const ratio = less(took.ours) / less(took.peer);
      const usesSdk = bundle.name !== 'decoy';
      if (usesSdk) verdict(`${bundle.name}, time to load`, ratio, { atMost: 0.5 });
      else note(`${bundle.name}, time to load: ${ratio.toFixed(2)} (no aim: there is no SDK in it)`);
    }
  } finally {
    for (const each of [outdir, folder]) rmSync(each, { recursive: true });
  }
}

/** What esbuild makes of a handler when told no more than that it is for Node. */
async function bundlePlainly(name: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, `../../lambdas/${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    treeShaking: false,
    // A handler that awaits at its top level has to be a module; what it bundles is CommonJS all the same.
    format: 'esm',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
}
