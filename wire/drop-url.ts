import { utf8 } from './bytes.ts';
import { DROP_URL_MAX_BYTES } from './sizes.ts';

/**
 * What stands in the one spelling, and is the same in every version of the URL Standard: letters that are not ASCII, and
 * what some of them encode and others not, do not.
 */
const PLAIN = /^https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d+)?(?:\/[\w.~!$&'()*+,;=:@%-]+)*$/;

/**
 * The one spelling of a drop's base URL: what the URL Standard makes of it, without a slash, a dot or empty parts at the
 * end of host and path. Protocol, "Contact".
 *
 * @returns undefined when the text is no such URL in any spelling
 */
export function spellDropUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const { protocol, username, password, hostname, pathname, href } = url;
  if (!/^https?:$/.test(protocol) || username || password || /[?#]/.test(href)) return undefined;
  const host = hostname.replace(/\.+$/, '');
  const path = pathname.replace(/\/{2,}/g, '/').replace(/\/$/, '');
  if (host === '') return undefined;
  const spelled = `${protocol}//${host}${url.port && `:${url.port}`}${path}`;
  if (!PLAIN.test(spelled)) return undefined;
  // A host without its dot, as in 127.1., may be another one's spelling.
  return spelled === text ? text : host === hostname ? spelled : spellDropUrl(spelled);
}

/** @throws Error that says the right spelling, when a drop's URL is in another one, or is none, or too long */
export function checkDropUrl(text: string): void {
  const right = spellDropUrl(text);
  if (right === undefined) throw new Error('the drop is given by its URL, like https://drop.example');
  if (utf8(right).length > DROP_URL_MAX_BYTES)
    throw new Error(`the drop's URL is longer than ${DROP_URL_MAX_BYTES} bytes`);
  if (right !== text) throw new Error(`the drop's URL is spelled ${right}`);
}
