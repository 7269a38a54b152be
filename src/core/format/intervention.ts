/**
 * Interventions: a pass in which some components are switched off, or replaced by what they were on another prompt. A
 * component's name is the id of its node in the flow graph, so that a node of the picture and a word on the command line
 * are the same. What each does to the pass: docs/method.md, "What if".
 */
import * as z from 'zod';

const component = z.string().describe('name of the component, which is the id of its node, such as blocks.3.attn.head.3 or blocks.3.mlp');

/** An intervention as it is asked for: `from` is the prompt on which the component has the patched value. */
export const interventionSchema = z.discriminatedUnion('mode', [
  z.object({ mode: z.literal('zero'), component }),
  z.object({
    mode: z.literal('patch'),
    component,
    from: z.union([z.object({ text: z.string() }), z.object({ tokens: z.array(z.int()) })]),
  }),
]);
/** See the schema. */
export type Intervention = z.infer<typeof interventionSchema>;

/** An intervention as a graph records it. */
export const appliedInterventionSchema = z.discriminatedUnion('mode', [
  z.object({ mode: z.literal('zero'), component }),
  z.object({
    mode: z.literal('patch'),
    component,
    prompt: z.string().describe('prompt in whose ordinary pass the component had the patched value'),
  }),
]);
/** See the schema. */
export type AppliedIntervention = z.infer<typeof appliedInterventionSchema>;
