import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startClock } from '../local/clock.ts';
import { openDatabase } from '../local/database.ts';
import { clientsOf, startSmall } from './local-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'dead-drop-life-'));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
const newData = () => join(folder, `data-${++count}`);

/** Types the command, and waits until it is ready or has ended. */
async function start(...options: string[]) {
  const own = mkdtempSync(join(folder, 'tmp-'));
  const program = join(import.meta.dirname, '../scripts/start.ts');
  const child = spawn(process.execPath, [program, ...options], { env: { ...process.env, TMPDIR: own } });
  let [out, err] = ['', ''];
  child.stdout.on('data', (part) => {
    out += part;
  });
  child.stderr.on('data', (part) => {
    err += part;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const ready = new Promise((resolve) => child.stdout.on('data', () => out.includes('\n') && resolve(true)));
  await Promise.race([ended, ready]);
  return { child, ended, own, out: () => out, err: () => err, url: /http:\S+/.exec(out)?.[0] ?? '' };
}

interface Uploading {
  readonly id: string;
  readonly url: string;
  readonly headers: Record<string, string>;
}

async function leave(url: string): Promise<string> {
  const { id, url: target, headers } = (await (await fetch(`${url}/upload-url`)).json()) as Uploading;
  const answer = await fetch(target, { method: 'PUT', body: Buffer.alloc(2 ** 20, 7), headers });
  expect(answer.status).toBe(200);
  return id;
}

const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.on('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return String(port);
};

/** npm leaves a cache of its own there. */
const leftIn = (own: string) => readdirSync(own).filter((name) => name.startsWith('dead-drop'));

const isGone = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

test('start prints one line, keeps what was acknowledged over kill -9, and ends cleanly', async () => {
  const [data, port, other] = [newData(), await freePort(), await freePort()];
  const first = await start('--port', port, '--data', data);
  expect([first.out(), first.err()]).toEqual([`drop ready at http://127.0.0.1:${port}\n`, '']);
  const id = await leave(first.url);
  const registered = await fetch(`${first.url}/register-id`, { method: 'PUT', body: Buffer.alloc(80) });
  expect(registered.status).toBe(204);

  const locked = await start('--port', other, '--data', data);
  expect([await locked.ended, locked.out()]).toEqual([1, '']);
  expect(locked.err()).toMatch(/^cannot use the data folder .*: another drop uses it\n$/);
  const taken = await start('--port', port);
  expect([await taken.ended, taken.err()]).toEqual([1, `cannot listen on port ${port}: it is taken\n`]);
  expect(leftIn(taken.own)).toEqual([]);

  first.child.kill('SIGKILL');
  await first.ended;
  const second = await start('--port', other, '--data', data, '--work', '1');
  expect(second.url).toBe(`http://127.0.0.1:${other}`);
  const cell = await fetch(`${second.url}/uploads/${id}`);
  expect([cell.status, (await cell.bytes()).length]).toEqual([200, 2 ** 20]);
  expect((await fetch(`${second.url}/upload-url`)).status).toBe(428); // without a proof of work
  expect(isGone(second.child)).toBe(false);
  second.child.kill('SIGINT');
  expect([await second.ended, second.err()]).toEqual([0, '']);
  expect(leftIn(second.own)).toEqual([]);
});

test('start refuses wrong numbers with status 2 and a line that says what is accepted', async () => {
  for (const options of [
    ['--port', '0'],
    ['--port', '70000'],
    ['--port', '1x'],
    ['--speed', '0.5'],
    ['--work', '25'],
    ['--no'],
    ['x'],
  ]) {
    const refused = await start(...options);
    expect([options, await refused.ended, refused.out()]).toEqual([options, 2, '']);
    expect(refused.err()).toMatch(/^error: [^\n]+\n\s*Usage: start /);
  }
});

test('a data folder that cannot be is refused with a reason', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, 'text');
  const damaged = newData();
  openDatabase(damaged).sql.close();
  writeFileSync(join(damaged, 'drop.sqlite'), 'x'.repeat(5000));
  expect(() => openDatabase(file)).toThrow('cannot be opened');
  expect(() => openDatabase(join(folder, 'no', 'where'))).toThrow('does not exist');
  expect(() => openDatabase('/proc/drop')).toThrow('cannot use the data folder');
  expect(() => openDatabase(damaged)).toThrow('not one');
});

