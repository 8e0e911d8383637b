/** FIPS 203: numbers are residues of this. */
const Q = 3329;

/** An ML-KEM-768 ciphertext: three polynomials of 256 numbers with 10 bits each, one of 256 with 4 bits. */
const PARTS = [
  { numbers: 3 * 256, bits: 10 },
  { numbers: 256, bits: 4 },
] as const;

export const ML_KEM_CIPHERTEXT_BYTES = PARTS.reduce((sum, { numbers, bits }) => sum + (numbers * bits) / 8, 0);

/**
 * How often each number of `bits` bits comes out when a uniform residue is compressed (FIPS 203, section 4.2.1): of 3,329
 * residues three or four become each of 1,024 numbers, and 208 or 209 each of 16.
 */
export function compressed(bits: number): number[] {
  const chances = Array<number>(2 ** bits).fill(0);
  for (let residue = 0; residue < Q; residue += 1) {
    chances[Math.round((residue * 2 ** bits) / Q) % 2 ** bits]! += 1 / Q;
  }
  return chances;
}

/** What each number says for a ciphertext and against uniform bytes: the logarithm of how much more frequent it is. */
const WEIGHTS = PARTS.map(({ bits }) => compressed(bits).map((chance) => Math.log(chance * 2 ** bits)));

/** The compressed numbers of a ciphertext, in order: 768 below 1,024, then 256 below 16. */
export function numbersOf(ciphertext: Uint8Array): Uint16Array {
  const found = new Uint16Array(1024);
  let [at, bit] = [0, 0];
  for (const { numbers, bits } of PARTS) {
    for (let i = 0; i < numbers; i += 1) {
      const three = ciphertext[bit >> 3]! | ((ciphertext[(bit >> 3) + 1] ?? 0) << 8);
      found[at] = (three >> (bit & 7)) & (2 ** bits - 1);
      at += 1;
      bit += bits;
    }
  }
  return found;
}

/**
 * The logarithm of how much likelier bytes are as an ML-KEM-768 ciphertext than as uniform ones: above 0, they are
 * guessed to be one. No test of one ciphertext is right more often (Neyman and Pearson).
 */
export function likelihood(ciphertext: Uint8Array): number {
  const numbers = numbersOf(ciphertext);
  let sum = 0;
  for (let i = 0; i < numbers.length; i += 1) sum += WEIGHTS[i < PARTS[0].numbers ? 0 : 1]![numbers[i]!]!;
  return sum;
}
