import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';

/** A certificate that is its own authority. */
export interface Certificate {
  /** PEM file of the certificate. */
  readonly file: string;
  readonly key: string;
}

/** Makes a certificate for a drop, and for the buckets of a storage. */
export function makeCertificate(folder: string): Certificate {
  const [file, key] = [join(folder, 'authority.pem'), join(folder, 'key.pem')];
  const names = 'subjectAltName=DNS:drop.test,DNS:*.uploads.test';
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-days', '2'];
  const args = [...kind, '-subj', '/CN=test', '-addext', names, '-keyout', key, '-out', file];
  execFileSync('openssl', args, { stdio: 'pipe' });
  return { file, key };
}

/** What a TLS server is told. */
export const tlsOf = ({ file, key }: Certificate) => ({ key: readFileSync(key), cert: readFileSync(file) });

/** What ends TLS for a name, and hands everything on to an origin as it is. */
export interface TlsFront {
  readonly url: string;
  /** Resolves when so many more bytes have come; the connection that brought them gets no further. */
  holdAfter(bytes: number): Promise<void>;
  close(): void;
}

/** @param to - where it leads, known by the first connection at the latest */
export async function openTlsFront(name: string, certificate: Certificate, to: () => string): Promise<TlsFront> {
  let [left, hold] = [Number.POSITIVE_INFINITY, () => {}];
  const server = createServer(tlsOf(certificate), (socket) => {
    socket.on('data', (part: Buffer) => {
      left -= part.length;
      if (left > 0) return;
      socket.unpipe().pause();
      left = Number.POSITIVE_INFINITY;
      hold();
    });
    const { hostname, port } = new URL(to());
    const onward = connect(Number(port), hostname);
    socket.on('error', () => onward.destroy()).on('close', () => onward.destroy());
    onward.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://${name}:${(server.address() as AddressInfo).port}`;
  const holdAfter = (bytes: number) =>
    new Promise<void>((resolve) => {
      [left, hold] = [bytes, resolve];
    });
  return { url, holdAfter, close: () => server.close() };
}
