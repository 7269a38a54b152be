import assert from 'node:assert/strict';
import { isOwnChoice, type OwnChoice } from '../../../../src/core/compare/union-selection';
import type { FlowNode } from '../../../../src/core/format/flow-graph';
import { KIND_NAMES, NODE_KINDS } from '../../../../src/core/format/node-kinds';

const OWN: OwnChoice = {
  heads: new Set([1]),
  sources: new Map([
    [1, [4, 5]],
    [2, [4, 5]],
  ]),
  rows: new Set([7]),
  neurons: new Set(['9']),
};
const node = (of: Partial<FlowNode> & Pick<FlowNode, 'kind'>): FlowNode => ({
  id: 'a',
  layer: 0,
  norm: 1,
  reading: null,
  label: '',
  ...of,
});

describe('What a side’s own ranking chooses', () => {
  it('is everything of a head that it chooses, and nothing of one that it does not, whatever the kind', () => {
    for (const kind of KIND_NAMES.filter((name) => NODE_KINDS[name].group === 'head')) {
      assert.equal(isOwnChoice(node({ kind, head: 1 }), OWN), true, kind);
      assert.equal(isOwnChoice(node({ kind, head: 2 }), OWN), false, kind);
    }
  });

  it('is of a head’s sources only those that it would draw', () => {
    const source = (head: number, position: number) => isOwnChoice(node({ kind: 'head_value', head, source: position }), OWN);
    assert.deepEqual([source(1, 4), source(1, 6), source(2, 4)], [true, false, false]);
  });

  it('is a row of W_O and a neuron by its index, each in its own list', () => {
    const chosen = (kind: FlowNode['kind'], neuron: number) => isOwnChoice(node({ kind, neuron }), OWN);
    assert.deepEqual([chosen('o_neuron', 7), chosen('o_neuron', 9)], [true, false]);
    for (const kind of ['neuron_key', 'neuron_value'] as const) assert.deepEqual([chosen(kind, 9), chosen(kind, 7)], [true, false]);
  });

  it('is always what is not ranked', () => {
    for (const kind of KIND_NAMES) if (NODE_KINDS[kind].group === undefined) assert.equal(isOwnChoice(node({ kind }), OWN), true, kind);
    assert.equal(isOwnChoice(node({ kind: 'heads_rest' }), OWN), true);
  });
});
