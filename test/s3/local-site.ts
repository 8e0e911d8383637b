import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readPolicies } from '../../local/access.ts';
import { readAssembly } from '../../local/assembly.ts';
import { openDatabase } from '../../local/database.ts';
import { startFunctions } from '../../local/functions.ts';
import { openGateway } from '../../local/gateway.ts';
import { openMessages } from '../../local/messages.ts';
import { openObjects } from '../../local/objects.ts';
import { readStack } from '../../local/stack.ts';
import { askUploadUrl, partsOf, type Site } from './site.ts';

/** A site whose time is turned by hand. */
export interface LocalSite extends Site {
  /** Lets days pass, and what has expired go. */
  pass(days: number): void;
}

const DAY = 86_400_000;

/** The project's own S3: the gateway and the storage that the local drop is made of. */
export async function openLocalSite(outdir: string): Promise<LocalSite> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stack = readStack(readAssembly(outdir), { api: 'http://127.0.0.1:1', storage: url });
  const { bucket, functionOf, mark } = partsOf(stack);
  const database = openDatabase(undefined);
  let passed = 0;
  const clock = { now: () => Date.now() + passed };
  const objects = openObjects(database, clock);
  const gateway = openGateway(stack, objects, openMessages(database, clock, 1), await readPolicies(stack));
  server.on('request', gateway.serve);
  const functions = startFunctions(gateway.openSession, stack.region, () => url);
  return {
    url,
    bucket: bucket.name,
    region: stack.region,
    mark,
    keys: {
      'upload-url': gateway.openSession(functionOf('upload-url')),
      'publish-ids': gateway.openSession(functionOf('publish-ids')),
    },
    uploadUrl: () => askUploadUrl(functions, functionOf('upload-url'), bucket.name),
    async plant(key, body) {
      objects.put(bucket.name, key, Buffer.from(body), 'binary/octet-stream', false);
    },
    pass(days) {
      passed += days * DAY;
      objects.expire(bucket.name, bucket.expiries);
    },
    async close() {
      functions.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      database.sql.close();
    },
  };
}
