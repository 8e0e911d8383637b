import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { BUNDLED, checkPackages } from '../lib/check-packages.ts';
import { folder } from './people.ts';

const root = join(import.meta.dirname, '..');

/** Builds what would be published, and installs it beside its dependencies in a folder of somebody else's. */
function install(): string {
  execFileSync(process.execPath, [join(root, 'scripts/build.ts')], { stdio: 'pipe' });
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

test('the construct names what bundling lacks, and how to install it', () => {
  expect(() => checkPackages()).not.toThrow();
  expect(() => checkPackages(undefined, undefined, (name) => name === 'esbuild')).toThrow(
    /not installed: @aws-sdk\/client-s3, @aws-sdk\/client-sqs, @aws-sdk\/s3-request-presigner; install them with npm install/,
  );
  expect(() => checkPackages(undefined, undefined, (name) => name !== 'esbuild')).toThrow(
    /not installed: esbuild; install/,
  );
});

test('README and operating.md give one line that installs all that the construct needs', () => {
  for (const name of ['README.md', 'docs/operating.md']) {
    const [, line = ''] = /\n(npm install dead-drop .*)\n/.exec(readFileSync(join(root, name), 'utf8')) ?? [];
    expect(line.split(' ')).toEqual(expect.arrayContaining(['aws-cdk-lib', 'constructs', ...BUNDLED]));
  }
});

test('the published package has a library, a command and a construct that work, with types', () => {
  const place = install();
  const node = (...args: string[]) =>
    execFileSync(process.execPath, args, { cwd: place, encoding: 'utf8', stdio: 'pipe' });
  const packageJson = JSON.parse(readFileSync(join(place, 'node_modules/dead-drop/package.json'), 'utf8'));
  expect(packageJson).not.toHaveProperty('devDependencies');
  expect(packageJson).not.toHaveProperty('scripts');

  // What the package's documents point to is in the package.
  const documents = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.md'),
  );
  expect(documents).toEqual(expect.arrayContaining(['README.md', 'docs/operating.md', 'docs/protocol.md']));
  for (const name of documents) {
    const text = readFileSync(join(root, 'dist', name), 'utf8');
    for (const [, place] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      expect(existsSync(join(root, 'dist', dirname(name), place!)), `${name} points to ${place}`).toBe(true);
    }
  }

  const version = node('node_modules/dead-drop/bin/dead-drop.js', '--version');
  expect(version).toBe(`${packageJson.version}\ncommit unknown (package)\n`);

  // It has no app of its own to synthesize.
  const doctor = spawnSync(
    process.execPath,
    ['node_modules/dead-drop/bin/dead-drop.js', 'doctor', '-c', 'retention=7'],
    {
      cwd: place,
      encoding: 'utf8',
    },
  );
  expect({ status: doctor.status, words: doctor.stderr }).toEqual({
    status: 2,
    words: 'dead-drop: --context is for a checkout: name the template of your app with --template\n',
  });

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

  // What README shows, for whoever has no types of Node's.
  const shown = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(
    ([, code]) => code,
  );
  expect(shown).toHaveLength(2);
  const own = join(place, 'own');
  mkdirSync(own);
  for (const [index, code] of shown.entries())
    writeFileSync(join(own, `${index}.ts`), code!.replace('\n\n', '\n\ndeclare const text: string;\n'));
  const strict = { module: 'nodenext', target: 'es2024', strict: true, noEmit: true, skipLibCheck: false, types: [] };
  writeFileSync(join(own, 'tsconfig.json'), JSON.stringify({ compilerOptions: strict }));
  execFileSync(join(root, 'node_modules/.bin/tsc'), { cwd: own, stdio: 'pipe' });

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
