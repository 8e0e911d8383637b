import { getAsset } from 'node:sea';
import { Script } from 'node:vm';
import { PROGRAMS } from './program.ts';

/*
 * Where an executable begins: with the command, or, when it was started by itself and both can talk, with the part that
 * it was started for.
 */

const [command, ...parts] = PROGRAMS;
const part = process.send && parts.find((name) => name === process.argv[2]);
const name = part ?? command;
new Script(getAsset(name, 'utf8'), { filename: name }).runInThisContext();
