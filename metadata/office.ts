import type { Finding, LookInside, MetadataItem } from './finding.ts';
import { inPackage } from './package.ts';
import type { Element } from './xml.ts';
import { namesIn } from './zip.ts';

/** Elements whose text names a person, or where they work. Names are the same in no two kinds of parts. */
const TEXTS: ReadonlyMap<string, string> = new Map([
  ['creator', 'author'],
  ['lastModifiedBy', 'last saved by'],
  ['Company', 'company'],
  ['CompanyAddress', 'company'],
  ['CompanyEmail', 'company'],
  ['CompanyFax', 'company'],
  ['CompanyPhone', 'company'],
  ['Manager', 'manager'],
  ['HyperlinkBase', 'folder of its links'],
  ['DisplayName', 'person in a SharePoint field'],
  ['AccountId', 'person in a SharePoint field'],
  ['author', 'author of a comment'],
]);

/** Attributes that name a person, a machine or a place: in any element, or in those that are listed. */
const ATTRIBUTES: ReadonlyMap<string, { readonly any?: string; readonly of: ReadonlyMap<string, string> }> = new Map([
  [
    'author',
    {
      any: 'author of a tracked change',
      of: new Map([
        ['person', 'someone who commented or changed it'],
        ['comment', 'author of a comment'],
      ]),
    },
  ],
  [
    'userId',
    {
      any: 'account of someone who worked on it',
      of: new Map([
        ['presenceInfo', 'account of someone who commented or changed it'],
        ['author', 'account of the author of a comment'],
        ['person', 'account of the author of a comment'],
      ]),
    },
  ],
  [
    'userName',
    {
      any: 'someone who worked on it',
      of: new Map([
        ['header', 'author of a tracked change'],
        ['fileSharing', 'someone who reserved the workbook'],
      ]),
    },
  ],
  [
    'name',
    {
      of: new Map([
        ['cmAuthor', 'author of a comment'],
        ['author', 'author of a comment'],
        ['userInfo', 'someone who shared the workbook'],
      ]),
    },
  ],
  ['displayName', { of: new Map([['person', 'author of a comment']]) }],
  ['siteId', { of: new Map([['label', 'id of the organisation']]) }],
  ['url', { of: new Map([['absPath', 'folder on a machine']]) }],
  ['connection', { of: new Map([['dbPr', 'connection to a database']]) }],
  [
    'val',
    {
      of: new Map([
        ['rsidRoot', 'id that it shares with its original'],
        ['docId', 'id that it shares with its original'],
      ]),
    },
  ],
]);

/** Every Word document has this one, unless it was made from another. */
const USUAL_TEMPLATE = /^Normal(\.dotm?)?$/i;

/** Whether a zip file, by the names of its parts, is a document of Microsoft Office or of the same make (ECMA-376, part 2). */
export function isOffice(names: readonly string[]): boolean {
  return names.some((name) => /^\[Content_Types\]\.xml$/i.test(name));
}

/** Word, Excel, PowerPoint and Visio since 2007. */
export async function* office(bytes: Uint8Array, inside: LookInside): AsyncGenerator<Finding> {
  // Excel's binary workbook keeps its text, comments and changes in parts of a format of its own.
  const isBinary = namesIn(bytes).some((name) => /^xl\/workbook\.bin$/i.test(name));
  const others: LookInside = (name, part) => (isBinary && /\.bin$/i.test(name) ? nothing() : inside(name, part));
  yield* inPackage(bytes, others, inElement);
  if (isBinary) yield 'kind';
}

async function* nothing(): AsyncGenerator<Finding> {}

function* inElement({ name, attributes, text, parent }: Element): Generator<MetadataItem> {
  const told = TEXTS.get(name);
  if (told !== undefined) yield { what: told, value: text };
  for (const [attribute, value] of attributes) {
    const rule = ATTRIBUTES.get(attribute);
    const what = rule?.of.get(name) ?? rule?.any;
    if (what !== undefined) yield { what, value };
  }
  if (name === 'Template' && !USUAL_TEMPLATE.test(text)) yield { what: 'template', value: text };
  const field = parent?.name === 'property' ? parent.attributes.get('name') : undefined;
  if (field !== undefined) yield { what: `field of its own: ${field}`, value: text };
}
