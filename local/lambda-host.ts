/**
 * What runs in a Lambda's own process: loads the bundle's handler, and takes one invocation after another from the
 * parent, with its X-Ray header in the environment, as Lambda's runtime for Node does. It knows nothing else of the local
 * drop, and has nothing but what AWS would give: see functions.ts.
 */
import { pathToFileURL } from 'node:url';

const [file, name] = process.argv.slice(2) as [string, string];
const send = (message: object) => process.send?.(message);

// Without its parent nobody waits for it.
process.on('disconnect', () => process.exit());
try {
  const bundle = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  const handler = bundle[name];
  if (typeof handler !== 'function') throw new Error(`the bundle has no ${name}`);
  process.on('message', async ({ event, context, trace }: { event: unknown; context: object; trace: string }) => {
    process.env._X_AMZN_TRACE_ID = trace;
    try {
      send({ result: (await handler(event, context)) ?? null });
    } catch (error) {
      send({ error: String((error as Error)?.message ?? error) });
    }
  });
  send({ ready: true });
} catch (error) {
  send({ broken: String((error as Error)?.message ?? error) });
}
