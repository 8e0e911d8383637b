/**
 * Gives back the memory of bytes that nobody reads any more, now: what is a MiB at a time and lies outside of the heap
 * piles up until the collector happens to come. They are empty from then on.
 */
export function release({ buffer, length }: Uint8Array): void {
  // Not a part of something larger, as Node's small Buffers are.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === length) buffer.transfer(0);
}
