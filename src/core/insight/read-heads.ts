/** Which heads a read is by. */
import type { StoryHead, StoryRead } from './story';

/** A head brings most of a read from this part of |share| on; otherwise the read is that of several. */
const MOST = 0.6;

/** Heads that are named in one phrase. */
const HEADS_NAMED = 3;

/** The heads that bring most of a read: one, or as many as it takes. */
export function headsOf({ heads, share, otherHeads }: Pick<StoryRead, 'heads' | 'share' | 'otherHeads'>): readonly StoryHead[] {
  const absolute = heads.reduce((sum, head) => sum + Math.abs(head.share), Math.abs(otherHeads));
  const same = heads.filter((head) => Math.sign(head.share) === Math.sign(share));
  let reached = 0;
  const named: StoryHead[] = [];
  for (const head of same) {
    if (reached >= MOST * absolute || named.length === HEADS_NAMED) break;
    reached += Math.abs(head.share);
    named.push(head);
  }
  return named.length > 0 ? named : heads.slice(0, 1);
}
