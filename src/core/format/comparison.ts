/**
 * Two forward passes of one model, drawn alike and compared node by node: the data that the engine makes, the command
 * line prints and the inspector draws. Symbols and formulas: docs/method.md, "Comparison".
 */
import * as z from 'zod';
import { flowGraphSchema } from './flow-graph';

/** Version of the format. Raised when a reader of the old format would misread the new one. */
export const COMPARISON_SCHEMA = 'visit.comparison/2';

/** One of the two passes. */
export type Side = 'left' | 'right';

const position = z.int().nonnegative().nullable();

export const alignmentSchema = z.array(z.tuple([position, position]));
/**
 * Tokens of both prompts as pairs, from the first to the last: [left position, right position]. Every position appears
 * once; null where the other prompt has no counterpart.
 */
export type Alignment = z.infer<typeof alignmentSchema>;

const difference = z.number().optional();

export const nodeDifferenceSchema = z
  .object({
    contrast: difference.describe('change of the node’s share of the contrast; absent for a vector that is not a summand of the stream'),
    rank: difference.describe('log10(left rank) − log10(right rank) of each side’s target: 1 = ten times nearer the top on the right'),
    probability: difference.describe('of each side’s target'),
    logit: difference.describe('of each side’s target'),
    share: difference.describe('of what each side’s target.measure names'),
    effect: difference.describe(
      'of the effects on what each side’s effects.of names, where they were asked for; absent for the stream, which is not a component',
    ),
    norm: difference,
    attention: difference,
    coefficient: difference,
    distance: z
      .number()
      .nonnegative()
      .optional()
      .describe('Euclidean norm of the difference of what the node writes: its vector times coefficient or attention'),
    overlap: z.number().min(0).max(1).optional().describe('Jaccard index of the two top-token lists: 1 if they name the same tokens'),
  })
  .describe('right minus left; a measure is absent where a side has no such number');
/** How far a node differs between the passes. */
export type NodeDifference = z.infer<typeof nodeDifferenceSchema>;

export const nodeChangeSchema = z.object({
  id: z.string().describe('unique in the comparison: the left node’s id; for what only the right side has, its id after "right:"'),
  left: z.string().nullable().describe('id of the node in the left graph'),
  right: z.string().nullable().describe('id of the node in the right graph'),
  chosen: z.enum(['both', 'left', 'right']).describe('whose own ranking draws this node; the other side draws it for the comparison'),
  change: nodeDifferenceSchema,
});
/** One node of the union: a pair of twins, or a node that only one pass can have. */
export type NodeChange = z.infer<typeof nodeChangeSchema>;

export const edgeChangeSchema = z.object({
  id: z.string().describe('from → to, in ids of the comparison'),
  from: z.string(),
  to: z.string(),
  left: z.string().nullable().describe('id of the edge in the left graph'),
  right: z.string().nullable().describe('id of the edge in the right graph'),
  weight: z.number().describe('sign × weight, right minus left; an edge that a side does not have weighs 0 there'),
  attention: difference,
});
/** One edge of the union. */
export type EdgeChange = z.infer<typeof edgeChangeSchema>;

export const divergenceStepSchema = z.object({
  layer: z.int().describe('block that both streams leave; -1: the embeddings'),
  divergence: z
    .number()
    .min(0)
    .max(1)
    .describe('Jensen–Shannon divergence of the two lens distributions, in bits: 0 the same, 1 nothing in common'),
  cosine: z.number().min(-1).max(1).describe('cosine of the two streams'),
  contrast: z.number().describe('what this step adds to the contrast, right minus left; all steps and normBias sum to its change'),
});
/** Both residual streams at one block border. What each side reads there is in its own graph’s `stream`. */
export type DivergenceStep = z.infer<typeof divergenceStepSchema>;

export const contrastSchema = z.object({
  of: z
    .enum(['targets', 'target'])
    .describe(
      'targets: what is measured of the right side’s target (its target.measure) minus that of the left side’s; target: what is measured of the one target that both sides have',
    ),
  left: z.number().describe('in the left pass'),
  right: z.number().describe('in the right pass'),
  normBias: z.number().describe('change of the final norm’s bias’s share'),
});
/** The one question that both passes are asked, so that their answers can be subtracted. */
export type Contrast = z.infer<typeof contrastSchema>;

export const comparisonSchema = z
  .object({
    schema: z.literal(COMPARISON_SCHEMA),
    left: flowGraphSchema,
    right: flowGraphSchema,
    alignment: alignmentSchema.describe('pairs [left position, right position], null where the other prompt has no counterpart'),
    contrast: contrastSchema,
    parting: z.array(divergenceStepSchema).describe('where the passes diverge: embeddings, then the stream after each block'),
    nodes: z.array(nodeChangeSchema).describe('the union of both graphs’ nodes in the order in which they are laid out'),
    edges: z.array(edgeChangeSchema),
  })
  .meta({
    title: 'VISIT comparison',
    description: 'Two forward passes of one GPT, drawn with the union of what either shows, and compared.',
  });
/** A comparison, complete in itself. */
export type Comparison = z.infer<typeof comparisonSchema>;
