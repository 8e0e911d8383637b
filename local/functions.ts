import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from './gateway.ts';
import type { Lambda } from './stack.ts';

/** How an invocation ended. */
export type Outcome =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed' | 'timeout'; readonly message: string }
  | { readonly kind: 'throttled' };

export interface Functions {
  /** Invokes a function and waits for it. */
  invoke(lambda: Lambda, event: unknown): Promise<Outcome>;
  /** Hands over an event: throttled ones wait, failed ones come again, as the template says and not beyond its age. */
  enqueue(lambda: Lambda, event: unknown): Promise<void>;
  /** Kills the processes of a function; its next invocation starts another. */
  kill(lambda: Lambda): void;
  close(): void;
}

interface Host {
  readonly child: ChildProcess;
  readonly ready: Promise<string | undefined>;
  idle: boolean;
}

/** Seconds between attempts at a failed event: Lambda waits one minute, then two. */
const RETRY_SECONDS = [60, 120];

/** Seconds between attempts at a throttled event: from one, doubled, to five minutes. */
const [THROTTLED_SECONDS, THROTTLED_MAX_SECONDS] = [1, 300];

/**
 * Runs a stack's functions, each in processes of its own: one for each invocation at a time, up to the function's
 * concurrency. They get no environment but what Lambda sets and the template, and where this machine's S3 and SQS are.
 * They live in real time, however fast the drop's clock runs.
 *
 * @param storageOf - where a function finds S3 and SQS
 * @param log - receives what they print; a Lambda of this project is supposed to print nothing
 */
export function startFunctions(
  open: (lambda: Lambda) => Session,
  region: string,
  storageOf: (lambda: Lambda) => string,
  log: (line: string) => void = () => {},
): Functions {
  const hosts = new Map<Lambda, Set<Host>>();
  const closed = new AbortController();

  const start = (lambda: Lambda): Host => {
    const [module = '', name = ''] = lambda.handler.split('.');
    const file = ['mjs', 'js', 'cjs'].map((ending) => join(lambda.code, `${module}.${ending}`)).find(existsSync);
    if (file === undefined) throw new Error(`${lambda.name}: its code has no ${module}.mjs`);
    const child = fork(join(import.meta.dirname, 'lambda-host.ts'), [file, name], {
      cwd: lambda.code,
      env: environmentOf(lambda, open(lambda), region, storageOf(lambda)),
      // As Lambda starts Node: nine tenths of the memory for old objects, twice a twentieth for new ones.
      execArgv: [
        `--max-old-space-size=${Math.floor(lambda.memoryMegabytes * 0.9)}`,
        `--max-semi-space-size=${Math.floor(lambda.memoryMegabytes * 0.05)}`,
      ],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (chunk: Buffer) => log(`${lambda.name}: ${chunk}`));
    }
    const ready = new Promise<string | undefined>((resolve) => {
      child.once('message', (message: { broken?: string }) => resolve(message.broken));
      child.once('exit', () => resolve('the process ended'));
      child.once('error', (error) => resolve(error.message));
    });
    const host: Host = { child, ready, idle: true };
    const mine = hosts.get(lambda) ?? new Set();
    hosts.set(lambda, mine.add(host));
    child.once('exit', () => mine.delete(host));
    return host;
  };

  const invoke = async (lambda: Lambda, event: unknown): Promise<Outcome> => {
    const mine = [...(hosts.get(lambda) ?? [])];
    if (mine.filter(({ idle }) => !idle).length >= lambda.concurrency) return { kind: 'throttled' };
    const host = mine.find(({ idle }) => idle) ?? start(lambda);
    host.idle = false;
    const broken = await host.ready;
    const outcome = broken === undefined ? await run(host.child, lambda, event) : fail(broken);
    if (broken !== undefined || outcome.kind === 'timeout') host.child.kill('SIGKILL');
    // A killed one is gone only when its exit is known; until then it counts.
    else host.idle = true;
    return outcome;
  };

  const enqueue = async (lambda: Lambda, event: unknown): Promise<void> => {
    const end = performance.now() + lambda.eventAgeSeconds * 1000;
    const wait = async (seconds: number) => {
      await sleep(seconds * 1000, undefined, { signal: closed.signal, ref: false });
      return performance.now() <= end;
    };
    let [failures, pause] = [0, THROTTLED_SECONDS];
    for (;;) {
      const { kind } = await invoke(lambda, event);
      if (closed.signal.aborted || kind === 'done') return;
      if (kind === 'throttled') {
        if (!(await wait(pause))) return;
        pause = Math.min(pause * 2, THROTTLED_MAX_SECONDS);
      } else {
        failures += 1;
        if (failures > lambda.retries || !(await wait(RETRY_SECONDS[failures - 1]!))) return;
      }
    }
  };

  const kill = (lambda: Lambda) => {
    for (const { child } of hosts.get(lambda) ?? []) child.kill('SIGKILL');
    hosts.delete(lambda);
  };

  return {
    invoke,
    enqueue: (lambda, event) => enqueue(lambda, event).catch(() => {}), // closed while it waited
    kill,
    close() {
      closed.abort();
      for (const lambda of hosts.keys()) kill(lambda);
    },
  };
}

