/**
 * Schemas of inputs, by which those that are kept over a reload of the window are read. Their types have their meaning where they are
 * used: `prompt.ts`, `view-choice.ts`, `compare-choice.ts`, `inspector-input.ts`, `run-history.ts`. The start of the extension needs
 * no schema, so that this is imported when something is read.
 */
import * as z from 'zod';
import { chatRoleSchema } from '../../core/format/chat';
import { comparedTargetsSchema } from '../../core/format/compared-targets';
import { countsSchema } from '../../core/format/graph-counts';
import { tokenMeasureSchema } from '../../core/format/share-measure';
import { baselineSchema } from '../../core/protocol/engine-inputs';
import { layerRangeSchema, shownInterventionsSchema } from '../../core/protocol/view-request';

const saidSchema = z
  .object({
    role: chatRoleSchema,
    content: z.string(),
    /** where that is in the document, from the prompt's beginning on (a front matter comes before it); absent: it is written in another way there */
    at: z.exactOptional(z.int()),
  })
  .readonly();

export const promptSchema = z
  .object({
    text: z.string(),
    origin: z.exactOptional(
      z
        .object({
          uri: z.string(),
          name: z.string(),
          start: z.int().nonnegative(),
        })
        .readonly(),
    ),
    chat: z.exactOptional(z.array(saidSchema).min(1).readonly()),
    continued: z.exactOptional(z.array(z.int()).min(1).readonly()),
  })
  .readonly();

export const viewChoiceSchema = z
  .object({
    position: z.exactOptional(z.int().nonnegative()),
    layers: z.exactOptional(layerRangeSchema),
    target: z.exactOptional(z.string()),
    against: z.exactOptional(z.string()),
    counts: z.exactOptional(countsSchema.readonly()),
    /** counts until other layers or another prompt are shown */
    visit: z.exactOptional(countsSchema.readonly()),
    measure: z.exactOptional(tokenMeasureSchema),
    effects: z.exactOptional(z.boolean()),
    baseline: z.exactOptional(baselineSchema),
  })
  .readonly();

export const sideChoiceSchema = z
  .object({
    position: z.exactOptional(z.int().nonnegative()),
    target: z.exactOptional(z.string()),
    against: z.exactOptional(z.string()),
  })
  .readonly();

export const compareChoiceSchema = z
  .object({
    left: sideChoiceSchema,
    right: sideChoiceSchema,
    targets: z.exactOptional(comparedTargetsSchema),
    layers: z.exactOptional(layerRangeSchema),
    counts: z.exactOptional(countsSchema.readonly()),
    measure: z.exactOptional(tokenMeasureSchema),
    interventions: z.exactOptional(shownInterventionsSchema),
    effects: z.exactOptional(z.boolean()),
    baseline: z.exactOptional(baselineSchema),
  })
  .readonly();

export const graphInputSchema = z.object({ kind: z.literal('graph'), prompt: promptSchema, choice: viewChoiceSchema }).readonly();
export const comparisonInputSchema = z
  .object({
    kind: z.literal('comparison'),
    left: promptSchema,
    right: promptSchema,
    choice: compareChoiceSchema,
  })
  .readonly();
export const predictionsInputSchema = z
  .object({ kind: z.literal('predictions'), prompts: z.array(promptSchema).min(1).readonly() })
  .readonly();

export const inspectorInputSchema = z.discriminatedUnion('kind', [graphInputSchema, comparisonInputSchema, predictionsInputSchema]);

export const runSchema = z.object({ input: inspectorInputSchema, model: z.string(), top: z.string() }).readonly();
