/** GPT-J (Wang & Komatsuzaki 2021): both branches read one norm; neighbouring features of a head are rotated together, and only some. */
import type { Family } from '../family';
import { gptjModel } from '../parts/gptj-layout';
import { linear } from '../parts/tensors';

export const gptj: Family = {
  modelType: 'gptj',

  describe: (rawConfig) =>
    gptjModel(gptj.modelType, rawConfig, (attention, { d }) => {
      const project = (name: string) => linear(`${attention}.${name}_proj`, d, d, false);
      return { q: project('q'), k: project('k'), v: project('v'), o: project('out') };
    }),
};
