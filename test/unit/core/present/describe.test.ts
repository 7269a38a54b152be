import assert from 'node:assert/strict';
import { isSilent, spokenTokens } from '../../../../src/core/format/spoken-tokens';
import {
  logitInWords,
  measuredFigures,
  measuredInWords,
  shareInWords,
  shareOfInWords,
  nodeSentence,
  nodeTitle,
  targetInWords,
} from '../../../../src/core/present/describe';
import type { FlowGraph, FlowNode } from '../../../../src/core/format/flow-graph';

describe('the title of a rest', () => {
  const title = (kind: FlowNode['kind'], count: number): string =>
    nodeTitle({ id: 'rest', kind, layer: 2, head: 1, count, norm: 0, reading: null, label: '' }, { tokens: [], position: 0 });

  it('counts one summand in the singular and several in the plural', () => {
    const kinds = ['head_rest', 'heads_rest', 'o_rest', 'neuron_rest'] as const;
    assert.deepEqual(
      kinds.map((kind) => title(kind, 1).split(' · ').at(-1)),
      ['1 other source', '1 other head', '1 other neuron', '1 other neuron'],
    );
    assert.deepEqual(
      kinds.map((kind) => title(kind, 3).split(' · ').at(-1)),
      ['3 other sources', '3 other heads', '3 other neurons', '3 other neurons'],
    );
  });
});

describe('the sentence of a head', () => {
  const key: FlowNode = { id: 'key', kind: 'head_key', layer: 0, head: 5, source: 0, norm: 0, reading: null, label: '' };
  const sentence = (nHeads: number, nKeyValueHeads: number): string =>
    nodeSentence(key, { tokens: [], position: 0, model: { nHeads, nKeyValueHeads } });

  it('names the heads that read the same keys and values', () => {
    assert.match(sentence(8, 2), /Heads 4 to 7 share/);
    assert.match(sentence(8, 1), /All heads of the layer share/);
    assert.doesNotMatch(sentence(8, 8), /share/);
  });
});

describe('the words about what an intervention puts in', () => {
  const words = (kind: FlowNode['kind'], intervention: 'patch' | 'mean'): string => {
    const node: FlowNode = { id: 'patch', kind, layer: 2, head: 1, expert: 7, intervention, norm: 0, reading: null, label: '' };
    return `${nodeTitle(node, { tokens: [], position: 0 })}: ${nodeSentence(node, { tokens: [], position: 0 })}`;
  };

  it('tell the value of another prompt from the mean over several', () => {
    for (const kind of ['head_patch', 'attn_patch', 'mlp_patch', 'expert_patch'] as const) {
      assert.match(words(kind, 'patch'), /patched.*: What .* wrote on another prompt, /);
      assert.match(words(kind, 'mean'), /mean.*: What .* wrote on other prompts, on average, /);
      assert.doesNotMatch(words(kind, 'mean'), /patched|another prompt/);
    }
  });
});

describe('the words about experts', () => {
  const experts = { count: 4, chosen: 1, dMlp: 8, layers: [2], scored: 'input' as const };
  const sentence = (kind: FlowNode['kind'], model?: { nHeads: number; nKeyValueHeads: number; experts: typeof experts }): string => {
    const node: FlowNode = { id: 'expert', kind, layer: 2, expert: 3, norm: 0, reading: null, label: '' };
    return nodeSentence(node, { tokens: [], position: 0, ...(model && { model }) });
  };

  it('say whether scores multiply what experts write, or what they read', () => {
    assert.match(sentence('router'), /what their outputs are multiplied with/);
    assert.match(sentence('expert'), /writes, times the weight/);
    const model = { nHeads: 1, nKeyValueHeads: 1, experts };
    assert.match(sentence('router', model), /multiplies what each of them reads with its score/);
    assert.match(sentence('expert', model), /It reads the layer’s input times the score/);
  });
});

describe('what shares sum to', () => {
  const token = (id: number, text: string) => ({ id, text, logit: 1, probability: 0.5 });
  const target: FlowGraph['target'] = { ...token(1, ' Tokyo'), measure: 'centred', measured: 0.25, rank: 1, chosen: 'user' };

  it('is a logit, or with a second token the difference of two, which is named', () => {
    assert.deepEqual([targetInWords({ target }), logitInWords({ target })], ['·Tokyo', 'logit ·Tokyo']);
    const both = { target: { ...target, measure: 'difference' as const, against: token(2, ' Kyoto') } };
    assert.deepEqual([targetInWords(both), logitInWords(both)], ['·Tokyo − ·Kyoto', 'logit difference ·Tokyo − ·Kyoto']);
  });

  it('is said with the measure: less the mean of all logits, as it is, or as a difference', () => {
    const raw = { target: { ...target, measure: 'raw' as const, measured: 1 } };
    const both = { target: { ...target, measure: 'difference' as const, measured: 1, against: token(2, ' Kyoto') } };
    const said = (of: Pick<FlowGraph, 'target'>) => [measuredInWords(of), measuredFigures(of), shareInWords(of), shareOfInWords(of)];
    assert.deepEqual(
      [said({ target }), said(raw), said(both)],
      [
        [
          'logit ·Tokyo less the mean logit',
          'logit ·Tokyo 1.000 less the mean logit 0.750',
          'Centred share',
          'Centred share of logit ·Tokyo',
        ],
        ['logit ·Tokyo', 'logit ·Tokyo 1.000', 'Raw share', 'Raw share of logit ·Tokyo'],
        [
          'logit difference ·Tokyo − ·Kyoto',
          'logit difference ·Tokyo − ·Kyoto 1.000',
          'Share of ·Tokyo − ·Kyoto',
          'Share of logit difference ·Tokyo − ·Kyoto',
        ],
      ],
    );
  });
});

describe('what a node says', () => {
  const token = (text: string) => ({ id: 1, text, logit: 0, probability: 0.5 });
  const reading = { top: [token('up')], bottom: [token('down')], target: { logit: 0, probability: 0, rank: 1 }, entropy: 1 };
  const said = (kind: FlowNode['kind'], coefficient: number | undefined, norm = 1): string =>
    spokenTokens({ kind, norm, reading, ...(coefficient !== undefined && { coefficient }) })
      .map(({ text }) => text)
      .join();

  it('is its least likely tokens where its coefficient is negative, and nothing where it writes nothing', () => {
    assert.deepEqual([said('head_out', undefined), said('neuron_value', 2), said('neuron_value', -2)], ['up', 'up', 'down']);
    assert.deepEqual([said('neuron_value', 0), said('o_neuron', 0), said('mlp_out', undefined, 0)], ['', '', '']);
    assert.equal(isSilent({ kind: 'neuron_key', norm: 1, coefficient: 0 }), false, 'a key is read');
  });
});