test('a data folder stays with the stack that made it', async () => {
  const data = newData();
  await (await startSmall({ data })).close();
  const renamed = startSmall({ data }, ({ Resources }) => {
    Resources.Queue.Properties.QueueName = 'other';
  });
  await expect(renamed).rejects.toThrow('belongs to another stack');
  await (await startSmall({ data })).close();
});

test('without a data folder nothing is left', async () => {
  const before = readdirSync(tmpdir());
  const drop = await startSmall();
  await clientsOf(drop);
  await drop.close();
  expect(readdirSync(tmpdir()).filter((name) => !before.includes(name) && name.includes('sqlite'))).toEqual([]);
  expect(existsSync('drop.sqlite')).toBe(false);
});

test('a fast clock never goes back, not over a restart nor over one that it did not see coming', () => {
  const data = newData();
  let last = 0;
  for (let restart = 0; restart < 4; restart += 1) {
    const database = openDatabase(data);
    const clock = startClock(database, 100_000);
    for (let i = 0; i < 50_000; i += 1) {
      const now = clock.now();
      expect(now >= last).toBe(true);
      last = now;
    }
    database.sql.close(); // nothing more is written than a killed process would have
  }
  expect(last).toBeGreaterThan(Date.now() + 60_000);
});

test('killed functions come back with the next invocation', async () => {
  const drop = await startSmall();
  const sleeping = drop.invoke('sleeper', { milliseconds: 500 });
  await new Promise((resolve) => setTimeout(resolve, 300));
  drop.kill('sleeper');
  await expect(sleeping).rejects.toThrow('the process ended');
  expect(await drop.invoke('sleeper', { milliseconds: 1 })).toBe('slept');
  await expect(drop.invoke('nobody', {})).rejects.toThrow('only probe, sleeper, echo');
  await drop.close();
});

test('schedules fire at the times of the drop, with the scheduled time in their event', async () => {
  const code = `
    export const [probe, sleep] = [() => {}, () => {}];
    export const echo = ({ time }) => void process.stdout.write(time + ' ');`;
  const times: string[] = [];
  const fromRole = { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: { 'Fn::GetAtt': ['Echo', 'Arn'] } };
  const drop = await startSmall(
    { speed: 600, log: (line) => times.push(line) },
    ({ Resources: r }) => {
      const [service] = r.Role.Properties.AssumeRolePolicyDocument.Statement;
      service.Principal.Service = ['lambda.amazonaws.com', 'scheduler.amazonaws.com'];
      r.Role.Properties.Policies[0].PolicyDocument.Statement.push(fromRole);
      r.Tick = {
        Type: 'AWS::Scheduler::Schedule',
        Properties: {
          ScheduleExpression: 'cron(0/5 * * * ? *)',
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: {
            Arn: { 'Fn::GetAtt': ['Echo', 'Arn'] },
            RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
            Input: '{"time":"<aws.scheduler.scheduled-time>"}',
          },
        },
      };
    },
    code,
  );
  // In order, though a function that has to start first may print after the next one.
  const slots = () => (times.join('').match(/\d{4}-\S+Z/g) ?? []).map((slot) => Date.parse(slot)).sort((a, b) => a - b);
  const firstThree = () => slots().slice(0, 3);
  const inTurn = () => [0, 1, 2].map((nth) => slots()[0]! + nth * 300_000);
  await expect.poll(() => String(firstThree()) === String(inTurn()), { timeout: 20_000 }).toBe(true);
  await drop.close();
  for (const slot of slots()) expect(slot % 300_000).toBe(0);
  expect(new Set(slots()).size).toBe(slots().length);
});
