import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { type Front, proxySocket } from '../gateway/front.ts';
import { writeFront } from '../gateway/write.ts';

/** Runs nginx as a front would, in front of an origin of ours, until the test ends. @returns the path of its socket */
export async function proxyTo(
  drop: string,
  uploads: string,
  more: Partial<Front> = {},
  atEnd: (close: () => Promise<void>) => void = onTestFinished,
): Promise<{ socket: string; run: string; config: string }> {
  const [config, run] = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'dead-drop-front-'))) as [string, string];
  const places = { config, run, state: join(config, 'state') };
  await writeFront(config, { drop, uploads, places, ...more });
  writeFileSync(join(run, 'resolver.conf'), 'resolver 127.0.0.1;\n');
  for (const place of [config, run]) chmodSync(place, 0o755); // nginx's workers have a user of their own
  const nginx = spawn('nginx', ['-e', 'stderr', '-c', join(config, 'nginx.conf')], {
    env: { PATH: `${process.env.PATH}:/usr/sbin` },
    stdio: 'inherit',
  });
  atEnd(async () => {
    nginx.kill('SIGTERM');
    await new Promise((resolve) => nginx.once('exit', resolve));
    for (const place of [config, run]) rmSync(place, { recursive: true, force: true });
  });
  const socket = proxySocket(places);
  await vi.waitUntil(() => existsSync(socket), { timeout: 10_000 });
  return { socket, run, config };
}
