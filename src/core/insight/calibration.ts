/** How well what a picture shows of a component predicts what switching it off does. docs/method.md, "How good estimates are". */
import type { ModelInfo } from '../format/flow-graph';
import type { ShareMeasure } from '../format/share-measure';
import type { RankedKind } from './effects';
import type { SkippedPrompt } from './survey';

/** The kinds of components that are measured. Of mixtures of experts no neurons are: each token goes to other ones. */
export const CALIBRATED_KINDS = ['head', 'neuron', 'attention', 'mlp'] as const satisfies readonly RankedKind[];
/** One of them. */
export type CalibratedKind = (typeof CALIBRATED_KINDS)[number];

/**
 * Where in the prompt a component is switched off: at its last position, which is the one under study, at its first, to which many
 * models attend whatever it says, or between. A prompt of one token has a last position alone.
 */
export const PLACES = ['last', 'earlier', 'first'] as const;
export type Place = (typeof PLACES)[number];

/** A third of the model's blocks. A model of one or two blocks has fewer than three. */
export const THIRDS = ['early', 'middle', 'late'] as const;
export type Third = (typeof THIRDS)[number];

/** What predicts an effect: a share, in the measure that it is of, or the estimate from the gradient. */
export type Predictor = ShareMeasure | 'estimated';

/** The quantities whose change may be measured: the target's logit less the mean of all logits, or less that of the runner-up. */
export const CALIBRATED_QUANTITIES = ['centred', 'difference'] as const;
export type CalibratedQuantity = (typeof CALIBRATED_QUANTITIES)[number];

/** One component of one prompt, switched off. */
export interface CalibrationPoint {
  /** its name with its position, such as `blocks.3.attn.head.7@4` */
  readonly component: string;
  readonly kind: CalibratedKind;
  readonly layer: number;
  readonly place: Place;
  /** of the prompt among all that were given, from 0 */
  readonly prompt: number;
  /** by how much the quantity falls */
  readonly measured: number;
  /** what was predicted; there are shares at the last position only, and none in a model that norms its stream */
  readonly predicted: Readonly<Partial<Record<Predictor, number>>>;
}

/** Agreement of a prediction with what was measured, from −1 to 1. */
export interface Correlation {
  /** of the figures */
  readonly pearson: number;
  /** of their ranks; equal ones share the mean of theirs */
  readonly spearman: number;
}

/** Components of one kind, place and depth, over all prompts. */
export interface CalibrationRow {
  readonly kind: CalibratedKind;
  readonly place: Place;
  readonly depth: Third | 'all';
  /** first and last block */
  readonly layers: { readonly from: number; readonly to: number };
  /** how many were switched off */
  readonly measured: number;
  /**
   * By what predicts. Absent: there is no such prediction here; null: fewer than three components, or all have the same prediction or
   * the same effect, so that a correlation says nothing.
   */
  readonly correlations: Readonly<Partial<Record<Predictor, Correlation | null>>>;
}

/** The answer of the `knownCalibration` call. */
export interface KnownCalibration {
  readonly calibration: Calibration | null;
  /** why a calibration that is there is not used, a sentence each */
  readonly refused: readonly string[];
}

/** The answer of the `calibrate` call. */
export interface Calibration {
  readonly schema: 'visit.calibration/1';
  readonly model: ModelInfo;
  /** fingerprint of its weights: a calibration says nothing of others */
  readonly weights: string;
  /** what every effect is an effect on */
  readonly of: CalibratedQuantity;
  /** prompts that were run, each studied at its last position for the token that the model predicts there */
  readonly prompts: number;
  readonly skipped: readonly SkippedPrompt[];
  /** prompts whose quantity moves next to nothing with the logits (see `PassGradients.saturated`): estimates say nothing there */
  readonly saturated: number;
  /** components of each kind and place that were chosen at random in each prompt; fewer where there are fewer */
  readonly perKind: number;
  readonly seed: number;
  /** components that were switched off */
  readonly measured: number;
  readonly rows: readonly CalibrationRow[];
  /** what was measured, or a random part of it: for a scatter plot */
  readonly points: readonly CalibrationPoint[];
}

/** The third of the blocks to which a block belongs. */
export function thirdOf(layer: number, nLayers: number): Third {
  return THIRDS[Math.floor((3 * (layer + 0.5)) / nLayers)];
}

/** The blocks of a third; null where it has none. */
export function layersOf(third: Third, nLayers: number): { readonly from: number; readonly to: number } | null {
  const layers = Array.from({ length: nLayers }, (_, layer) => layer).filter((layer) => thirdOf(layer, nLayers) === third);
  return layers.length === 0 ? null : { from: layers[0], to: layers[layers.length - 1] };
}
