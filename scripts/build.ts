#!/usr/bin/env node
import { join } from 'node:path';
import { buildPackage } from './release/package.ts';
import { script } from './script.ts';

script('build', 'Build the package that is published, in dist/.').parse();

await buildPackage(join(import.meta.dirname, '../dist'));
console.log('built into dist: publish that folder');
