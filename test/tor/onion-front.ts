import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command, type Ended } from '../command.ts';
import { network, type Stage } from './stage.ts';

/** The gateway command, running. */
export interface Gateway {
  readonly url: string;
  readonly folder: string;
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

/**
 * Runs the gateway command before a stage's drop, until its process ends.
 *
 * @param folder - where it keeps its keys
 * @param page - a file of one, to be served
 */
export async function openGateway(stage: Stage, folder: string, page?: string): Promise<Gateway> {
  mkdirSync(folder, { recursive: true });
  const torrc = join(folder, 'private-network');
  writeFileSync(torrc, `${network!.joinLines.join('\n')}\n`);
  const where = ['--drop', stage.url, '--uploads', stage.uploads, '--authorities', stage.authorities];
  const served = page === undefined ? [] : ['--page', page];
  const how = [...served, '--resolver', network!.resolver, '--torrc', torrc, '--folder', folder];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const meanwhile = (child: ChildProcess) => {
    running = child;
    child.stdout!.once('data', (line) => resolve(String(line).trim()));
  };
  let running: ChildProcess;
  const ended = command(['gateway', '--run', ...where, ...how], { cwd: stage.folder, meanwhile });
  ended.then(({ words }) => reject(new Error(`the gateway ended: ${words}`)));
  return { url: await promise, folder, process: running!, ended };
}
