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

/**
 * A hello without what is random in each: RFC 8446, section 4.1.2. What is left is what tells one client from another.
 */
export function shapeOf(hello: Buffer): string {
  let at = 0;
  const take = (bytes: number) => {
    at += bytes;
    return hello.subarray(at - bytes, at);
  };
  const counted = (width: number) => take(take(width).readUIntBE(0, width));
  const shape = [take(5).toString('hex'), take(4).toString('hex'), take(2).toString('hex')];
  take(32); // random
  shape.push(`session of ${counted(1).length}`, counted(2).toString('hex'), counted(1).toString('hex'));
  const end = take(2).readUInt16BE() + at;
  while (at < end) {
    const type = take(2).readUInt16BE();
    const content = counted(2);
    shape.push(`${type} ${type === KEY_SHARE ? groupsOf(content) : content.toString('hex')}`);
  }
  return shape.join('\n');
}

const KEY_SHARE = 51;

/** The groups of which there are keys, and the length of each. */
function groupsOf(shares: Buffer): string {
  const groups: string[] = [];
  for (let at = 2; at < shares.length; at += 4 + shares.readUInt16BE(at + 2)) {
    groups.push(`${shares.readUInt16BE(at)} of ${shares.readUInt16BE(at + 2)}`);
  }
  return groups.join(', ');
}
