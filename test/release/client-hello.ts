import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Connects as a drop is connected to, and says nothing more. */
const SCRIPT = `
  const { secure } = await import(process.argv[1]);
  const { connect } = await import('node:net');
  await secure(connect(Number(process.argv[2]), '127.0.0.1'), 'drop.example').catch(() => {});`;

/** What a Node says first to a drop. @param tls - the path of tls.js in a package */
export async function clientHello(node: string, tls: string): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const child = execFile(node, ['--input-type=module', '-e', SCRIPT, tls, String(port)]);
  const [socket] = await once(server, 'connection');
  const parts: Buffer[] = [];
  for await (const part of socket) {
    parts.push(part);
    const all = Buffer.concat(parts);
    if (all.length >= 5 && all.length >= 5 + all.readUInt16BE(3)) break; // a record: its type, version and length first
  }
  child.kill();
  server.close();
  return Buffer.concat(parts);
}
