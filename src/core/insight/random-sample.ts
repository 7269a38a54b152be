/** Random choices that a seed decides. */

/** Numbers in [0, 1) from a seed (mulberry32, by Tommy Ettinger). */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` different numbers below `of`, in random order; all of them where there are no more. */
export function drawn(count: number, of: number, random: () => number): number[] {
  if (of <= count) return Array.from({ length: of }, (_, i) => i);
  const found = new Set<number>();
  while (found.size < count) found.add(Math.floor(random() * of));
  return [...found];
}
