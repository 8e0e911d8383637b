import type { OwnSecret } from '../../core/keys/own-secrets.ts';
import type { Catalog } from '../languages/en.ts';

const SENTENCES: Readonly<Record<OwnSecret, keyof Catalog['secrets']>> = {
  words: 'words',
  identity: 'key',
  'signing key': 'key',
  invitation: 'invitation',
  'unsent letter': 'unsent',
  'unsent upload': 'unsent',
  'unsent answer': 'unsent',
  'unsent invitation': 'unsent',
};

/** Says what a text or a file holds that is its owner's to keep. */
export function secretWords({ secrets }: Catalog, secret: OwnSecret): string {
  return `${secrets[SENTENCES[secret]]} ${secrets.takeOut}`;
}
