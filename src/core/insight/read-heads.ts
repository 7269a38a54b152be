/** Which heads a read is by. */
import type { Hop, HopHead } from './hops';
import type { StoryHead, StoryRead } from './story';

/** A head brings most of a read from this part of |share| on; otherwise the read is that of several. */
const MOST = 0.6;

/** Heads that are named in one phrase. */
const HEADS_NAMED = 3;

/** A read by heads, of one pass or of the difference of two. */
type ReadOf<Head> = Pick<StoryRead, 'share' | 'otherHeads'> & { readonly heads: readonly Head[] };

/** The heads that bring most of a read: one, or as many as it takes. */
export function headsOf<Head extends Pick<StoryHead, 'share'>>({ heads, share, otherHeads }: ReadOf<Head>): readonly Head[] {
  return leading(heads, (head) => head.share, share, otherHeads);
}

/** The heads that bring most of a hop's effect. */
export function headsOfHop({ heads, effect }: Pick<Hop, 'heads' | 'effect'>): readonly HopHead[] {
  return leading(heads, (head) => head.effect, effect, 0);
}

function leading<T>(heads: readonly T[], size: (head: T) => number, sum: number, others: number): readonly T[] {
  const absolute = heads.reduce((total, head) => total + Math.abs(size(head)), Math.abs(others));
  const same = heads.filter((head) => Math.sign(size(head)) === Math.sign(sum));
  let reached = 0;
  const named: T[] = [];
  for (const head of same) {
    if (reached >= MOST * absolute || named.length === HEADS_NAMED) break;
    reached += Math.abs(size(head));
    named.push(head);
  }
  return named.length > 0 ? named : heads.slice(0, 1);
}
