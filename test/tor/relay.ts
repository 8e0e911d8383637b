import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A relay, known by its keys before it runs. */
export interface Relay {
  readonly folder: string;
  readonly name: string;
  readonly orPort: number;
  readonly fingerprint: string;
}

/** A relay that is a directory authority too. */
export interface Authority extends Relay {
  readonly dirPort: number;
  /** The fingerprint of the key that signs its votes. */
  readonly v3Ident: string;
}

/** Makes a relay's keys where its tor will look for them. @throws Error when tor fails */
export async function makeRelay(folder: string, name: string, orPort: number): Promise<Relay> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const none = join(folder, 'none');
  await run('tor', [
    ...['--list-fingerprint', '--quiet', '--ignore-missing-torrc', '-f', none, '--defaults-torrc', none],
    ...['--DataDirectory', folder, '--ORPort', '1', '--Nickname', name],
  ]);
  const [, fingerprint] = readFileSync(join(folder, 'fingerprint'), 'utf8').trim().split(' ');
  return { folder, name, orPort, fingerprint: fingerprint! };
}

/** Makes an authority's keys where its tor will look for them. @throws Error when one of tor's programs fails */
export async function makeAuthority(folder: string, name: string, orPort: number, dirPort: number): Promise<Authority> {
  const keys = join(folder, 'keys');
  mkdirSync(keys, { recursive: true, mode: 0o700 });
  const certificate = join(keys, 'authority_certificate');
  const [relay] = await Promise.all([
    makeRelay(folder, name, orPort),
    run('tor-gencert', [
      ...['--create-identity-key', '-i', join(keys, 'authority_identity_key')],
      ...['-s', join(keys, 'authority_signing_key'), '-c', certificate, '--passphrase-fd', '0'],
    ]),
  ]);
  const [, v3Ident] = /^fingerprint (\w{40})$/m.exec(readFileSync(certificate, 'utf8')) ?? [];
  return { ...relay, dirPort, v3Ident: v3Ident! };
}

/** Runs a program, which may ask for the passphrase of an identity key that nobody will need again. */
function run(program: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, (error) => (error ? reject(error) : resolve()));
    child.stdin!.on('error', () => {}).end('passphrase\n');
  });
}
