/** An element: its name, and its text or the elements within. */
export type Element = readonly [name: string, content: string | readonly Element[]];

/** Writes an XML document in the namespace of S3's answers. */
export function xml(root: string, content: readonly Element[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${content.map(element).join('')}</${root}>`;
}

/** Writes an error the way S3 does: no namespace. */
export function xmlError(code: string, message: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element([
    'Error',
    [
      ['Code', code],
      ['Message', message],
    ],
  ])}`;
}

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

function element([name, content]: Element): string {
  return `<${name}>${typeof content === 'string' ? escapeText(content) : content.map(element).join('')}</${name}>`;
}

/** Control characters are references too: bare ones would be lost to a parser, or end the document. */
function escapeText(text: string): string {
  return text.replace(/[<>&"'\p{Cc}\ufffe\uffff]/gu, (c) => `&#${c.codePointAt(0)};`);
}
