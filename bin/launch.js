#!/usr/bin/env node
// Plain JavaScript, which a Node that is too old reads, too: it hands over to the Node that is installed beside us.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const program = ['dead-drop.ts', 'dead-drop.js'].map((name) => join(here, name)).find(existsSync);
const [major, minor] = process.versions.node.split('.').map(Number);
const beside = join(here, '../node_modules/node/bin/node');

// What is compiled runs on Node 22, too: see node/sodium/node-version.ts.
const isNew = major > 24 || (major === 24 && minor >= 7);
const isEnough = isNew || (major === 22 && minor >= 20 && program?.endsWith('.js'));

if (isEnough) await import(pathToFileURL(program).href);
else if (existsSync(beside)) handOver();
else {
  console.error(
    `dead-drop: this is Node ${process.versions.node}, and it takes Node 22.20, or 24.7 or newer: install that, or run npm ci in its folder`,
  );
  process.exitCode = 1;
}

/** Runs the same command with the other Node, and ends as that does. */
function handOver() {
  const args = process.argv.slice(2);
  const given = args.map((arg, i) => /^--[a-z-]+-fd(?:=(\d+))?$/.exec(arg) && (arg.split('=')[1] ?? args[i + 1]));
  const last = Math.max(2, ...given.map(Number).filter((fd) => fd <= 1023));
  const stdio = Array.from({ length: last + 1 }, (_, fd) => (fd < 3 || given.includes(String(fd)) ? fd : 'ignore'));
  const child = spawn(beside, [program, ...args], { stdio });
  // What the terminal sends reaches the child by itself; what is sent to this process alone is handed on.
  process.on('SIGINT', () => {});
  for (const name of ['SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name));
  child.on('error', () => {
    console.error('dead-drop: the Node beside it cannot be started: run npm ci in its folder');
    process.exitCode = 1;
  });
  child.on('exit', (status, signal) => {
    process.exitCode = status ?? (signal === 'SIGINT' ? 130 : 1);
  });
}
