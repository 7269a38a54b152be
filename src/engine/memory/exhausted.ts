import { Problem } from '../../core/problem';

/** How onnxruntime, the C++ library and V8 say that memory ran out: as the text of an error. */
const EXHAUSTED = /bad.?alloc|failed to allocate|allocation failed|out of memory|WebAssembly\.Memory\.grow/i;

/** Memory that ran out, as a problem that a person can act on; null for any other error. */
export function exhaustedMemory(error: unknown): Problem | null {
  const message = error instanceof Error ? error.message : String(error);
  if (!EXHAUSTED.test(message)) return null;
  return new Problem(
    'out-of-memory',
    'There is not enough memory for this.',
    'Close other programs, or choose a smaller model or a shorter prompt.',
    { cause: error },
  );
}
