import assert from 'node:assert/strict';
import { attribute } from '../../src/core/analyse/attribution';
import { buildFlowGraph } from '../../src/core/build/build-flow-graph';
import type { ResolvedGraphOptions } from '../../src/core/build/flow-graph-builder';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import type { NodeKind } from '../../src/core/format/node-kinds';
import type { ForwardPass } from '../../src/engine/runtime/forward-pass';
import { assertSharesAddUp } from './adding-up';
import { biasesOf, fixtureNames, openFixture, patient } from './fixture';

const COUNTS = { heads: 1, values: 2, top: 3, bottom: 2, tokens: 1 };

/** Everything that a graph of the whole depth counts as a summand, in a model with these parts. */
async function summandsOf(pass: ForwardPass, position: number): Promise<Set<NodeKind>> {
  // A family may have a bias in one layer alone.
  const blocks = await Promise.all(Array.from({ length: pass.model.nLayers }, (_, layer) => pass.block(layer, position)));
  const parts: readonly (readonly [NodeKind, unknown])[] = [
    ['embed', true],
    ['pos_embed', pass.posEmbed],
    ['attn_bias', blocks.some(({ attention }) => attention.bias)],
    ['mlp_bias_out', blocks.some(({ mlp }) => biasesOf(mlp).biasOut)],
    ['head_value', true],
    ['head_rest', position >= COUNTS.values],
    ['heads_rest', pass.model.nHeads > COUNTS.heads],
    ['neuron_value', true],
    ['neuron_rest', true],
  ];
  return new Set(parts.filter(([, present]) => Boolean(present)).map(([kind]) => kind));
}

/** What is drawn by share are the heads and neurons whose nodes have the largest; ties, and what rounding decides, aside. */
async function assertChosenByShare(pass: ForwardPass, asked: Pick<ResolvedGraphOptions, 'layers' | 'position' | 'target'>): Promise<void> {
  const { nHeads, dMlp } = pass.model;
  const all = await buildFlowGraph(pass, { ...asked, counts: { ...COUNTS, heads: nHeads, top: dMlp } }, patient);
  const chosen = await buildFlowGraph(pass, { ...asked, counts: COUNTS, by: 'share' }, patient);
  const shares = (graph: FlowGraph, layer: number, kind: NodeKind) =>
    graph.nodes.filter((node) => node.layer === layer && node.kind === kind).map(({ share }) => share ?? NaN);
  const close = (actual: readonly number[], expected: readonly number[], what: string) => {
    assert.equal(actual.length, expected.length, what);
    actual.forEach((share, i) => assert(Math.abs(share - expected[i]) <= 1e-4 * Math.max(1, Math.abs(expected[i])), what));
  };
  const { heads, top, bottom } = COUNTS;
  for (const layer of all.layers) {
    const ofHeads = shares(all, layer, 'head_out')
      .map(Math.abs)
      .sort((a, b) => b - a);
    close(shares(chosen, layer, 'head_out').map(Math.abs), ofHeads.slice(0, heads), `heads of layer ${layer}`);
    const ofNeurons = shares(all, layer, 'neuron_value').sort((a, b) => b - a);
    // Those of a mixture are drawn expert by expert.
    const drawn = shares(chosen, layer, 'neuron_value');
    if (pass.model.experts) drawn.sort((a, b) => b - a);
    close(drawn, [...ofNeurons.slice(0, top), ...ofNeurons.slice(-bottom)], `neurons of layer ${layer}`);
  }
}

for (const name of fixtureNames) {
  it(`The summands that a graph of the ${name} checkpoint shows sum to the target’s logit, to that less the mean, and to a difference of two`, async () => {
    const { pass, tokens, position, target, softCap } = await openFixture(name);
    const shape = { streamNormed: pass.streamNormed, ...(softCap !== undefined && { softCap }) };
    const last = pass.model.nLayers - 1;
    const other = (target + 1) % pass.model.vocabSize;
    const [whole, top] = [
      { from: 0, to: last },
      { from: last, to: last },
    ];
    const middle = { from: Math.min(1, last), to: Math.max(1, last - 1) };
    // Every range of layers at one position, and at the first and the last of them those that begin with the embedding, or do not.
    const drawn = [
      ...[whole, top, { from: 0, to: 0 }, ...(last > 1 ? [middle] : [])].map((layers) => ({ at: position, layers })),
      ...[whole, top].map((layers) => ({ at: 0, layers })),
      { at: tokens.length - 1, layers: whole },
    ];
    for (const { at, layers } of drawn) {
      const build = (asked: Pick<ResolvedGraphOptions, 'target' | 'against' | 'measure'>): Promise<FlowGraph> =>
        buildFlowGraph(pass, { layers, position: at, counts: COUNTS, ...asked }, patient);
      const what = `layers ${layers.from} to ${layers.to} at ${at}`;
      const raw = async (id: number): Promise<FlowGraph> => build({ target: { id }, measure: 'raw' });
      const difference = await build({ target: { id: target }, against: other });
      assertSharesAddUp(await build({ target: null }), shape, `${what}, predicted`);
      // What is measured of a token is read off at any position and from any layer alike: two graphs tell.
      if (softCap !== undefined || (at === position && (layers === whole || layers === top))) {
        const [one, two] = [await raw(target), await raw(other)];
        const [centred, otherCentred] = [await build({ target: { id: target } }), await build({ target: { id: other } })];
        assertSharesAddUp(one, shape, what);
        assertSharesAddUp(two, shape, `${what}, another token`);
        assertSharesAddUp(centred, shape, `${what}, centred`);
        assertSharesAddUp(difference, shape, `${what}, difference`, [one, two]);
        assertSharesAddUp(difference, shape, `${what}, difference of centred`, [centred, otherCentred]);
      } else assertSharesAddUp(difference, shape, `${what}, difference`);
      if (pass.streamNormed || layers.from > 0 || layers.to < last) continue;
      if (at === position) await assertChosenByShare(pass, { layers, position: at, target: { id: target } });
      const { summands, outside } = attribute(difference);
      const kinds = new Set(summands.flatMap(({ node: id }) => difference.nodes.find((node) => node.id === id)?.kind ?? []));
      assert.deepEqual(kinds, await summandsOf(pass, at), what);
      assert(difference.normBias !== 0 || outside === 0, 'nothing but a bias lies outside a graph of the whole depth');
    }
  });
}
