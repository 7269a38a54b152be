import assert from 'node:assert/strict';
import type { BlockSelection, BlockState } from '../../../../src/core/pass/block-state';
import { findActiveNeurons, type ActiveNeurons } from '../../../../src/core/insight/active-neurons';
import { activeNeuronsCsv } from '../../../../src/core/insight/active-neurons-csv';
import { surveyPrompts } from '../../../../src/core/insight/survey';
import { Problem } from '../../../../src/core/problem';
import { FakePass } from '../../../support/fake-pass';
import { rejects } from '../../../support/rejects';

const idle = { signal: { aborted: false }, report: () => undefined };

describe('a survey of many prompts', () => {
  it('goes on where one prompt cannot be read, and names it', async () => {
    const seen: string[] = [];
    const skipped = await surveyPrompts(
      ['a', 'too long', 'b'],
      async (prompt) => {
        if (prompt === 'too long') throw new Problem('prompt-too-long', 'Too long.');
        seen.push(prompt);
      },
      idle,
    );
    assert.deepEqual([seen, skipped], [['a', 'b'], [{ index: 1, reason: 'Too long.' }]]);
  });

  it('ends where something concerns all prompts, where it is cancelled, and where no prompt could be read', async () => {
    const failing = (code: 'out-of-memory' | 'empty-prompt') => async () => {
      throw new Problem(code, 'No.');
    };
    await rejects(surveyPrompts(['a'], failing('out-of-memory'), idle), 'out-of-memory');
    await rejects(surveyPrompts(['a'], failing('empty-prompt'), idle), 'empty-prompt', /^The only prompt cannot be read: No\./);
    await rejects(surveyPrompts(['a', 'b'], failing('empty-prompt'), idle), 'empty-prompt', /^None of the 2 prompts can be read: No\./);
    await rejects(
      surveyPrompts(['a'], async () => undefined, { ...idle, signal: { aborted: true } }),
      'cancelled',
    );
  });

  it('of neurons runs each prompt once and reads all that are found in one batch', async () => {
    const passes: FakePass[] = [];
    const forward = async (prompt: string) => {
      const pass = new FakePass(prompt);
      passes.push(pass);
      return pass;
    };
    const found = await findActiveNeurons(
      new FakePass().model,
      ['one two', 'three four five', 'six'],
      { atLeast: 1, perLayer: 5, tokens: 3 },
      forward,
      idle,
    );
    assert.deepEqual([passes.length, passes.reduce((sum, { reads }) => sum + reads, 0)], [3, 1]);
    assert.equal(found.prompts, 3);
    for (const { layer, neuron, reading, valueNorm } of found.neurons) {
      const { valueNorms } = (await passes[0].block(layer, 0)).mlp;
      assert.equal(valueNorm, valueNorms[neuron]);
      assert.equal(reading.top.length, 3);
    }
  });

  it('of neurons keeps of all blocks only how large neurons write, and looks again where some are found', async () => {
    const looks: string[] = [];
    const used: BlockState[] = [];
    const forward = async (prompt: string) => {
      const pass = new FakePass(prompt);
      const scale = new Float32Array(16).fill(prompt.length);
      return Object.assign(pass, {
        block: async (layer: number, position: number) => {
          looks.push(`${prompt} ${layer}`);
          const state = await FakePass.prototype.block.call(pass, layer, position);
          return { ...state, mlp: { ...state.mlp, scale } };
        },
        vectors: async (layer: number, position: number, state: BlockState, selection: BlockSelection) => {
          used.push(state);
          return FakePass.prototype.vectors.call(pass, layer, position, state, selection);
        },
      });
    };
    const { neurons } = await findActiveNeurons(
      new FakePass().model,
      ['a', 'b b', 'c c c'],
      { atLeast: 1, perLayer: 8, tokens: 3 },
      forward,
      idle,
    );
    const layers = [...new Set(neurons.map(({ layer }) => layer))];
    assert.ok(layers.length > 0);
    assert.deepEqual(looks, [0, 1, 2].map((layer) => `a ${layer}`).concat(layers.map((layer) => `c c c ${layer}`)));
    assert.deepEqual(
      used.map(({ mlp }) => mlp.scale?.[0]),
      layers.map(() => 1),
      'values are measured as the first pass scales them',
    );
  });

  it('of neurons reads values though the last prompt is skipped', async () => {
    const ran: string[] = [];
    const forward = async (prompt: string) => {
      ran.push(prompt);
      if (prompt === '') throw new Problem('empty-prompt', 'Empty.');
      return new FakePass(prompt);
    };
    const options = { atLeast: 1, perLayer: 5, tokens: 3 };
    const { neurons, skipped } = await findActiveNeurons(new FakePass().model, ['one', 'one', ''], options, forward, idle);
    assert.deepEqual([skipped.length, ran], [1, ['one', 'one', '', 'one']]);
    assert.deepEqual(neurons, (await findActiveNeurons(new FakePass().model, ['one'], options, forward, idle)).neurons);
  });
});

describe('always-active neurons as CSV', () => {
  it('are quoted where they must be, and no field becomes a formula', () => {
    const token = (text: string) => ({ id: 1, text, logit: 0, probability: 0 });
    const neuron = {
      layer: 0,
      neuron: 7,
      frequency: 1,
      mean: -0.5,
      deviation: 0.25,
      valueNorm: 2,
      entropy: 3,
      reading: { top: [token(' up')], bottom: [token('=1+1'), token('a "b", c')] },
    };
    const csv = activeNeuronsCsv({ neurons: [neuron] } as unknown as ActiveNeurons);
    assert.equal(csv.split('\r\n')[1], `0,7,1,-0.5,0.25,2,3,"'=1+1 a ""b"", c"`);
  });
});
