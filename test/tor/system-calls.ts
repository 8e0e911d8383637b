import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A command to run others under, and what they then did to the network. */
export interface Watched {
  /** To be put before a command: see CommandOptions. */
  readonly under: readonly string[];
  /** Every address that a process tried to reach, bind or send to, such as `127.0.0.1:9050` or `AF_NETLINK`. */
  addresses(): Set<string>;
}

/** Watches all network system calls of a command and its children. @param folder - for the record */
export function watchSystemCalls(folder: string): Watched {
  const record = join(mkdtempSync(join(folder, 'strace-')), 'record');
  return {
    under: ['strace', '-f', '-qq', '-s', '0', '-e', 'trace=network', '-o', record],
    addresses: () => addressesIn(readFileSync(record, 'utf8')),
  };
}

/** The calls that name an address. Data goes to a connected socket with `write`, or with `sendto` and a null address. */
function addressesIn(record: string): Set<string> {
  const calls = record.split('\n').filter((line) => /\b(connect|bind|sendto|sendmsg|sendmmsg)\(/.test(line));
  return new Set(calls.flatMap(addressOf));
}

function addressOf(call: string): string[] {
  const [, family] = /sa_family=(AF_\w+)/.exec(call) ?? [];
  if (family === undefined) return /\bsend\w*\(/.test(call) && /NULL, 0\)|msg_name=NULL/.test(call) ? [] : [call];
  const [, host] = /inet_(?:addr|pton)\((?:AF_INET6, )?"([^"]+)"/.exec(call) ?? [];
  const [, port] = /htons\((\d+)\)/.exec(call) ?? [];
  const [, path] = /sun_path="([^"]+)"/.exec(call) ?? [];
  if (path !== undefined) return [`unix:${path}`];
  return [host === undefined ? family : `${host}:${port}`];
}
