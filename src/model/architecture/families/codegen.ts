/** CodeGen (Nijkamp et al. 2022, arXiv 2203.13474): GPT-J whose queries, values and keys share a tensor in four slices, one for each core of a TPU. */
import type { Family } from '../family';
import { requireMultiple } from '../parts/config-fields';
import { gptjModel } from '../parts/gptj-layout';
import { linear } from '../parts/tensors';

/** Slices of the tensor, each with the queries, values and keys of a quarter of the heads. */
const SLICES = 4;

export const codegen: Family = {
  modelType: 'codegen',

  describe: (rawConfig) =>
    gptjModel(codegen.modelType, rawConfig, (attention, { d, nHeads }) => {
      requireMultiple('n_head', nHeads, 'the number of slices', SLICES);
      const run = d / SLICES;
      const project = (place: number) =>
        linear(`${attention}.qkv_proj`, d, d, false, { offset: place * run, of: 3 * d, every: { run, step: 3 * run } });
      return { q: project(0), v: project(1), k: project(2), o: linear(`${attention}.out_proj`, d, d, false) };
    }),
};
