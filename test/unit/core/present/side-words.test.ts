import assert from 'node:assert/strict';
import { isWhatIf, sideWords } from '../../../../src/core/present/side-words';
import type { FlowGraph } from '../../../../src/core/format/flow-graph';

const graph = (prompt: string, ...off: string[]): FlowGraph =>
  ({
    prompt,
    position: 3,
    target: { id: 7 },
    ...(off.length > 0 && { interventions: off.map((component) => ({ mode: 'zero', component })) }),
  }) as unknown as FlowGraph;

describe('the words for the sides of a comparison', () => {
  const names = (left: FlowGraph, right: FlowGraph): string[] => [
    sideWords({ left, right }).left.name,
    sideWords({ left, right }).right.name,
  ];

  it('are before and after where one prompt was run with and without an intervention', () => {
    assert.deepEqual(names(graph('a'), graph('a', 'blocks.0.mlp')), ['Before', 'After']);
    assert.deepEqual(names(graph('a', 'blocks.0.mlp'), graph('a')), ['After', 'Before']);
  });

  it('are A and B for two prompts, whatever was changed, and for one prompt beside itself', () => {
    for (const [left, right] of [
      [graph('a'), graph('b')],
      [graph('a'), graph('b', 'blocks.0.mlp')],
      [graph('a'), graph('a')],
      [graph('a', 'blocks.0.mlp'), graph('a', 'blocks.1.mlp')],
    ]) {
      assert.equal(isWhatIf({ left, right }), false);
      assert.deepEqual(names(left, right), ['A', 'B']);
    }
    const [before, after] = [graph('a'), graph('a', 'blocks.0.mlp')];
    const elsewhere: Partial<FlowGraph>[] = [
      { position: 2 },
      { target: { ...after.target, id: 8 } },
      { target: { ...after.target, against: { id: 9, text: '', logit: 0, probability: 0 } } },
    ];
    for (const other of elsewhere)
      assert.deepEqual(names(before, { ...after, ...other }), ['A', 'B'], 'another question is asked of the other side');
    assert.equal(sideWords(null).right.there, 'in B');
  });
});
