import sax from 'sax';

/** An element, as it ends. Names stand without their prefix. */
export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly parent: Element | undefined;
  /** Its own text, without that of the elements within it; no more than can be of use. */
  text: string;
}

// A picture or a drawing may stand in an attribute. The part has a limit, and so has the process that reads it.
(sax as { MAX_BUFFER_LENGTH?: number }).MAX_BUFFER_LENGTH = Number.POSITIVE_INFINITY;

const CHUNK_BYTES = 64 * 1024;
const TEXT_CHARACTERS = 1000;
const DEPTH_MAX = 1000;
const MARKUP_WITHIN_BYTES = 1024;
const LESS_THAN = 0x3c;

/** The elements of a document in the order in which they end. Entities of its own are unknown: nothing is expanded. @throws Error when it is damaged */
export function* elements(bytes: Uint8Array): Generator<Element> {
  const decoder = new TextDecoder(encodingOf(bytes));
  const parser = sax.parser(true);
  let [ended, open, depth]: [Element[], Element | undefined, number] = [[], undefined, 0];
  parser.onopentag = ({ name, attributes }) => {
    if (++depth > DEPTH_MAX) throw new Error('too deep');
    const named = Object.entries(attributes).map(([key, value]) => [local(key), String(value)] as const);
    open = { name: local(name), attributes: new Map(named), parent: open, text: '' };
  };
  parser.onclosetag = () => {
    depth -= 1;
    if (open !== undefined) ended.push(open);
    open = open?.parent;
  };
  const onText = (text: string) => {
    if (open !== undefined && open.text.length < TEXT_CHARACTERS) open.text += text.slice(0, TEXT_CHARACTERS);
  };
  [parser.ontext, parser.oncdata] = [onText, onText];
  parser.onerror = (error) => {
    throw error;
  };
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    parser.write(decoder.decode(bytes.subarray(at, at + CHUNK_BYTES), { stream: true }));
    yield* ended;
    ended = [];
  }
  parser.close();
  yield* ended;
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** Whether bytes begin as markup does. */
export function isMarkup(bytes: Uint8Array): boolean {
  return /^\s*</.test(new TextDecoder(encodingOf(bytes)).decode(bytes.subarray(0, MARKUP_WITHIN_BYTES)));
}

/** By the mark of its byte order or, where it has none, by its first `<` (XML 1.0, appendix F). */
function encodingOf([first, second]: Uint8Array): string {
  if ((first === 0xff && second === 0xfe) || (first === LESS_THAN && second === 0)) return 'utf-16le';
  return (first === 0xfe && second === 0xff) || (first === 0 && second === LESS_THAN) ? 'utf-16be' : 'utf-8';
}
