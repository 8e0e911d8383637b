import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readPolicies, trusts } from './access.ts';
import { readAssembly } from './assembly.ts';
import { type Clock, startClock } from './clock.ts';
import { type Database, openDatabase } from './database.ts';
import { openFront } from './front.ts';
import { startFunctions } from './functions.ts';
import { type Intercept, openGateway } from './gateway.ts';
import { type Messages, openMessages } from './messages.ts';
import { type Objects, openObjects } from './objects.ts';
import { eventAt, startSchedules } from './schedules.ts';
import { type Lambda, readStack, type Stack } from './stack.ts';

export interface DropOptions {
  /** The folder of the synthesized app. */
  readonly outdir: string;
  /** @default - any free one */
  readonly port?: number;
  /** Where everything is kept. @default - nowhere: it ends with the process */
  readonly data?: string;
  /** How many times as fast as real time the drop's clock runs. @default 1 */
  readonly speed?: number;
  /** Whether schedules fire; without them, `invoke` is the only way. @default true */
  readonly schedules?: boolean;
  /** @default - one that runs at `speed`, and never goes back */
  readonly clock?: Clock;
  /** The origin under which clients know the storage, where something stands before it. @default - its own */
  readonly uploads?: string | undefined;
  /** Called around every call to the storage. */
  readonly intercept?: Intercept;
  /** Receives what the functions print, which is nothing. */
  readonly log?: (line: string) => void;
}

/** A stack that runs in this process, reachable from this machine only. */
export interface LocalDrop {
  /** The base URL of the HTTP API, without a slash at its end. */
  readonly url: string;
  /** The origin of S3 and SQS. */
  readonly storage: string;
  readonly clock: Clock;
  /**
   * Invokes a function by its short name, such as `publish-ids`. What its schedule or its stage would tell it need not be
   * in the event. @throws Error when it fails
   */
  invoke(name: string, event: unknown): Promise<unknown>;
  /**
   * Hands a scheduled function its event as if it were a time, in milliseconds since 1970, and does not wait for it.
   *
   * @throws Error when it has no schedule
   */
  fire(name: string, time: number): void;
  /** Kills the function's processes. */
  kill(name: string): void;
  /** What whoever reads the account's storage sees. */
  objects(prefix: string): { key: string; bytes: number }[];
  object(key: string): Buffer | undefined;
  /** How many messages are in the queue, received ones included. */
  waiting(): number;
  close(): Promise<void>;
}

/**
 * Runs a synthesized stack on this machine.
 *
 * @throws Error with one clear line when the template has what the local drop does not do, the port is taken, or the
 * data folder cannot be used
 */
export async function startDrop(options: DropOptions): Promise<LocalDrop> {
  const { outdir, port = 0, data, speed = 1, intercept, log } = options;
  const assembly = readAssembly(outdir);
  const database = openDatabase(data);
  const clock = options.clock ?? startClock(database, speed);
  const [objects, messages] = [openObjects(database, clock), openMessages(database, clock, speed)];
  const ended = new AbortController();
  const [front, storage] = [createServer(), createServer()];
  try {
    const ends = { api: await listen(front, port), storage: await listen(storage, 0) };
    const stack = readStack(assembly, ends);
    checkOwner(database, stack);
    const allows = await readPolicies(stack);
    await checkRights(stack, allows);
    const gateway = openGateway(stack, objects, messages, allows, intercept);
    // upload-url signs and sends nothing, so that it may be told of an end that only clients can reach.
    const storageOf = ({ name }: Lambda) => (name === 'upload-url' ? (options.uploads ?? ends.storage) : ends.storage);
    const functions = startFunctions(gateway.openSession, stack.region, storageOf, log);
    answerWith(storage, gateway.serve);
    answerWith(front, openFront(stack, gateway, functions));
    const find = (name: string) => {
      const lambda = stack.functions.find((each) => each.name === name);
      if (lambda !== undefined) return lambda;
      throw new Error(`there is no function ${name}, only ${stack.functions.map((each) => each.name).join(', ')}`);
    };
    sweep(stack, objects, messages, speed, ended.signal);
    if (options.schedules ?? true) {
      const fire = ({ lambda }: (typeof stack.schedules)[number], event: unknown) =>
        void functions.enqueue(lambda, event);
      startSchedules(stack.schedules, clock, speed, fire, ended.signal);
    }
    return {
      url: ends.api,
      storage: ends.storage,
      clock,
      async invoke(name, event) {
        const lambda = find(name);
        const told = toldTo(lambda, stack, clock.now());
        const outcome = await functions.invoke(lambda, { ...told, ...(event as object) });
        if (outcome.kind === 'done') return outcome.result;
        throw new Error(outcome.kind === 'throttled' ? `${name} was throttled` : `${name} failed: ${outcome.message}`);
      },
      fire(name, time) {
        const schedule = stack.schedules.find(({ lambda }) => lambda === find(name));
        if (schedule === undefined) throw new Error(`${name} has no schedule`);
        void functions.enqueue(schedule.lambda, eventAt(schedule, time));
      },
      kill: (name) => functions.kill(find(name)),
      objects: (prefix) =>
        stack.buckets.flatMap(({ name }) => {
          return objects.list(name, prefix, '', -1).map(({ key, bytes }) => ({ key, bytes }));
        }),
      object(key) {
        const found = stack.buckets.map(({ name }) => objects.get(name, key)).find((object) => object !== undefined);
        return found && Buffer.from(found.body);
      },
      waiting: () => stack.queues.reduce((sum, { name }) => sum + messages.waiting(name), 0),
      async close() {
        ended.abort();
        functions.close();
        await Promise.all([stop(front), stop(storage)]);
        database.sql.close();
      },
    };
  } catch (error) {
    ended.abort();
    await Promise.all([stop(front), stop(storage)]);
    database.sql.close();
    throw error;
  }
}

