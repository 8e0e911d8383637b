/** What the decoy function has without work: see docs/operating.md, "Costs", for what was measured. */
const PLAIN_MEBIBYTES = 192;

/** With this much memory, a function has a whole virtual CPU. */
const WHOLE_CPU_MEBIBYTES = 1769;

/** Hashes of a proof of work that a whole virtual CPU does in a minute at least: a third of what was measured here. */
const HASHES_PER_MINUTE = 60 * 800_000;

/** With more, many decoys would end with the run that sends them, before they are registered, and letters would not. */
const DECOY_BITS_MAX = 20;

/** Proofs that a letter for nobody takes on average: for two cells, its registration, and an upload URL that is lost. */
export const PROOFS_PER_LETTER = 4;

/**
 * The memory, and with it the CPU, of the decoy function, in MiB: with a proof of work, decoys compute what clients do,
 * and should be done with it half of the time, so that none waits long for another.
 *
 * @throws Error when there is no time for all of them
 */
export function decoyMemory(decoysPerMinute: number, looseCellsPerMinute: number, workBits: number): number {
  if (workBits === 0) return PLAIN_MEBIBYTES;
  const proofs = decoysPerMinute * PROOFS_PER_LETTER + looseCellsPerMinute;
  if (proofs > 0 && workBits > DECOY_BITS_MAX) {
    throw new Error(`workBits must be at most ${DECOY_BITS_MAX} where there are decoys, received ${workBits}`);
  }
  const affordable = HASHES_PER_MINUTE / 2 / 2 ** workBits;
  if (proofs > affordable) {
    throw new Error(
      `${PROOFS_PER_LETTER} times decoysPerMinute and looseCellsPerMinute must be at most ` +
        `${Math.floor(affordable * 100) / 100} together with workBits ${workBits}: with more, there is no time for ` +
        `the decoys, received ${proofs}`,
    );
  }
  return PLAIN_MEBIBYTES + Math.ceil((proofs / affordable) * WHOLE_CPU_MEBIBYTES);
}
