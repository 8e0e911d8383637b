import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folder } from './people.ts';

const root = join(import.meta.dirname, '..');

/** Builds what would be published, and installs it beside its dependencies in a folder of somebody else's. */
function install(): string {
  execFileSync(process.execPath, [join(root, 'bin/build.ts')], { stdio: 'pipe' });
  const place = folder();
  const modules = join(place, 'node_modules');
  mkdirSync(modules);
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name === '.bin' || !name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  cpSync(join(root, 'dist'), join(modules, 'dead-drop'), { recursive: true });
  writeFileSync(join(place, 'package.json'), '{"type":"module"}');
  return place;
}

test('the published package has a library, a command and a construct that work, with types', () => {
  const place = install();
  const node = (...args: string[]) =>
    execFileSync(process.execPath, args, { cwd: place, encoding: 'utf8', stdio: 'pipe' });
  const packageJson = JSON.parse(readFileSync(join(place, 'node_modules/dead-drop/package.json'), 'utf8'));
  expect(packageJson).not.toHaveProperty('devDependencies');
  expect(packageJson).not.toHaveProperty('scripts');

  const version = node('node_modules/dead-drop/bin/dead-drop.js', '--version').trim();
  expect(version).toBe(packageJson.version);

  writeFileSync(
    join(place, 'library.ts'),
    `import { contactOf, formatContact, newIdentity, parseContact, send, collect } from 'dead-drop';
     const jane = newIdentity('http://127.0.0.1:1', 0, 1);
     const drop: string = parseContact(formatContact(contactOf(jane))).drop;
     console.log(drop, typeof send, typeof collect);`,
  );
  expect(node('library.ts')).toBe('http://127.0.0.1:1 function function\n');

  writeFileSync(
    join(place, 'cdk.ts'),
    `import { App, Stack } from 'aws-cdk-lib';
     import { DeadDrop } from 'dead-drop/cdk';
     const app = new App({ outdir: 'cdk.out' });
     const stack = new Stack(app, 'Mine');
     const drop: DeadDrop = new DeadDrop(stack, 'Drop', { linesPerBatch: 16 });
     console.log(typeof drop.url);
     app.synth();`,
  );
  writeFileSync(join(place, 'package-lock.json'), '{}'); // where a CDK app keeps one, its bundler looks for it
  expect(node('cdk.ts')).toContain('string\n');
  const template = JSON.parse(readFileSync(join(place, 'cdk.out/Mine.template.json'), 'utf8'));
  const types = Object.values<{ Type: string }>(template.Resources).map(({ Type }) => Type);
  expect(types.filter((type) => type === 'AWS::Lambda::Function')).toHaveLength(4);
  const bundles = readdirSync(join(place, 'cdk.out'), { recursive: true, encoding: 'utf8' });
  expect(bundles.filter((name) => name.endsWith('index.mjs'))).toHaveLength(4);

  const options = {
    module: 'nodenext',
    target: 'es2024',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
  };
  writeFileSync(join(place, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['*.ts'] }));
  execFileSync(join(root, 'node_modules/.bin/tsc'), { cwd: place, stdio: 'pipe' });
});