/** Loopback, whatever happens: nothing here is fit for a network. */
const HOST = '127.0.0.1';

async function listen(server: Server, port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(port, HOST, resolve);
  await promise.catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === 'EADDRINUSE' ? 'it is taken' : error.message;
    throw new Error(`cannot listen on port ${port}: ${reason}`);
  });
  return `http://${HOST}:${(server.address() as AddressInfo).port}`;
}

function answerWith(
  server: Server,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): void {
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    request.on('error', () => {}); // whoever asked has hung up
    response.on('error', () => {});
    answer(request, response).catch(() => response.destroy());
  });
}

async function stop(server: Server): Promise<void> {
  if (!server.listening) return;
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}

/** Keeps a data folder with the stack that made it: under other names its contents would be out of sight. */
function checkOwner(database: Database, { buckets, queues }: Stack): void {
  const names = [...buckets, ...queues]
    .map(({ name }) => name)
    .sort()
    .join(', ');
  const owner = database.recall('resources');
  if (owner === undefined) database.remember('resources', names);
  else if (owner !== names)
    throw new Error(`the data folder belongs to another stack, with ${owner} instead of ${names}`);
}

/** What would fail when the stack is deployed, or make a schedule fire into nothing, fails here at the start. */
async function checkRights(stack: Stack, allows: Awaited<ReturnType<typeof readPolicies>>): Promise<void> {
  for (const { name, role } of stack.functions) {
    if (!trusts(role, 'lambda.amazonaws.com', {})) throw new Error(`${name}: Lambda may not assume its role`);
  }
  for (const { arn, group, lambda, role } of stack.schedules) {
    const context = { 'aws:SourceAccount': stack.account, 'aws:SourceArn': group };
    if (!trusts(role, 'scheduler.amazonaws.com', context)) throw new Error(`${arn}: Scheduler may not assume its role`);
    const ask = { caller: { role, session: 'schedule' }, action: 'lambda:InvokeFunction', resource: lambda.arn };
    if (!(await allows({ ...ask, context: {} }))) throw new Error(`${arn}: its role may not invoke ${lambda.name}`);
  }
}

/** What a function's event has beside the request: its stage's variables, or all that its schedule says. */
function toldTo(lambda: Lambda, { routes, schedules }: Stack, now: number): object {
  const schedule = schedules.find((each) => each.lambda === lambda);
  if (schedule !== undefined) return eventAt(schedule, now) as object;
  const route = routes.find((each) => each.lambda === lambda);
  return route === undefined ? {} : { stageVariables: route.stageVariables };
}

/** Removes what has expired, about once a minute of the drop's time. */
function sweep(stack: Stack, objects: Objects, messages: Messages, speed: number, ended: AbortSignal): void {
  const timer = setInterval(
    () => {
      for (const { name, expiries } of stack.buckets) objects.expire(name, expiries);
      for (const { name, retentionSeconds } of stack.queues) messages.expire(name, retentionSeconds);
    },
    Math.max(SWEEP_MILLISECONDS.least, SWEEP_MILLISECONDS.most / speed),
  );
  ended.addEventListener('abort', () => clearInterval(timer));
}

/** Not too seldom either: a test may turn the clock. */
const SWEEP_MILLISECONDS = { least: 200, most: 1000 };
