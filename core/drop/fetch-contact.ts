import { type Contact, parseContact } from '../../wire/contact.ts';
import { isRevocation } from '../../wire/revocation.ts';
import { BeforeVersion1, NewerVersion } from '../../wire/version.ts';
import { readPublished } from '../keys/revocation.ts';
import { type DropOptions, transportFor } from './drop.ts';
import { withRetries } from './retry.ts';

/** A contact has 2.3 KB; more than this is something else. */
const ANSWER_MAX_BYTES = 16 * 1024;

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/**
 * Fetches a contact from the web, by the same transport as everything else and with a head that says nothing more: Tor,
 * unless the address is on this machine. Whether the contact can be trusted is for its signature and fingerprint to say.
 *
 * @param fingerprint - of the identity that it has to be, where that is known: a revocation of another one is not believed
 * @throws Revoked when its owner has revoked the identity; RefusedAddress for an address that would be read along on its way; Unreachable when no try was answered; Error
 *   when it is no address, or no contact lies there
 */
export async function fetchContact(url: string, options: DropOptions = {}, fingerprint?: Uint8Array): Promise<Contact> {
  const address = parseAddress(url);
  const { transport, patience, signal, asking } = transportFor(address, options);
  const request = { method: 'GET', url: address, headers: {}, answerMaxBytes: ANSWER_MAX_BYTES } as const;
  const { status, body } = await withRetries(transport, () => ({ ...request, signal }), patience, {
    asking,
    what: 'contact',
  });
  if (REDIRECTS.includes(status))
    throw new Error('the address of the contact leads elsewhere: give the one that it leads to');
  if (status !== 200) throw new Error(`there is no contact at that address (status ${status})`);
  try {
    if (body.length >= ANSWER_MAX_BYTES) throw new Error('cut off');
    if (!isRevocation(body)) return parseContact(body);
  } catch (error) {
    const says = error instanceof NewerVersion || error instanceof BeforeVersion1;
    throw says ? error : new Error('what lies at that address is no contact');
  }
  return readPublished(body, fingerprint);
}

/** A user and a password would be said to the server, a fragment to nobody. */
function parseAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username || url.password || url.href.includes('#')) {
    throw new Error('a contact is fetched from its address, like https://news.example/contact.txt');
  }
  return url;
}
