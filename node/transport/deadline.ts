/** A signal that ends by itself, until it is disposed of. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * Ends with another signal, or when a time is over.
 *
 * In place of AbortSignal.any and AbortSignal.timeout, which hang on their sources by weak references: those, and so the
 * sockets and buffers of each request, outlast all collections but the rare full ones.
 */
export function deadline(milliseconds: number, signal?: AbortSignal): Deadline {
  const controller = new AbortController();
  const end = () => controller.abort(signal?.reason);
  const late = () => controller.abort(new DOMException('timeout', 'TimeoutError'));
  const timer = setTimeout(late, milliseconds).unref();
  signal?.addEventListener('abort', end);
  if (signal?.aborted) end();
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
    },
  };
}
