/** Apart from what reads it, so that the start of the extension needs no schema. */
import * as z from 'zod';

/** As much of a kept file as tells whether this version can read it. */
export const keptNeuronsSchema = z.looseObject({
  schema: z.literal('visit.active-neurons/1'),
  model: z.looseObject({ name: z.string() }),
  prompts: z.number(),
  neurons: z.array(z.looseObject({ layer: z.number(), neuron: z.number(), frequency: z.number() })),
});
