/** @throws TypeError for bytes of another length: a fault of this program, which noble reports in several ways */
export function checkLength(bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new TypeError(`expected ${length} bytes, got ${bytes.length}`);
}

/**
 * What noble refuses by an Error because it is somebody else's: a box for others, a point of low order.
 *
 * @throws what is a fault of this program
 */
export function orNull<T>(act: () => T): T | null {
  try {
    return act();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw error;
    return null;
  }
}
