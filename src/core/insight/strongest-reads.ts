/** Which reads of all layers are listed, and which heads are named in one: of a pass, or of the difference of two. */

/** Part of Σ |share| of all reads that is listed, labelled or not. */
export const STORY_REACH = 0.95;

/** Reads that are listed at the most, and that are labelled at the most. */
const MOST = { listed: 300, labelled: 60 } as const;

/** A head is named in a read where its share is at least this part of the strongest one's. */
const HEAD_MATTERS = 0.1;

interface Shared {
  readonly share: number;
}

/** The heads of a read that matter, strongest first; what all heads come to, and the others. @param all at least one */
export function named<Head extends Shared>(
  all: readonly Head[],
): { readonly share: number; readonly heads: readonly Head[]; readonly otherHeads: number } {
  const ranked = bySize(all);
  const least = HEAD_MATTERS * Math.abs(ranked[0].share);
  const heads = ranked.filter(({ share }, i) => i === 0 || Math.abs(share) >= least);
  const sum = (of: readonly Head[]): number => of.reduce((total, { share }) => total + share, 0);
  return { share: sum(ranked), heads, otherHeads: sum(ranked.slice(heads.length)) };
}

/**
 * The reads that together reach `STORY_REACH`, the largest first, those of them that are labelled, and what all reads come to.
 *
 * @param sources how many tokens can be read
 * @param part of Σ |share| whose reads are labelled
 */
export function strongest<Read extends Shared & { readonly source: number }>(
  reads: readonly Read[],
  sources: number,
  part: number,
): {
  readonly listed: readonly Read[];
  readonly labelled: readonly Read[];
  readonly absolute: number;
  readonly count: number;
  readonly bySource: readonly number[];
} {
  const absolute = reads.reduce((sum, { share }) => sum + Math.abs(share), 0);
  const ranked = bySize(reads.filter(({ share }) => share !== 0));
  const listed = ranked.slice(0, Math.min(MOST.listed, reaching(ranked, STORY_REACH * absolute)));
  return {
    listed,
    labelled: listed.slice(0, Math.min(MOST.labelled, reaching(listed, part * absolute))),
    absolute,
    count: ranked.length,
    bySource: Array.from({ length: sources }, (_, j) => reads.reduce((sum, { source, share }) => (source === j ? sum + share : sum), 0)),
  };
}

/** How many of the first reads together come to a Σ |share|. */
export function reaching(ranked: readonly Shared[], wanted: number): number {
  let reached = 0;
  let count = 0;
  while (count < ranked.length && reached < wanted) reached += Math.abs(ranked[count++].share);
  return count;
}

/** The first of the last layers for all of which something holds; null where it does not hold of the last. */
export function lastRun<T extends { readonly layer: number }>(layers: readonly T[], holds: (row: T) => boolean): number | null {
  const after = layers.slice(layers.findLastIndex((row) => !holds(row)) + 1);
  return after[0]?.layer ?? null;
}

function bySize<T extends Shared>(all: readonly T[]): T[] {
  return [...all].sort((a, b) => Math.abs(b.share) - Math.abs(a.share));
}
