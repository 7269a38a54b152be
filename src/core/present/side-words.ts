/** What the two sides of a comparison are called. A what-if is before and after; anything else is A and B. */
import * as l10n from '@vscode/l10n';
import type { Side } from '../format/comparison';
import type { FlowGraph } from '../format/flow-graph';

/** What of two passes tells what they are to each other. */
type Compared = Readonly<
  Record<Side, Pick<FlowGraph, 'prompt' | 'position' | 'target'> & { readonly interventions?: readonly unknown[] | undefined }>
>;

/** A side by itself, and said of what is there: "A", "in A". */
export interface SideWords {
  readonly name: string;
  readonly there: string;
}

const PROMPTS: Readonly<Record<Side, SideWords>> = {
  left: { name: 'A', there: l10n.t('in A') },
  right: { name: 'B', there: l10n.t('in B') },
};
const BEFORE: SideWords = { name: l10n.t('Before'), there: l10n.t('before') };
const AFTER: SideWords = { name: l10n.t('After'), there: l10n.t('after') };

/**
 * Whether a comparison shows what an intervention does: one prompt at one position, asked for one target, in a pass that was
 * changed beside one that was not.
 */
export function isWhatIf(comparison: Compared): boolean {
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
export function sideWords(comparison: Compared | null): Readonly<Record<Side, SideWords>> {
  if (comparison === null || !isWhatIf(comparison)) return PROMPTS;
  return isChanged(comparison, 'left') ? { left: AFTER, right: BEFORE } : { left: BEFORE, right: AFTER };
}

function isChanged(comparison: Compared, side: Side): boolean {
  return (comparison[side].interventions?.length ?? 0) > 0;
}
