/** Scales of the views beside the flow graph: from a number to a place on a palette, and what a legend says about it. */
import * as l10n from '@vscode/l10n';
import type { FlowGraph } from '#core/format/flow-graph';
import type { EffectsSummary } from '#core/format/effects';
import { shareOfInWords } from '#core/present/describe';
import { effectOfInWords } from '#core/present/effect-words';
import { showToken } from '#core/text/token-text';
import type { Rgb } from './colour';
import { sample, type Palette } from './palettes';
import { rankAxis, signedPlace, signedTicks, type Scale } from './scales';
import { formatProbability } from '../format/number';

export interface Axis extends Pick<Scale, 'title' | 'diverging' | 'ticks'> {
  /** Place on the palette, 0…1; on a diverging axis 0.5 is zero. */
  place(value: number): number;
}

/** Colour of a value. */
export function colourOf(value: number, axis: Axis, palette: Palette): Rgb {
  return sample(axis.diverging ? palette.diverging : palette.sequential, axis.place(value));
}

/** Ranks of the target, tenfold steps evenly spaced. */
export function targetRankAxis({ model, target }: Pick<FlowGraph, 'model' | 'target'>): Axis {
  return { title: l10n.t`Rank of ${showToken(target)}`, diverging: false, ...rankAxis(model.vocabSize) };
}

/** Probabilities; the square root tells small ones apart. */
export const PROBABILITY_AXIS: Axis = {
  title: l10n.t('Probability of the token, square-root'),
  diverging: false,
  place: Math.sqrt,
  ticks: [0, 0.01, 0.1, 0.25, 0.5, 1].map((probability) => ({ at: Math.sqrt(probability), label: formatProbability(probability) })),
};

/** Shares of what is measured of the target, or effects on it (with what they are against), up to `most` on both sides; the square root tells small ones apart. */
export function signedAxis(target: FlowGraph['target'], most: number, of: 'share' | EffectsSummary): Axis {
  return {
    title: l10n.t`${of === 'share' ? shareOfInWords({ target }) : effectOfInWords({ target, effects: of })}, square-root`,
    diverging: true,
    place: (share) => signedPlace(share, most),
    ticks: signedTicks(most),
  };
}
