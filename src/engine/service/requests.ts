/**
 * What a caller may send, checked where it enters the process: types hold within a program, not across its border.
 */
import * as z from 'zod';
import { comparedTargetsSchema } from '../../core/format/comparison';
import { countsSchema } from '../../core/format/graph-counts';
import { interventionSchema } from '../../core/format/intervention';

const model = z.object({ folder: z.string().min(1), ignoreMemory: z.boolean().optional() });
const natural = z.int().nonnegative();
const promptInput = z.union([z.object({ text: z.string() }), z.object({ tokens: z.array(z.int()) })]);

const token = z.union([z.object({ text: z.string() }), z.object({ id: z.int() })]);

const interventions = z.array(interventionSchema);

const graphOptions = z.object({
  layers: z.object({ from: z.int(), to: z.int() }).optional(),
  position: z.int().optional(),
  target: token.optional(),
  against: token.optional(),
  interventions: interventions.optional(),
  counts: countsSchema.partial().optional(),
});

const share = z.number().min(0).max(1);
const prompts = z.array(z.string()).min(1);
const passOptions = graphOptions.pick({ position: true, target: true, against: true }).extend({ tokens: z.int().positive().optional() });
const activityOptions = z.object({ atLeast: share, perLayer: z.int().positive(), tokens: z.int().positive() }).partial();
const headOptions = passOptions
  .pick({ position: true, tokens: true })
  .extend({ layer: natural, head: natural, sources: z.int().positive().optional() });
const comparedSide = z.object({ prompt: promptInput, options: graphOptions.omit({ layers: true, counts: true }) });

/** One schema for each method of `EngineMethods`. */
export const requestSchemas = {
  load: z.object({ model }),
  tokenize: z.object({ model, text: z.string() }),
  findToken: z.object({ model, text: z.string() }),
  graph: z.object({ model, prompt: promptInput, options: graphOptions }),
  compare: z.object({
    model,
    left: comparedSide,
    right: comparedSide,
    options: graphOptions.pick({ layers: true, counts: true }).extend({ targets: comparedTargetsSchema.optional() }),
  }),
  predict: z.object({ model, prompts: z.array(promptInput).min(1), tokens: z.int().positive() }),
  lens: z.object({ model, prompt: promptInput, tokens: z.int().positive(), interventions: interventions.optional() }),
  overview: z.object({ model, prompt: promptInput, options: passOptions }),
  norms: z.object({ model, prompt: promptInput, options: passOptions }),
  normSummary: z.object({ model, prompts, tokens: z.int().positive() }),
  activeNeurons: z.object({ model, prompts, options: activityOptions }),
  headMemory: z.object({ model, prompt: promptInput, options: headOptions }),
  trace: z.object({ model, prompt: promptInput, file: z.string().min(1), interventions: interventions.optional() }),
};

/** Parameters of each method, checked. */
export type Requests = { readonly [K in keyof typeof requestSchemas]: z.infer<(typeof requestSchemas)[K]> };
