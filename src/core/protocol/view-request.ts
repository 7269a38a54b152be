/** What of one pass, or of two, the user has asked to see: fields of the page's requests, and of the choices that are kept. */
import * as z from 'zod';
import { comparedTargetsSchema } from '../format/compared-targets';
import { countsSchema } from '../format/graph-counts';
import { interventionSchema } from '../format/intervention';
import { tokenMeasureSchema } from '../format/share-measure';
import { baselineSchema } from './engine-inputs';

/** Longest text that is taken from the page; no token, action or error worth reading is longer. */
export const MAX_TEXT = 2_000;
/** Largest count that is taken; the engine draws what there is. */
const MAX_COUNT = 10_000;
/** Interventions at once that are taken from the page. */
const MAX_INTERVENTIONS = 200;

export const index = z.int().nonnegative();
export const text = z.string().max(MAX_TEXT);

/** First and last block. */
export const layerRangeSchema = z
  .object({ from: index, to: index })
  .refine(({ from, to }) => from <= to, 'the first layer is above the last')
  .readonly();

const shownCountsSchema = countsSchema
  .refine((counts) => Object.values(counts).every((count) => count <= MAX_COUNT), `a count is larger than ${MAX_COUNT}`)
  .readonly();

export const shownInterventionsSchema = z.array(interventionSchema).max(MAX_INTERVENTIONS).readonly();

const sideRequest = {
  position: index,
  /** typed text of one token; null: the model's own prediction */
  target: text.nullable(),
  /** typed text of the token whose logit is subtracted from the target's; null: none */
  against: text.nullable(),
};
const sideRequestSchema = z.object(sideRequest).readonly();
/** Where one pass is looked at, and for which token. */
export type SideRequest = z.infer<typeof sideRequestSchema>;

/**
 * What is drawn of a pass, or of two alike; `measure`: what shares are of where there is no second token; `baseline`: what takes a
 * component's place where its effect is meant.
 */
const drawn = { layers: layerRangeSchema, counts: shownCountsSchema, measure: tokenMeasureSchema, baseline: baselineSchema };

/** What the page changes of a graph field by field. */
export const viewRequest = {
  ...sideRequest,
  ...drawn,
  /** what is drawn has estimated effects: going back through the pass takes time, so only where they are seen */
  effects: z.boolean(),
};
/** What the user has asked to see. */
export type ViewRequest = Readonly<z.infer<z.ZodObject<typeof viewRequest>>>;

/** What the page changes of a comparison field by field. */
export const comparisonChange = {
  ...drawn,
  left: sideRequestSchema,
  right: sideRequestSchema,
  targets: comparedTargetsSchema,
  /** as that of a graph */
  effects: z.boolean(),
};

const compareRequest = {
  ...comparisonChange,
  /** what is changed of the model while it runs the right prompt */
  interventions: shownInterventionsSchema,
};
/** What the user has asked to see of two passes. */
export type CompareRequest = Readonly<z.infer<z.ZodObject<typeof compareRequest>>>;
