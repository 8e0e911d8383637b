import { randomInt } from 'node:crypto';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { poisson } from './poisson.ts';
import { sealDecoy } from './seal-decoy.ts';

/**
 * A run lasts between these, whether it sends or not: an account reader sees each run's duration. The random part
 * is drawn without regard to what is sent, and drowns the milliseconds that sending may add.
 */
const RUN_MILLISECONDS = { least: 3000, most: 4000 };

/** Decoys leave within the first part of a run, so that the slowest answer still falls into it. */
const SENDING_MILLISECONDS = 1000;

/** Each minute: registers a Poisson number of decoys, the way anybody registers an id. */
export async function handler(): Promise<void> {
  const run = sleep(randomInt(RUN_MILLISECONDS.least, RUN_MILLISECONDS.most));
  // Answers are not awaited: a slow drop must not make a run longer.
  for (let left = poisson(Number(process.env.DECOYS_PER_MINUTE), uniform); left > 0; left -= 1) {
    const sealed = sealDecoy();
    setTimeout(() => register(sealed), randomInt(SENDING_MILLISECONDS));
  }
  await run;
}

/** Puts a sealed id to the public endpoint, with the client's headers in its order. Whatever comes back is ignored. */
function register(sealed: Uint8Array): void {
  const url = new URL(`${process.env.DROP_URL}/register-id`);
  const request = url.protocol === 'http:' ? requestHttp : requestHttps;
  const [host, type] = [url.host, 'application/octet-stream'];
  const headers = { host, connection: 'close', 'content-type': type, 'content-length': sealed.length };
  const signal = AbortSignal.timeout(RUN_MILLISECONDS.least - SENDING_MILLISECONDS);
  request(url, { method: 'PUT', headers, agent: false, signal }, (answer) => answer.resume())
    .on('error', () => {}) // nobody is there to tell; the next minute brings others
    .end(sealed);
}

const uniform = () => randomInt(2 ** 47) / 2 ** 47;
