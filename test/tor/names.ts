import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A DNS server on loopback. */
export interface Names {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  stop(): Promise<void>;
}

const HEADER_BYTES = 12;
const TYPE_A = 1;
const NOT_FOUND = 3;

/**
 * Starts a DNS server to which every name that ends in `.test` has these addresses, and no other name exists.
 *
 * @param hosts - the last bytes of addresses 127.0.0.x
 */
export async function startNames(hosts: readonly number[] = [1]): Promise<Names> {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const answer = answerTo(query, hosts);
    if (answer) socket.send(answer, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { address: `127.0.0.1:${socket.address().port}`, stop: async () => void socket.close() };
}

/** Answers a query of one question: RFC 1035, section 4. @returns undefined for what is not one */
function answerTo(query: Buffer, hosts: readonly number[]): Buffer | undefined {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let size = query[at]; size !== 0; size = query[at]) {
    if (size === undefined || size > 63) return undefined;
    labels.push(query.toString('latin1', at + 1, at + 1 + size));
    at += 1 + size;
  }
  const end = at + 1 + 2 + 2; // the root label, the type, the class
  if (query.length < end) return undefined;
  const isKnown = labels.length > 1 && labels.at(-1)!.toLowerCase() === 'test';
  const hasAddress = isKnown && query.readUInt16BE(at + 1) === TYPE_A;

  const header = Buffer.alloc(HEADER_BYTES);
  query.copy(header, 0, 0, 2); // the query's id
  header.writeUInt16BE(0x8580 | (isKnown ? 0 : NOT_FOUND), 2); // an authoritative response, recursion available
  header.writeUInt16BE(1, 4); // one question
  header.writeUInt16BE(hasAddress ? hosts.length : 0, 6); // answers
  // The name by reference to the question, type A, class IN, 60 seconds to live, four bytes of address.
  const records = hosts.flatMap((host) => [0xc0, HEADER_BYTES, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, host]);
  // Tor checks that its question comes back with the same random mix of upper and lower case.
  return Buffer.concat([header, query.subarray(HEADER_BYTES, end), Buffer.from(hasAddress ? records : [])]);
}
