// What the wire needs, in a browser.
export { sha256, sha256Word } from './crypto/hashes.ts';
export { randomBytes } from './random.ts';
export { pause } from './time.ts';
