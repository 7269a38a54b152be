/**
 * Interventions: a pass in which some components are switched off, or replaced by what they were on another prompt, or are on the
 * average of several. A component's name is the id of its node in the flow graph, so that a node of the picture and a word on the
 * command line are the same; positions may follow it. What each does to the pass: docs/method.md, "What if".
 */
import * as z from 'zod';

/** Longest name of prompts that is taken. */
const MAX_NAME = 500;

const component = z
  .string()
  .describe(
    'name of the component, which is the id of its node, such as blocks.3.attn.head.3 or blocks.3.mlp; positions may follow it, such as blocks.3.mlp@4 or blocks.3.mlp@2-5',
  );

/** What prompts over which a mean is taken are called together. */
export const promptsName = z
  .string()
  .max(MAX_NAME)
  .optional()
  .describe('what the prompts are called together, such as the name of their file; absent: they have no name');

const prompt = z.union([z.object({ text: z.string() }), z.object({ tokens: z.array(z.int()) })]);

/**
 * An intervention as it is asked for: `from` is the prompt on which the component has the patched value, `over` are the prompts
 * over which its mean is taken.
 */
export const interventionSchema = z.discriminatedUnion('mode', [
  z.object({ mode: z.literal('zero'), component }),
  z.object({
    mode: z.literal('patch'),
    component,
    from: prompt,
  }),
  z.object({ mode: z.literal('mean'), component, over: z.array(prompt), name: promptsName }),
]);
/** See the schema. */
export type Intervention = z.infer<typeof interventionSchema>;

const applied = {
  component,
  positions: z
    .array(z.int().nonnegative())
    .optional()
    .describe('positions at which the component was changed, counted from 0; absent: all'),
};

/** An intervention as a graph records it. */
export const appliedInterventionSchema = z.discriminatedUnion('mode', [
  z.object({ mode: z.literal('zero'), ...applied }),
  z.object({
    mode: z.literal('patch'),
    ...applied,
    prompt: z.string().describe('prompt in whose ordinary pass the component had the patched value'),
  }),
  z.object({
    mode: z.literal('mean'),
    ...applied,
    prompts: z.int().positive().describe('number of prompts over which the mean was taken'),
    name: promptsName,
    fewest: z
      .int()
      .positive()
      .describe(
        'smallest number of prompts that the mean was taken over at any of the positions: aligned from the end, the others are too short',
      ),
    fingerprint: z.string().describe('SHA-256 of the token ids of the prompts, which tells one list of prompts from another'),
  }),
]);
/** See the schema. */
export type AppliedIntervention = z.infer<typeof appliedInterventionSchema>;
