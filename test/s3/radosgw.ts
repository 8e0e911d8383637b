import { execFile, spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../tor/ports.ts';
import { type Daemon, startDaemon } from './daemon.ts';

/** What whoever uses a radosgw has to know of it; it can be sent to another process. */
export interface RadosgwDescription {
  /** Its S3 over TLS, with a certificate that it vouches for itself: `https://127.0.0.1:PORT`. */
  readonly url: string;
  /** The same without TLS. */
  readonly plain: string;
  readonly users: Readonly<Record<User, UserKeys>>;
}

/** An S3 that is none of ours: Ceph's, with all its data in memory. */
export interface Radosgw extends RadosgwDescription {
  close(): Promise<void>;
}

export interface UserKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Who has keys: whom the bucket belongs to, and one user for each role that may write. */
const USERS = ['owner', 'upload-url', 'publish-ids'] as const;
export type User = (typeof USERS)[number];

/** How long radosgw's lifecycle takes for a day. */
export const DAY_SECONDS = 1;

const TRIES = 3;
/** Mostly one to two, on an idle machine. */
const START_SECONDS = 60;

const run = promisify(execFile);

/** The programs that these tests need and that are not installed, by the Debian package that has them. */
export function missingPackages(): string[] {
  const programs = {
    radosgw: 'radosgw',
    'ceph-mon': 'ceph-mon',
    'ceph-osd': 'ceph-osd',
    'ceph-common': 'radosgw-admin',
    'util-linux': 'setpriv',
    openssl: 'openssl',
  };
  const isMissing = (name: string) => spawnSync(name, ['--version']).error !== undefined;
  return Object.entries(programs).flatMap(([found, name]) => (isMissing(name) ? [found] : []));
}

/** @throws Error with the end of a log, when three tries with different ports failed */
export async function startRadosgw(): Promise<Radosgw> {
  for (let tries = 1; ; tries++) {
    try {
      return await tryToStart();
    } catch (error) {
      if (tries === TRIES) throw error;
    }
  }
}

async function tryToStart(): Promise<Radosgw> {
  // A folder for temporary files deep down would make the paths of unix sockets too long.
  const folder = mkdtempSync(join(tmpdir().length > 50 ? '/tmp' : tmpdir(), 'radosgw-'));
  const daemons: Daemon[] = [];
  const close = async () => {
    await Promise.all(daemons.map(({ stop }) => stop()));
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const start = (command: string, args: readonly string[]) => {
    const daemon = startDaemon(command, ['-f', '-c', conf, ...args], join(folder, `${command}.out`));
    daemons.push(daemon);
    return daemon;
  };
  const [conf, keyring, monmap] = [join(folder, 'ceph.conf'), join(folder, 'keyring'), join(folder, 'monmap')];
  try {
    const [monitor, tls, plain] = (await freePorts(3)) as [number, number, number];
    const [cluster, disk] = [randomUUID(), randomUUID()];
    for (const name of ['mon', 'osd', 'rgw']) mkdirSync(join(folder, name));
    await makeCertificate(folder);
    writeFileSync(conf, configuration(folder, cluster, monitor, tls, plain));
    writeFileSync(keyring, keys());

    await run('monmaptool', ['--create', '--fsid', cluster, '--addv', 'a', `[v2:127.0.0.1:${monitor}]`, monmap]);
    await run('ceph-mon', ['-c', conf, '-i', 'a', '--mkfs', '--keyring', keyring, '--monmap', monmap]);
    start('ceph-mon', ['-i', 'a']);
    // It waits for the monitor by itself, as do those that follow.
    await run('ceph', ['-c', conf, '--connect-timeout', String(START_SECONDS), 'osd', 'new', disk]);
    await run('ceph-osd', ['-c', conf, '-i', '0', '--mkfs', '--osd-uuid', disk]);
    start('ceph-osd', ['-i', '0']);
    const radosgw = start('radosgw', ['-n', 'client.admin']);
    const description = { url: `https://127.0.0.1:${tls}`, plain: `http://127.0.0.1:${plain}` };
    await radosgw.until('S3', START_SECONDS, async () => (await fetch(description.plain)).ok);
    const users = await Promise.all(USERS.map(async (name) => [name, await makeUser(conf, name)] as const));
    return { ...description, users: Object.fromEntries(users) as Record<User, UserKeys>, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A cluster of one monitor and one disk that is memory, on loopback only. */
function configuration(folder: string, cluster: string, monitor: number, tls: number, plain: number): string {
  const certificate = `ssl_certificate=${folder}/certificate.pem ssl_private_key=${folder}/key.pem`;
  return `[global]
fsid = ${cluster}
mon host = [v2:127.0.0.1:${monitor}]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
run dir = ${folder}
keyring = ${folder}/keyring
admin socket = ${folder}/$name.socket
log to file = false
log to stderr = true
err to stderr = true
mon cluster log to file = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
# Each pool that is made waits for it: with its default, a second, the start takes ten.
paxos propose interval = 0.05
[mon.a]
mon data = ${folder}/mon
[osd.0]
osd data = ${folder}/osd
osd objectstore = memstore
memstore device bytes = ${2 ** 31}
[client.admin]
rgw data = ${folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:${plain} ssl_endpoint=127.0.0.1:${tls} tcp_nodelay=1 ${certificate}
rgw lc debug interval = ${DAY_SECONDS}
`;
}

/** One key for all of it: nobody else reaches it. In Ceph's form: type 1 (AES), no time, 16 bytes. */
function keys(): string {
  const key = Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0]), randomBytes(16)]).toString('base64');
  return ['mon.', 'client.admin', 'osd.0']
    .map((name) => `[${name}]\nkey = ${key}\ncaps mon = "allow *"\ncaps osd = "allow *"\n`)
    .join('');
}

async function makeCertificate(folder: string): Promise<void> {
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-days', '2'];
  const names = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  await run('openssl', [...kind, ...names, '-keyout', join(folder, 'key.pem'), '-out', `${folder}/certificate.pem`]);
}

async function makeUser(conf: string, name: User): Promise<UserKeys> {
  const made = {
    accessKeyId: randomBytes(10).toString('hex').toUpperCase(),
    secretAccessKey: randomBytes(20).toString('hex'),
  };
  const key = ['--access-key', made.accessKeyId, '--secret-key', made.secretAccessKey];
  await run('radosgw-admin', ['-c', conf, 'user', 'create', '--uid', name, '--display-name', name, ...key]);
  return made;
}
