// What the wire needs, in a browser.
export { fromBase64, toBase64 } from './base64.ts';
export { sha256, sha256Word } from './crypto/hashes.ts';
export { randomBytes } from './random.ts';
export { pause } from './time.ts';
