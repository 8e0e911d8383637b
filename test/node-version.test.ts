import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkNode, NODE_NEEDED } from '../node/sodium/node-version.ts';

const textOf = (path: string) => readFileSync(join(import.meta.dirname, '..', path), 'utf8');

test.each(['22.20.0', '22.23.5', '24.7.0', '24.21.0', '25.0.0', '100.1.2'])('Node %s is new enough', (version) => {
  checkNode(version);
});

test.each(['18.20.8', '20.20.2', '22.19.9', '23.11.1', '24.0.0', '24.6.9'])(
  'Node %s is too old, which is said',
  (version) => {
    expect(() => checkNode(version)).toThrow(`this is Node ${version}, and dead-drop takes Node ${NODE_NEEDED}`);
  },
);

test('the library looks before it loads what an older Node lacks, and the command takes the same one', () => {
  const [first] = /^(im|ex)port .*$/m.exec(textOf('node/index.ts'))!;
  expect(first).toBe("import './sodium/node-version.ts';");
  // An older Node fails while it links names and modules that it does not have.
  expect(textOf('node/argon2.ts')).not.toMatch(/import \{[^}]*argon2[^}]*\} from 'node:crypto'/);
  expect(textOf('node/files/file-lock.ts')).not.toMatch(/^import \{[^}]*\} from 'node:sqlite'/m);
  expect(textOf('bin/launch.js')).toContain(`Node ${NODE_NEEDED}:`);
});
