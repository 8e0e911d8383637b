import type { Finding, LookInside, Trace } from './finding.ts';
import { kindOf } from './kind.ts';
import { elements } from './xml.ts';
import { type Unzipped, unzip } from './zip.ts';

/** What names a person, by part and element: an attribute of it, or its text. */
const FIELDS: readonly (readonly [part: RegExp, element: RegExp, attribute: string | undefined, what: string])[] = [
  [/^docProps\/core\.xml$/i, /^creator$/, undefined, 'author'],
  [/^docProps\/core\.xml$/i, /^lastModifiedBy$/, undefined, 'last saved by'],
  [/^docProps\/app\.xml$/i, /^Company$/, undefined, 'company'],
  [/^docProps\/app\.xml$/i, /^Manager$/, undefined, 'manager'],
  [/^docProps\/app\.xml$/i, /^HyperlinkBase$/, undefined, 'folder of its links'],
  [/^docMetadata\/LabelInfo\.xml$/i, /^label$/, 'siteId', 'id of the organisation'],
  [/^customXml\/item\d*\.xml$/i, /^(DisplayName|AccountId)$/, undefined, 'person in a SharePoint field'],
  [/^word\/people\.xml$/i, /^person$/, 'author', 'someone who commented or changed it'],
  [/^word\/people\.xml$/i, /^presenceInfo$/, 'userId', 'account of someone who commented or changed it'],
  [/^word\/comments\w*\.xml$/i, /^comment$/, 'author', 'author of a comment'],
  [/^word\/(?!people)[^/]+\.xml$/i, /^(?!comment$)/, 'author', 'author of a tracked change'],
  [/^xl\/comments/i, /^author$/, undefined, 'author of a comment'],
  [/^xl\/persons\//i, /^person$/, 'displayName', 'author of a comment'],
  [/^xl\/persons\//i, /^person$/, 'userId', 'account of the author of a comment'],
  [/^xl\/revisions\//i, /^userInfo$/, 'name', 'someone who shared the workbook'],
  [/^xl\/revisions\//i, /^header$/, 'userName', 'author of a tracked change'],
  [/^xl\/workbook\.xml$/i, /^fileSharing$/, 'userName', 'someone who reserved the workbook'],
  [/^xl\/workbook\.xml$/i, /^absPath$/, 'url', 'folder on a machine'],
  [/^ppt\/commentAuthors\.xml$/i, /^cmAuthor$/, 'name', 'author of a comment'],
  [/^ppt\/authors\.xml$/i, /^author$/, 'name', 'author of a comment'],
  [/^ppt\/authors\.xml$/i, /^author$/, 'userId', 'account of the author of a comment'],
];

const CUSTOM = /^docProps\/custom\.xml$/i;
const LINKS = /(^|\/)_rels\/[^/]*\.rels$/i;
const PRINTER = /\/printerSettings\/[^/]+\.bin$/i;
const MEDIA = /^(word|xl|ppt|visio)\/media\//i;
const EMBEDDED = /^(word|xl|ppt|visio)\/embeddings\//i;

/** Whether a zip file, by the names of its parts, is a document of Microsoft Office (ECMA-376). */
export function isOffice(names: readonly string[]): boolean {
  return names.includes('[Content_Types].xml') && names.some((name) => /^(word|xl|ppt|visio)\//i.test(name));
}

/** Word, Excel, PowerPoint and Visio since 2007. */
export async function* office(bytes: Uint8Array, inside: LookInside): AsyncGenerator<Finding> {
  const { names, parts, tooLarge }: Unzipped = unzip(
    bytes,
    (name) =>
      FIELDS.some(([part]) => part.test(name)) ||
      [CUSTOM, LINKS, PRINTER, MEDIA, EMBEDDED].some((part) => part.test(name)),
  );
  for (const [name, part] of parts) {
    if (EMBEDDED.test(name)) yield* inside(name, part);
    else if (MEDIA.test(name)) {
      // Drawings of Windows (EMF, WMF), sound and film are common here, and mostly came with the program.
      if (kindOf(part) === 'image') yield* inside(name, part);
    } else if (PRINTER.test(name)) yield { what: 'printer', value: printerOf(part) };
    else {
      try {
        yield* inPart(name, part);
      } catch {
        yield 'damaged';
      }
    }
  }
  if (tooLarge) yield 'size';
  // Excel's binary workbook keeps comments and changes in a format of its own.
  if (names.some((name) => /^xl\/workbook\.bin$/i.test(name))) yield 'kind';
}

function* inPart(name: string, part: Uint8Array): Generator<Trace> {
  const fields = FIELDS.filter(([of]) => of.test(name));
  const [custom, links] = [CUSTOM.test(name), LINKS.test(name)];
  for (const element of elements(part)) {
    for (const [, named, attribute, what] of fields) {
      if (!named.test(element.name)) continue;
      yield { what, value: attribute === undefined ? element.text : (element.attributes.get(attribute) ?? '') };
    }
    if (custom && element.parent?.name === 'property') {
      yield { what: `field of its own: ${element.parent.attributes.get('name')}`, value: element.text };
    }
    if (links && element.name === 'Relationship') {
      const target = element.attributes.get('Target') ?? '';
      if (/^file:|^[a-z]:\\|^\\\\/i.test(target)) yield { what: 'file on a machine or in a network', value: target };
    }
  }
}

/** A DEVMODEW begins with the name of the device, in 32 characters of UTF-16. */
function printerOf(settings: Uint8Array): string {
  return new TextDecoder('utf-16le').decode(settings.subarray(0, 64)).split('\0')[0]!;
}
