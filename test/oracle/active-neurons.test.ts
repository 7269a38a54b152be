import assert from 'node:assert/strict';
import { findActiveNeurons, type ActiveNeuron } from '../../src/core/insight/active-neurons';
import { openFixture, patient, promptOf, relativeDifference } from './fixture';

/** Families whose feed-forward layers are followed by a norm. */
for (const name of ['gemma2', 'gemma3', 'olmo2']) {
  describe(`Neurons of the ${name} checkpoint, whose feed-forward layers a norm follows`, () => {
    it('have the same value norms whatever the order of the prompts: the mean of what is written in each pass', async () => {
      const { loaded, tokens } = await openFixture(name);
      const prompts = [tokens, tokens.slice(0, 2), tokens.slice(1, 4), [...tokens].reverse()];
      const found = async (of: readonly (readonly number[])[]): Promise<readonly ActiveNeuron[]> => {
        const options = { atLeast: 0, perLayer: 5, tokens: 3 };
        const forward = (ids: readonly number[]) => loaded.forward(promptOf(ids), patient, { summaries: true });
        const { neurons } = await findActiveNeurons(loaded.info, of, options, forward, patient);
        return [...neurons].sort((a, b) => a.layer - b.layer || a.neuron - b.neuron);
      };
      const norms = (neurons: readonly ActiveNeuron[]): number[] => neurons.map(({ valueNorm }) => valueNorm);

      const inOrder = await found(prompts);
      const alone: number[][] = [];
      for (const prompt of prompts) {
        const pass = await loaded.forward(promptOf(prompt), patient);
        const own: number[] = [];
        for (let layer = 0; layer < loaded.info.nLayers; layer++) own.push(...(await pass.block(layer, prompt.length - 1)).mlp.valueNorms);
        alone.push(own);
      }
      const means = alone[0].map((_, i) => alone.reduce((sum, own) => sum + own[i], 0) / alone.length);
      assert.ok(relativeDifference(alone[0], means) > 0.01, 'the passes must differ for this to show anything');
      assert.ok(relativeDifference(norms(inOrder), means) < 1e-5);
      for (const order of [[...prompts].reverse(), [prompts[2], prompts[0], prompts[3], prompts[1]]]) {
        const reordered = await found(order);
        assert.ok(relativeDifference(norms(reordered), norms(inOrder)) < 1e-5);
        reordered.forEach(({ reading, frequency }, i) => {
          assert.equal(frequency, inOrder[i].frequency);
          assert.deepEqual(
            reading.top.map(({ id }) => id),
            inOrder[i].reading.top.map(({ id }) => id),
          );
        });
      }
    });
  });
}
