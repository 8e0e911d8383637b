import { type DropOptions, dropAt } from '../core/drop/drop.ts';
import type { Draft } from '../core/letter/body.ts';
import { register, type SentSoFar, send, type Uploaded, type UploadProgress, upload } from '../core/send/send.ts';
import type { Contact } from '../wire/contact.ts';
import { formatSealedId, readSealedId } from '../wire/sealed-id.ts';
import { VisitFault } from './fault.ts';
import { untimely } from './people.ts';
import { type Watching, watchRequests } from './waits.ts';

/** What is told of a letter on its way, and what ends it. */
export interface OnTheWay extends Watching {
  readonly progress?: (progress: UploadProgress) => void;
  readonly signal?: AbortSignal;
  /** @default - the platform's, and the protocol's */
  readonly way?: Pick<DropOptions, 'transport' | 'patience'>;
}

/** A letter that is sent. It can be gone on with after an interruption, as long as the page is open. */
export interface Sending {
  /** Whether it says from whom it is, and so can be answered. */
  readonly isAnswerable: boolean;
  /** Sends what is not sent yet. @throws as `send` and `upload` do; VisitFault when the contact is over before all is there */
  go(watching?: OnTheWay): Promise<void>;
  /** The sealed id of a letter all of whose cells are there, another one each time; undefined before. */
  sealedId(): string | undefined;
  /** How many cells are there. */
  cellsDone(): number;
}

/**
 * Begins a letter, of which nothing is sent before `go`.
 *
 * @param toRegister - whether it is registered when it is uploaded
 */
export function sending(contact: Contact, draft: Draft, toRegister: boolean): Sending {
  let soFar: SentSoFar | undefined;
  let uploaded: Uploaded | undefined;
  const keep = async (now: SentSoFar) => {
    soFar = now;
  };
  return {
    isAnswerable: draft.from !== undefined,
    async go({ progress, signal, way, ...watching } = {}) {
      // What is there already is read by keys that outlive the contact: only its registration is left.
      const fault = uploaded ? undefined : untimely(contact, Date.now() / 1000);
      if (fault) throw new VisitFault(fault);
      const drop = dropAt(contact.drop, { ...way, signal, ...watchRequests(watching) });
      const options = { ...(progress && { progress }), resume: soFar, keep };
      const told = (letter: Uploaded) => {
        uploaded = letter;
      };
      if (toRegister) await send(drop, contact, draft, { ...options, uploaded: told });
      else told(await upload(drop, contact, draft, options));
    },
    sealedId: () => uploaded && formatSealedId(uploaded.seal()),
    cellsDone: () => soFar?.cells.filter((cell) => cell !== undefined).length ?? 0,
  };
}

/**
 * Registers a letter that was uploaded before, by its sealed id as it was copied.
 *
 * @throws VisitFault when it is none; as `register` does
 */
export async function registerLater(
  { drop: url }: Contact,
  typed: string,
  { signal, way, ...watching }: Omit<OnTheWay, 'progress'> = {},
): Promise<void> {
  const sealed = sealedIdOf(typed);
  await register(dropAt(url, { ...way, signal, ...watchRequests(watching) }), sealed);
}

/** Reads a sealed id as it was copied. @throws VisitFault when it is none */
export function sealedIdOf(typed: string): Uint8Array {
  try {
    return readSealedId(typed);
  } catch {
    throw new VisitFault({ kind: 'sealedId' });
  }
}
