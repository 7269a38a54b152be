/** What the two sides of a comparison are called. A what-if is before and after; anything else is A and B. */
import type { Comparison, Side } from '../format/comparison';

/** A side by itself, and said of what is there: "A", "in A". */
export interface SideWords {
  readonly name: string;
  readonly there: string;
}

const PROMPTS: Readonly<Record<Side, SideWords>> = { left: { name: 'A', there: 'in A' }, right: { name: 'B', there: 'in B' } };
const BEFORE: SideWords = { name: 'Before', there: 'before' };
const AFTER: SideWords = { name: 'After', there: 'after' };

/**
 * Whether a comparison shows what an intervention does: one prompt at one position, asked for one target, in a pass that was
 * changed beside one that was not.
 */
export function isWhatIf(comparison: Pick<Comparison, Side>): boolean {
  const { left, right } = comparison;
  return (
    left.prompt === right.prompt &&
    left.position === right.position &&
    left.target.id === right.target.id &&
    left.target.against?.id === right.target.against?.id &&
    isChanged(comparison, 'left') !== isChanged(comparison, 'right')
  );
}

/** The words for both sides; without a comparison those of any two prompts. */
export function sideWords(comparison: Pick<Comparison, Side> | null): Readonly<Record<Side, SideWords>> {
  if (comparison === null || !isWhatIf(comparison)) return PROMPTS;
  return isChanged(comparison, 'left') ? { left: AFTER, right: BEFORE } : { left: BEFORE, right: AFTER };
}

function isChanged(comparison: Pick<Comparison, Side>, side: Side): boolean {
  return (comparison[side].interventions?.length ?? 0) > 0;
}
