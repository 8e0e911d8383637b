import { latin1 } from '../../wire/bytes.ts';
import { type Budget, budgetOf, LOOKED_MAX_BYTES } from './budget.ts';
import { readPackage } from './document.ts';
import { imageReader } from './image.ts';
import { type MetadataItem, type Told, telling } from './metadata.ts';
import { readPdf } from './pdf.ts';

/** What is known of what a file tells of its author. */
export interface Looked {
  readonly metadata: readonly MetadataItem[];
  /** Whether it was looked into to its end: of others, and of kinds that are not known here, there may be anything. */
  readonly isKnown: boolean;
}

/** A PDF may begin with something else: readers look this far for its header. */
const HEADER_WITHIN_BYTES = 1024;

/** Looks into a file: pictures, office files and PDF. Far less than the command does, which has parsers for all of it. */
export async function lookInto(file: Blob, budget: Budget = budgetOf()): Promise<Looked> {
  const told = telling(budget);
  let isKnown = false;
  try {
    if (file.size <= LOOKED_MAX_BYTES) isKnown = await read(new Uint8Array(await file.arrayBuffer()), told);
  } catch {
    // damaged, gone, or too much: what was found until then counts
  }
  return { metadata: told.metadata, isKnown };
}

async function read(bytes: Uint8Array, told: Told): Promise<boolean> {
  const start = latin1(bytes.subarray(0, HEADER_WITHIN_BYTES));
  const image = imageReader(start);
  if (image) {
    await image(bytes, told);
    return true;
  }
  if (start.startsWith('PK\x03\x04')) return readPackage(bytes, told);
  if (!start.includes('%PDF-')) return false;
  await readPdf(bytes, told);
  return true;
}
