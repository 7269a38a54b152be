/** The statistics of a calibration. */
import { sampleCorrelation, sampleRankCorrelation } from 'simple-statistics';
import {
  CALIBRATED_KINDS,
  layersOf,
  PLACES,
  THIRDS,
  type CalibrationPoint,
  type CalibrationRow,
  type Correlation,
  type Predictor,
} from './calibration';
import { drawn, randomNumbers } from './random-sample';

/**
 * Effects smaller than this are 0 to their ranks: 32-bit logits do not resolve them. What nothing reads has an estimate of exactly 0 and a
 * measured effect of some millionths, whose order depends on how products are summed.
 */
const RESOLUTION = 1e-5;

/** The correlations of pairs; null where they say nothing. See `CalibrationRow.correlations`. */
export function correlationOf(predicted: readonly number[], measured: readonly number[]): Correlation | null {
  if (predicted.length < 3) return null;
  const pearson = sampleCorrelation([...predicted], [...measured]);
  const spearman = sampleRankCorrelation(predicted.map(resolved), measured.map(resolved));
  return Number.isFinite(pearson) && Number.isFinite(spearman) ? { pearson, spearman } : null;
}

function resolved(effect: number): number {
  return Math.abs(effect) < RESOLUTION ? 0 : effect;
}

/** The rows of a calibration: for every kind and place over all blocks, then by thirds. What was not measured anywhere has none. */
export function calibrationRows(points: readonly CalibrationPoint[], nLayers: number): CalibrationRow[] {
  const depths: { readonly depth: CalibrationRow['depth']; readonly layers: CalibrationRow['layers'] }[] = [
    { depth: 'all', layers: { from: 0, to: nLayers - 1 } },
    ...THIRDS.flatMap((depth) => {
      const layers = layersOf(depth, nLayers);
      return layers === null ? [] : [{ depth, layers }];
    }),
  ];
  return CALIBRATED_KINDS.flatMap((kind) =>
    PLACES.flatMap((place) => {
      const here = points.filter((point) => point.kind === kind && point.place === place);
      return depths.flatMap(({ depth, layers }): CalibrationRow[] => {
        const those = here.filter(({ layer }) => layer >= layers.from && layer <= layers.to);
        return those.length === 0 ? [] : [{ kind, place, depth, layers, measured: those.length, correlations: correlationsOf(those) }];
      });
    }),
  );
}

function correlationsOf(points: readonly CalibrationPoint[]): CalibrationRow['correlations'] {
  const predictors = new Set(points.flatMap(({ predicted }) => Object.keys(predicted) as Predictor[]));
  return Object.fromEntries(
    [...predictors].map((predictor) => {
      const pairs = points.flatMap(({ predicted: { [predictor]: x }, measured: y }) => (x === undefined ? [] : [[x, y] as const]));
      const [xs, ys] = [0, 1].map((i) => pairs.map((pair) => pair[i]));
      return [predictor, correlationOf(xs, ys)];
    }),
  );
}

/** At most so many points: all of them, or a random part, in their order. */
export function thinned(points: readonly CalibrationPoint[], limit: number, seed: number): CalibrationPoint[] {
  const kept = new Set(drawn(limit, points.length, randomNumbers(seed)));
  return points.filter((_, i) => kept.has(i));
}
