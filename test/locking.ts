import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Has another process lock a file, and write something in its folder that never ends; then suspends it. */
export async function locking(path: string) {
  const files = new URL('../node/files/', import.meta.url).href;
  const code = `
    import { writeFileSync } from 'node:fs';
    import { dirname } from 'node:path';
    import { lockFile } from '${files}file-lock.ts';
    import { intoPlace } from '${files}unfinished.ts';
    setInterval(() => {}, 1000);
    const path = ${JSON.stringify(path)};
    globalThis.lock = lockFile(path, 'it');
    await intoPlace(dirname(path), 'whole', (unfinished) => {
      writeFileSync(unfinished, 'half');
      console.log(unfinished);
      return new Promise(() => {});
    });
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [said] = await once(child.stdout, 'data');
  const ended = once(child, 'exit');
  child.kill('SIGSTOP');
  return {
    unfinished: String(said).trim(),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}
