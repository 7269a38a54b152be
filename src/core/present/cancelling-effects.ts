/** Effects that say less than they seem to: because they cancel, or because an estimate has the wrong sign. */
import * as l10n from '@vscode/l10n';
import { signedText } from './figures-in-words';

/** Effects cancel where their absolute sum is this many times what they come to. */
const CANCEL = 4;

/** What a pass in 32 bits does not resolve: smaller effects have no sign to speak of. */
const RESOLVED = 1e-5;

/**
 * What to know of effects that are listed together, and of parts of one whole: that those for and against nearly cancel; null: they do not.
 *
 * @param effects of components none of which is part of another
 */
export function cancellingNote(effects: Iterable<number | null>): string | null {
  const [sum, absolute] = sums(effects);
  if (absolute < RESOLVED || absolute <= CANCEL * Math.abs(sum)) return null;
  return l10n.t`Effects for and against nearly cancel: they come to ${signedText(sum)}, of ${absolute.toFixed(1)} in all. A single one says little about the whole.`;
}

/** The same of how much effects differ between two passes. @param changes right minus left */
export function cancellingChangesNote(changes: Iterable<number | null>): string | null {
  const [sum, absolute] = sums(changes);
  if (absolute < RESOLVED || absolute <= CANCEL * Math.abs(sum)) return null;
  return l10n.t`Changes of effects nearly cancel: they come to ${signedText(sum)}, of ${absolute.toFixed(1)} in all. A single one says little about the difference.`;
}

/** Whether an estimate and what was measured have different signs, where both are more than rounding. */
export function isWrongSign({ estimated, measured }: { readonly estimated: number; readonly measured: number }): boolean {
  return Math.min(Math.abs(estimated), Math.abs(measured)) >= RESOLVED && Math.sign(estimated) !== Math.sign(measured);
}

/** Σ and Σ |·|. */
function sums(values: Iterable<number | null>): readonly [sum: number, absolute: number] {
  let [sum, absolute] = [0, 0];
  for (const value of values) {
    sum += value ?? 0;
    absolute += Math.abs(value ?? 0);
  }
  return [sum, absolute];
}
