/** At most so many of a list, evenly from first to last. */
export function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  const chosen = new Set(Array.from({ length: most }, (_, i) => Math.floor((i * all.length) / most)));
  return all.filter((_, i) => chosen.has(i));
}
