import assert from 'node:assert/strict';
import {
  componentInWords,
  componentName,
  componentOfNode,
  containing,
  parseComponent,
  type Component,
} from '../../../../src/core/format/component';
import type { FlowNode } from '../../../../src/core/format/flow-graph';
import { neuronAmong } from '../../../../src/core/pass/block-state';

const NAMED: readonly (readonly [name: string, component: Component, words: string])[] = [
  ['blocks.3.mlp.expert.7', { kind: 'expert', layer: 3, expert: 7 }, 'expert 7 of layer 3'],
  ['blocks.3.mlp.expert.shared', { kind: 'expert', layer: 3, expert: 'shared' }, 'the shared expert of layer 3'],
  ['blocks.3.mlp.expert.7.neuron.11', { kind: 'neuron', layer: 3, expert: 7, neuron: 11 }, 'neuron 11 of expert 7 of layer 3'],
  ['blocks.3.mlp.neuron.11', { kind: 'neuron', layer: 3, neuron: 11 }, 'neuron 11 of layer 3'],
];

describe('Experts', () => {
  for (const [name, component, words] of NAMED) {
    it(`are named, and said, as ${name}`, () => {
      assert.deepEqual(parseComponent(name), component);
      assert.equal(componentName(component), name);
      assert.equal(componentInWords(component), words);
    });
  }

  it('contain their neurons, and are contained in their layer', () => {
    const neuron = parseComponent('blocks.3.mlp.expert.7.neuron.11@2');
    assert.deepEqual(containing(neuron).map(componentName), ['blocks.3.mlp.expert.7', 'blocks.3.mlp']);
  });

  it('are what the nodes of their neurons show a part of', () => {
    const node: FlowNode = { id: 'a', kind: 'neuron_value', layer: 3, expert: 7, neuron: 11, norm: 1, reading: null, label: '' };
    assert.deepEqual(componentOfNode(node), NAMED[2]?.[1]);
  });

  it('have their neurons one expert after the other, the shared one’s last', () => {
    const experts = [
      { expert: 4, weight: 0.7, first: 0, count: 3 },
      { expert: 1, weight: 0.3, first: 3, count: 3 },
      { expert: 'shared', weight: 0.5, first: 6, count: 5 },
    ] as const;
    assert.deepEqual(neuronAmong(experts, 5), { expert: 1, neuron: 2 });
    assert.deepEqual(neuronAmong(experts, 6), { expert: 'shared', neuron: 0 });
    assert.deepEqual(neuronAmong([], 6), { neuron: 6 });
  });
});
