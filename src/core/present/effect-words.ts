/** Effects in words: what they are of, against what, and how they are known. */
import * as l10n from '@vscode/l10n';
import type { Effect, Reference } from '../format/effects';
import type { FlowGraph } from '../format/flow-graph';
import { assertNever } from '../problem';
import { logitInWords, measuredInWords } from './describe';

/** What effects are against where nothing else was asked for. */
export const SWITCHED_OFF: Reference = { baseline: 'zero' };

/** Prompts over which a mean is taken: "42 prompts of capitals.txt". */
export function promptsInWords(count: number, name: string | undefined): string {
  const prompts = count === 1 ? l10n.t('1 prompt') : l10n.t`${count} prompts`;
  return name === undefined ? prompts : l10n.t`${prompts} of ${name}`;
}

/** What is done to a component: "off", "as on “The capital of France”", "at its mean over 42 prompts of capitals.txt". */
export function referenceInWords({ baseline, twin = '', prompts = 0, over }: Reference): string {
  switch (baseline) {
    case 'zero':
      return l10n.t('off');
    case 'twin':
      return l10n.t`as on “${twin}”`;
    case 'mean':
      return l10n.t`at its mean over ${promptsInWords(prompts, over)}`;
    default:
      return assertNever(baseline);
  }
}

/** What an effect is called beside its figure: "Effect, estimated", "Effect against the mean, measured". */
export function effectName(how: Effect['how'] | undefined, { baseline }: Reference): string {
  const name = {
    zero: l10n.t('Effect'),
    twin: l10n.t('Effect against the twin'),
    mean: l10n.t('Effect against the mean'),
  }[baseline];
  switch (how) {
    case undefined:
      return name;
    case 'estimated':
      return l10n.t`${name}, estimated`;
    case 'measured':
      return l10n.t`${name}, measured`;
    default:
      return assertNever(how);
  }
}

/** What effects are of, as a scale's title: "Estimated effect on logit ·Tokyo", "Estimated effect on logit ·Tokyo, each component at its mean …". */
export function effectOfInWords({ target, effects }: Pick<FlowGraph, 'target' | 'effects'>): string {
  const title = l10n.t`Estimated effect on ${logitInWords({ target })}`;
  return effects === undefined || effects.baseline === 'zero' ? title : l10n.t`${title}, each component ${referenceInWords(effects)}`;
}

/** What the effects of a graph mean, in a sentence. @param how absent: they are not known yet */
export function effectMeaning({ target }: Pick<FlowGraph, 'target'>, reference: Reference, how?: Effect['how']): string {
  const fall = l10n.t`By how much the ${measuredInWords({ target })} would fall with this component ${referenceInWords(reference)} at the position under study.`;
  switch (how) {
    case undefined:
      return fall;
    case 'estimated':
      return l10n.t`${fall} Estimated from the gradient, to first order.`;
    case 'measured':
      return reference.baseline === 'zero'
        ? l10n.t`${fall} Measured: it was switched off, and everything after it recomputed. Then the target’s probability before and after.`
        : l10n.t`${fall} Measured: it was replaced, and everything after it recomputed. Then the target’s probability before and after.`;
    default:
      return assertNever(how);
  }
}
