import { createHash } from 'node:crypto';
import type { Frame } from 'puppeteer-core';

/** What the probe's script is asked to fetch. */
export interface Question {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** How many bytes of a body it makes. */
  readonly bytes?: number;
}

/** What its fetch came to, as it can tell. */
export type Reply =
  | { readonly status: number; readonly bytes: number; readonly text: string; readonly headers: Record<string, string> }
  | { readonly error: string };

/** What its script finds where it runs. */
export interface Surroundings {
  readonly origin: string;
  readonly isSecure: boolean;
  readonly referrer: string;
  readonly hasWebAssembly: boolean;
  /** What the platform calls each attempt to keep something: names of errors. */
  readonly kept: Record<string, string>;
}

export const NOTICE = 'This page needs scripts.';

const SCRIPT = `
globalThis.ask = async ({ method, url, headers, bytes }) => {
  try {
    const answer = await fetch(url, {
      method,
      headers: bytes === undefined ? headers : { 'content-type': 'text/plain', ...headers },
      ...(bytes === undefined ? {} : { body: new Uint8Array(bytes).fill(7) }),
      credentials: 'omit', referrerPolicy: 'no-referrer', redirect: 'error', cache: 'no-store',
    });
    const body = await answer.arrayBuffer();
    return {
      status: answer.status,
      bytes: body.byteLength,
      text: new TextDecoder().decode(body.slice(0, 4000)),
      headers: Object.fromEntries(answer.headers),
    };
  } catch (error) {
    return { error: error.name };
  }
};
const attempt = (keep) => {
  try {
    keep();
    return 'kept';
  } catch (error) {
    return error.name;
  }
};
globalThis.lookAround = () => ({
  origin: String(self.origin),
  isSecure: isSecureContext,
  referrer: document.referrer,
  hasWebAssembly: 'WebAssembly' in self,
  kept: {
    localStorage: attempt(() => localStorage.setItem('a', 'b')),
    sessionStorage: attempt(() => sessionStorage.setItem('a', 'b')),
    cookie: attempt(() => { document.cookie = 'a=b'; }),
    indexedDB: attempt(() => { indexedDB.open('a'); }),
  },
});
document.querySelector('p').textContent = 'ready';
`;

const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** A page as ours is one, whose script does what a test asks for: a frame without an origin, under the same policy. */
export function probePage(onion: string): string {
  const policy = [
    "default-src 'none'",
    `script-src ${hash(SCRIPT)}`,
    `connect-src ${onion}`,
    "img-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const inner = `<!doctype html><meta charset="utf-8"><p></p><script>${SCRIPT}</script>`;
  const quoted = inner.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Probe</title>
<noscript>${NOTICE}</noscript>
<iframe sandbox="allow-scripts allow-downloads" srcdoc="${quoted}"></iframe>
`;
}

export const ask = (frame: Frame, question: Question) =>
  frame.evaluate(`ask(${JSON.stringify(question)})`) as Promise<Reply>;

export const lookAround = (frame: Frame) => frame.evaluate('lookAround()') as Promise<Surroundings>;
