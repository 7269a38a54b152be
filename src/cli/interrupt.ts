/** Ctrl+C as a signal. */

/** Does `work` with a signal that fires on the first Ctrl+C; a second one ends the program as ever. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const cancel = new AbortController();
  const onInterrupt = (): void => cancel.abort();
  process.once('SIGINT', onInterrupt);
  try {
    return await work(cancel.signal);
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
}
