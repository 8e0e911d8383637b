import { NOTE_MAX_BYTES, type OwnSecret, secretsInFile } from '../core/keys/own-secrets.ts';

/** What a file holds that is its owner's to keep. One that cannot be read is told when it is sent. */
export function secretsInPicked(file: Blob): Promise<readonly OwnSecret[]> {
  return secretsInFile(file.size, partsOf(file)).catch(() => []);
}

async function* partsOf(file: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; at += NOTE_MAX_BYTES)
    yield new Uint8Array(await file.slice(at, at + NOTE_MAX_BYTES).arrayBuffer());
}
