import assert from 'node:assert/strict';
import { buildFlowGraph } from '../../../../src/core/build/build-flow-graph';
import {
  componentInWords,
  componentName,
  componentNodeId,
  componentOfNode,
  componentsOfNode,
  parseComponent,
  partName,
} from '../../../../src/core/format/component';
import { parsePositions, positionsOf } from '../../../../src/core/format/positions';
import type { FlowNode } from '../../../../src/core/format/flow-graph';
import { Problem } from '../../../../src/core/problem';
import { DEFAULT_COUNTS } from '../../../../src/core/format/default-counts';
import { FakePass } from '../../../support/fake-pass';

const tokens = Array.from({ length: 9 }, (_, i) => ({ id: i, text: ` t${i}`, start: i, end: i + 1 }));
const NAMES = ['blocks.3.attn.head.7', 'blocks.3.attn.head.7.value.4', 'blocks.5.mlp.neuron.311', 'blocks.3.attn', 'blocks.12.mlp'];

describe('the name of a component', () => {
  it('is read and written in one form', () => {
    assert.deepEqual(
      NAMES.map((name) => componentName(parseComponent(name))),
      NAMES,
    );
  });

  it('may be that of a block’s output', () => {
    assert.deepEqual(parseComponent('blocks.3.hook_attn_out'), { kind: 'attention', layer: 3 });
    assert.deepEqual(parseComponent('blocks.3.hook_mlp_out'), { kind: 'mlp', layer: 3 });
  });

  it('is in words what it is in digits', () => {
    assert.equal(componentInWords(parseComponent(NAMES[1])), 'head 7 of layer 3 reading position 4');
  });

  it('names the token that a head reads where the prompt is known', () => {
    assert.equal(componentInWords(parseComponent(NAMES[1]), { tokens }), 'head 7 of layer 3 reading ‘·t4’');
  });

  it('may be followed by positions, which are read and written in one form', () => {
    for (const name of NAMES) {
      for (const positions of ['@4', '@2-5', '@0,3-4', '@-1', '@-3--1', '@2--2']) {
        assert.equal(componentName(parseComponent(`${name}${positions}`)), `${name}${positions}`);
      }
    }
    assert.deepEqual(parseComponent('blocks.3.hook_mlp_out@0,3-4').positions, [
      { from: 0, to: 0 },
      { from: 3, to: 4 },
    ]);
  });

  it('names the same node whatever the positions', () => {
    for (const name of NAMES) {
      assert.equal(componentNodeId(parseComponent(`${name}@2-5`)), componentNodeId(parseComponent(name)));
      assert.equal(partName(parseComponent(`${name}@2-5`)), name);
    }
  });

  it('says its positions in words, and the token at a single one', () => {
    const inWords = (name: string, prompt?: { tokens: typeof tokens }) => componentInWords(parseComponent(name), prompt);
    assert.equal(inWords('blocks.3.attn.head.7@4'), 'head 7 of layer 3 at position 4');
    assert.equal(inWords('blocks.3.attn.head.7@4', { tokens }), 'head 7 of layer 3 at ‘·t4’ (4)');
    assert.equal(inWords('blocks.3.mlp@-1'), 'feed-forward layer 3 at the last position');
    assert.equal(inWords('blocks.3.mlp@-1', { tokens }), 'feed-forward layer 3 at ‘·t8’ (8)');
    assert.equal(inWords('blocks.3.mlp@0,3-4', { tokens }), 'feed-forward layer 3 at positions 0 and 3 to 4');
    assert.equal(inWords('blocks.3.mlp@-3--2'), 'feed-forward layer 3 at positions −3 to −2');
    assert.equal(inWords(`${NAMES[1]}@6`, { tokens }), 'head 7 of layer 3 at ‘·t6’ (6) reading ‘·t4’');
  });

  for (const positions of ['@', '@x', '@1-', '@1,', '@5-2', '@-1--3', '@1.5', '@1@2', '@ ']) {
    it(`does not have positions ${JSON.stringify(positions)}, and the refusal says what positions look like`, () => {
      assert.throws(
        () => parseComponent(`blocks.3.mlp${positions}`),
        (e) => e instanceof Problem && e.code === 'no-such-component' && /@2-5/.test(e.hint ?? ''),
      );
    });
  }

  it('has each of its positions once, counted from the start of the prompt', () => {
    const of = (positions: string, count: number) => positionsOf(parsePositions(positions), count);
    assert.deepEqual(of('3-4,0,-6,4', 6), [0, 3, 4]);
    assert.deepEqual(of('-3--1', 6), [3, 4, 5]);
    assert.deepEqual(of('0--1', 3), [0, 1, 2]);
    assert.deepEqual(of('-1,0', 1), [0]);
  });

  it('has no positions outside the prompt', () => {
    const refused: [positions: string, count: number, says: RegExp][] = [
      ['6', 6, /no position 6: the prompt has positions 0 to 5/],
      ['-7', 6, /no position -7/],
      ['0-99999999999', 6, /no position 99999999999/],
      ['1', 1, /the prompt has position 0 only/],
      ['4--3', 6, /4--3 is empty/],
    ];
    for (const [positions, count, says] of refused) {
      assert.throws(
        () => positionsOf(parsePositions(positions), count),
        (e) => e instanceof Problem && e.code === 'position-out-of-range' && says.test(e.message),
      );
    }
  });

  for (const name of [
    '',
    'blocks.3',
    'blocks.3.attn.head',
    'blocks.-1.mlp',
    'blocks.3.attn.head.7.key.4',
    'blocks.3.attn.neuron.5',
    'blocks.x.mlp',
    'embed',
  ]) {
    it(`is not ${JSON.stringify(name)}, and the refusal says what names look like`, () => {
      assert.throws(
        () => parseComponent(name),
        (e) => e instanceof Problem && e.code === 'no-such-component' && /blocks\.3\.mlp/.test(e.hint ?? ''),
      );
    });
  }

  it('is the id of the component’s node, so that a node and a word on the command line are the same', async () => {
    const pass = new FakePass();
    const options = { layers: { from: 0, to: 2 }, position: pass.tokens.length - 1, target: null, counts: DEFAULT_COUNTS };
    const { nodes } = await buildFlowGraph(pass, options, { signal: { aborted: false }, report: () => {} });
    const own = nodes.filter(({ kind }) => ['head_out', 'head_value', 'neuron_value', 'attn_out', 'mlp_out'].includes(kind));
    assert.ok(own.length > 30);
    for (const node of own) assert.deepEqual(componentOfNode(node), parseComponent(node.id));
    assert.deepEqual(
      nodes.filter((n) => componentOfNode(n) === null && /^(head|neuron)_(?!rest)/.test(n.kind)),
      [],
    );
  });

  it('stands on a node together with all that contains it, up to the layer', async () => {
    const pass = new FakePass();
    const options = { layers: { from: 1, to: 1 }, position: pass.tokens.length - 1, target: null, counts: DEFAULT_COUNTS };
    const { nodes } = await buildFlowGraph(pass, options, { signal: { aborted: false }, report: () => {} });
    const offered = (kind: FlowNode['kind']): string[] => {
      const node = nodes.find((each) => each.kind === kind);
      assert.ok(node, kind);
      return componentsOfNode(node).map((component) => component.kind);
    };
    assert.deepEqual(offered('head_value'), ['source', 'head', 'attention']);
    assert.deepEqual(offered('head_out'), ['head', 'attention']);
    assert.deepEqual(offered('o_neuron'), ['head', 'attention']);
    assert.deepEqual(offered('attn_out'), ['attention']);
    assert.deepEqual(offered('neuron_key'), ['neuron', 'mlp']);
    assert.deepEqual(offered('mlp_out'), ['mlp']);
    assert.deepEqual(offered('ln1'), []);
    assert.deepEqual(offered('resid_post'), []);
  });
});
