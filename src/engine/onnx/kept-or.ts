/** Where promises are kept by a key: a `Map`, or a cache. */
interface Kept<V> {
  get(key: string): Promise<V> | undefined;
  set(key: string, value: Promise<V>): unknown;
  delete(key: string): unknown;
}

/** What is kept under a key, or what is computed, and kept from now on. A failure is not kept, so that the next call tries again. */
export function keptOr<V>(kept: Kept<V>, key: string, compute: () => Promise<V>): Promise<V> {
  const known = kept.get(key);
  if (known !== undefined) return known;
  const computed = compute();
  kept.set(key, computed);
  computed.catch(() => kept.delete(key));
  return computed;
}