/** One invocation in a process that is ready. */
function run(child: ChildProcess, lambda: Lambda, event: unknown): Promise<Outcome> {
  return new Promise((resolve) => {
    const end = (outcome: Outcome) => {
      clearTimeout(timer);
      child.off('message', answer);
      child.off('exit', exit);
      resolve(outcome);
    };
    const answer = (message: { result?: unknown; error?: string }) =>
      end(message.error === undefined ? { kind: 'done', result: message.result } : fail(message.error));
    const exit = () => end(fail('the process ended'));
    const tooLong = () => end({ kind: 'timeout', message: `it took more than ${lambda.timeoutSeconds} s` });
    const timer = setTimeout(tooLong, lambda.timeoutSeconds * 1000);
    child.on('message', answer);
    child.on('exit', exit);
    if (!child.connected) return exit();
    const context = { awsRequestId: randomUUID(), functionName: lambda.functionName, invokedFunctionArn: lambda.arn };
    child.send({ event, context, trace: traceHeader() }, (error) => error && exit());
  });
}

/**
 * All that a function's process knows: what the template sets, of which a drop's has nothing; what Lambda sets; and, the
 * one thing that is not as on AWS, where S3 and SQS are, for which AWS's network stands there.
 */
function environmentOf(lambda: Lambda, keys: Session, region: string, storage: string): Record<string, string> {
  const network = { AWS_ENDPOINT_URL_S3: storage, AWS_ENDPOINT_URL_SQS: storage };
  return { ...lambda.environment, ...setByLambda(lambda, keys, region), ...network };
}

/**
 * "Defined runtime environment variables" of Lambda's developer guide, the reserved ones first; `_X_AMZN_TRACE_ID` comes
 * with each invocation. The folders of libraries are left out, which are not on this machine, and so is the address of
 * the runtime's own interface.
 */
function setByLambda(lambda: Lambda, keys: Session, region: string): Record<string, string> {
  const today = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  return {
    _HANDLER: lambda.handler,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${lambda.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: lambda.functionName,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(lambda.memoryMegabytes),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${lambda.functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `${today}/[$LATEST]${randomBytes(16).toString('hex')}`,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_SESSION_TOKEN: keys.sessionToken,
    LAMBDA_TASK_ROOT: lambda.code,
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    AWS_XRAY_DAEMON_ADDRESS: '169.254.79.129:2000',
  };
}

/** The X-Ray header of an invocation that nobody traces ("Tracing header" in X-Ray's guide). */
function traceHeader(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  const [root, parent] = [randomBytes(12).toString('hex'), randomBytes(8).toString('hex')];
  return `Root=1-${seconds}-${root};Parent=${parent};Sampled=0`;
}

const fail = (message: string): Outcome => ({ kind: 'failed', message });
