import assert from 'node:assert/strict';
import { buildFlowGraph } from '../../../../src/core/build/build-flow-graph';
import { componentInWords, componentName, componentOfNode, componentsOfNode, parseComponent } from '../../../../src/core/format/component';
import type { FlowNode } from '../../../../src/core/format/flow-graph';
import { Problem } from '../../../../src/core/problem';
import { DEFAULT_COUNTS } from '../../../../src/core/format/default-counts';
import { FakePass } from '../../../support/fake-pass';

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
    const tokens = Array.from({ length: 5 }, (_, i) => ({ id: i, text: ` t${i}`, start: i, end: i + 1 }));
    assert.equal(componentInWords(parseComponent(NAMES[1]), { tokens }), 'head 7 of layer 3 reading ‘·t4’');
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
