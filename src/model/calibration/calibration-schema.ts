/** A calibration as it is kept in a file. */
import * as z from 'zod';
import { CALIBRATED_KINDS, CALIBRATED_QUANTITIES, PLACES, THIRDS, type Calibration } from '../../core/insight/calibration';

const natural = z.int().nonnegative();
const correlation = z.object({ pearson: z.number().min(-1.001).max(1.001), spearman: z.number().min(-1.001).max(1.001) }).nullable();
const predictors = <Schema extends z.ZodType>(of: Schema) => z.object({ raw: of, centred: of, difference: of, estimated: of }).partial();

/** What a reader of a kept calibration relies on. Whatever else is in the file is left as it is. */
export const calibrationSchema = z.looseObject({
  schema: z.literal('visit.calibration/1' satisfies Calibration['schema']),
  model: z.looseObject({ name: z.string(), nLayers: natural }),
  weights: z.string(),
  of: z.enum(CALIBRATED_QUANTITIES),
  prompts: natural,
  skipped: z.array(z.looseObject({})),
  saturated: natural,
  perKind: natural,
  seed: natural,
  measured: natural,
  rows: z.array(
    z.looseObject({
      kind: z.enum(CALIBRATED_KINDS),
      place: z.enum(PLACES),
      depth: z.enum([...THIRDS, 'all']),
      layers: z.object({ from: natural, to: natural }),
      measured: natural,
      correlations: predictors(correlation),
    }),
  ),
  points: z.array(
    z.looseObject({
      component: z.string(),
      kind: z.enum(CALIBRATED_KINDS),
      layer: natural,
      place: z.enum(PLACES),
      prompt: natural,
      measured: z.number(),
      predicted: predictors(z.number()),
    }),
  ),
});
