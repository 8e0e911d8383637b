/** Somebody whom a page writes to: a name that whoever publishes it chose, and a contact as text. */
export interface PageContact {
  readonly name: string;
  readonly contact: string;
}

/** The parts that a page is made of. They are the same for every contact. */
export interface PageParts {
  readonly style: string;
  readonly script: string;
  /** Markup of the inner document, which the script fills. */
  readonly frame: string;
  /** What is shown where no script runs, as markup. */
  readonly notice: string;
  /** Base64 of the SHA-256 of each script and style, by its text. */
  readonly digests: ReadonlyMap<string, string>;
}

/** Style of the outer document, which is nothing but the frame around the inner one. */
export const OUTER_STYLE =
  ':root{color-scheme:light dark}html,body,main,iframe{margin:0;border:0;width:100%;height:100%;display:block}noscript{display:block;max-width:40em;margin:auto;padding:1em;font:1em/1.5 sans-serif}';

/**
 * Makes a page without contacts: what all pages of one version have in common. Its script runs in a sandboxed frame, so
 * that it belongs to no site: it says `Origin: null` and no Referer, and shares no storage with anybody. Nothing is loaded:
 * the policy, which the frame inherits, lets no other script, style or address in.
 */
export function formatTemplate({ style, script, frame, notice, digests }: PageParts): string {
  const hash = (text: string) => `'sha256-${digests.get(text)!}'`;
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(OUTER_STYLE)} ${hash(style)}`,
    `${CONNECT}${NOWHERE}`,
    // A file is saved by a link to a blob, which Firefox takes for a frame that goes there.
    'frame-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ];
  const inner = [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Dead Drop</title>',
    `<style>${style}</style></head><body>${frame}`,
    `${DATA}[]</script><script>${script}</script></body></html>`,
  ].join('');
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><title>Dead Drop</title>',
    `<meta http-equiv="Content-Security-Policy" content="${policy.join('; ')}">`,
    '<meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width">',
    `<style>${OUTER_STYLE}</style></head><body><main><noscript>${notice}</noscript>`,
    `<iframe title="Dead Drop" sandbox="allow-scripts allow-downloads" srcdoc="${escaped(inner)}"></iframe></main></body></html>`,
    '',
  ].join('\n');
}

const CONNECT = 'connect-src ';
const NOWHERE = "'none'";

/** The inner document's data block begins so. */
const DATA = '<script type="application/json" id="contacts">';

/** Makes the page for some contacts out of the one for none. @param origins - of their drops: all that it may speak to */
export function formatPage(template: string, contacts: readonly PageContact[], origins: readonly string[]): string {
  const list = contacts.map(({ name, contact }) => ({ name, contact }));
  const json = JSON.stringify(list).replace(/[<>&\u2028\u2029]/g, (character) => escapeOf(character));
  const [beforeConnect, afterConnect] = cut(template, `${CONNECT}${NOWHERE}`);
  const [beforeData, afterData] = cut(afterConnect, `${escaped(DATA)}[]`);
  const connect = `${CONNECT}${[...new Set(origins)].sort().join(' ')}`;
  return [beforeConnect, connect, beforeData, escaped(`${DATA}${json}`), afterData].join('');
}

/**
 * The contacts of a page, as far as it is one.
 *
 * @throws Error when it has none to be read
 */
export function contactsOf(page: string): PageContact[] {
  const [, data = ''] = page.split(escaped(DATA));
  const [json] = data.split(escaped('</script>')) as [string];
  try {
    const list: unknown = JSON.parse(json.replaceAll('&quot;', '"').replaceAll('&amp;', '&'));
    if (!Array.isArray(list) || list.length === 0) throw new Error('no list');
    return list.map(({ name, contact }) => {
      if (typeof name !== 'string' || typeof contact !== 'string') throw new Error('no contact');
      return { name, contact };
    });
  } catch {
    throw new Error('that file is no page of ours: there are no contacts in it');
  }
}

/** As text stands in an attribute. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A text before and after the one place of another. */
function cut(text: string, what: string): [string, string] {
  const parts = text.split(what);
  if (parts.length !== 2) throw new Error('that is no page without contacts');
  return parts as [string, string];
}
