import { isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { TransportFault } from '../../core/drop/transport-fault.ts';

/**
 * What the ClientHello offers: the same from everybody, whatever Node is told to prefer. (A file that OPENSSL_CONF names
 * has the last word, and the command refuses to run under one.) The first group is X25519 with ML-KEM-768, for those who record now and have a quantum computer later.
 */
const HELLO: ConnectionOptions = {
  ALPNProtocols: ['http/1.1'],
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
  ].join(':'),
  ecdhCurve: 'X25519MLKEM768:X25519:P-256:P-384',
  sigalgs: [
    'ecdsa_secp256r1_sha256',
    'ecdsa_secp384r1_sha384',
    'rsa_pss_rsae_sha256',
    'rsa_pss_rsae_sha384',
    'rsa_pkcs1_sha256',
    'rsa_pkcs1_sha384',
  ].join(':'),
  // Said, because the environment can switch it off.
  rejectUnauthorized: true,
};

/** How long a handshake may stand still. */
const SILENCE_MILLISECONDS = 120_000;

/**
 * Puts TLS on a connection. No session is resumed or kept: it would tie two connections together.
 *
 * @throws TransportFault when the other end's certificate is not the host's, or the handshake fails
 */
export function secure(raw: Socket, host: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = handshake(raw, host);
    const fail = (error?: Error) => {
      socket.destroy();
      raw.destroy();
      if (socket.authorizationError) reject(new TransportFault(CERTIFICATE_FAULT));
      else reject(error instanceof Error ? error : new Error('the connection ended'));
    };
    socket.setTimeout(SILENCE_MILLISECONDS, fail).once('error', fail).once('close', fail);
    socket.once('secureConnect', () => {
      socket.off('timeout', fail).off('error', fail).off('close', fail);
      socket.on('error', () => socket.destroy()); // what is no TLS any more does not close it by itself
      resolve(socket);
    });
  });
}

/** @throws TransportFault, with the connection closed, where this Node's OpenSSL does not know what the hello offers */
function handshake(raw: Socket, host: string): TLSSocket {
  try {
    return connect({ ...HELLO, socket: raw, ...(isIP(host) ? { host } : { servername: host }) });
  } catch {
    raw.destroy();
    throw new TransportFault('this Node is too old for the TLS of a drop: use Node 22.20, or 24.7 or newer', {
      isFinal: true,
    });
  }
}

const CERTIFICATE_FAULT =
  "the drop's certificate is not valid: see whether this machine's clock is right; if it is, somebody on the way may want to read along, and another try takes another way";
