import assert from 'node:assert/strict';
import { comparePasses } from '../../../src/core/compare/compare-passes';
import type { Comparison } from '../../../src/core/format/comparison';
import { comparisonSchema } from '../../../src/core/format/comparison';
import { buildFlowGraph } from '../../../src/core/build/build-flow-graph';
import { parseComponent } from '../../../src/core/format/component';
import { nodeId } from '../../../src/core/format/node-id';
import { openFixture, patient, promptOf, type Fixture } from '../fixture';

const COUNTS = { heads: 2, values: 2, top: 3, bottom: 2, tokens: 3 };
const LAYER = 1;

/** Prompts whose last tokens go to different experts. */
const PROMPTS = { left: [3, 14, 15, 9, 26], right: [8, 60, 2, 33, 19, 47] };

describe('Two passes through a mixture of experts', () => {
  let fixture: Fixture;
  before(async () => {
    fixture = await openFixture('qwen2-moe');
  });

  const pass = (ids: readonly number[]) => fixture.loaded.forward(promptOf(ids), patient);
  const layers = { from: LAYER, to: LAYER };

  /** The chosen experts at the last position. */
  const chosenAt = async (ids: readonly number[]) =>
    (await (await pass(ids)).routing(LAYER))!.chosen[ids.length - 1].map(({ expert }) => expert);

  const compared = async (): Promise<Comparison> => {
    const side = async (ids: readonly number[]) => ({ pass: await pass(ids), options: { position: ids.length - 1, target: null } });
    const sides = { left: await side(PROMPTS.left), right: await side(PROMPTS.right) };
    return comparePasses(sides, { layers, counts: COUNTS, targets: 'own' }, patient);
  };

  it('are compared expert by expert: one that only one side goes to is a node of that side alone, with its neurons', async () => {
    const [left, right] = [await chosenAt(PROMPTS.left), await chosenAt(PROMPTS.right)];
    const onlyLeft = left.filter((expert) => !right.includes(expert));
    const onlyRight = right.filter((expert) => !left.includes(expert));
    assert(onlyLeft.length > 0 && onlyRight.length > 0, 'the prompts must go to different experts for this to show anything');
    const comparison = await compared();
    comparisonSchema.parse(comparison);
    const find = (id: string) => comparison.nodes.find((node) => node.left === id || node.right === id);
    for (const expert of new Set([...left, ...right])) {
      const id = nodeId.expert(LAYER, expert);
      const node = find(id);
      assert(node, id);
      assert.deepEqual([node.left, node.right], [left.includes(expert) ? id : null, right.includes(expert) ? id : null]);
    }
    const shared = find(nodeId.expert(LAYER, 'shared'));
    assert.deepEqual([shared?.left, shared?.right], [shared?.id, shared?.id]);
    assert(shared);
    const neurons = comparison.right.nodes.filter(({ kind, expert }) => kind === 'neuron_value' && expert === onlyRight[0]);
    for (const { id } of neurons) assert.deepEqual(find(id)?.left, null, id);
  });

  it('are a graph each that adds up, in which an expert that is off writes nothing and others keep their weights', async () => {
    const ids = PROMPTS.left;
    const position = ids.length - 1;
    const ordinary = await pass(ids);
    const [off, kept] = await chosenAt(ids);
    const component = parseComponent(`blocks.${LAYER}.mlp.expert.${off}`);
    const changed = await fixture.loaded.intervene(ordinary, [{ component, from: null }], position, patient);
    const draw = (of: typeof ordinary) => buildFlowGraph(of, { layers, position, target: { id: 1 }, counts: COUNTS }, patient);
    const [before, after] = [await draw(ordinary), await draw(changed)];
    const node = (graph: typeof before, expert: number) => graph.nodes.find(({ id }) => id === nodeId.expert(LAYER, expert));
    assert.equal(node(before, kept)?.coefficient, node(after, kept)?.coefficient);
    assert(Math.abs(node(before, off)?.share ?? 0) > 1e-4);
    assert.equal(Math.abs(node(after, off)?.share ?? NaN), 0);
    assert.deepEqual(
      after.nodes.filter(({ kind }) => kind === 'expert').map(({ expert }) => expert),
      before.nodes.filter(({ kind }) => kind === 'expert').map(({ expert }) => expert),
    );
  });
});

it('The bias of an expert is never drawn as a neuron of its own, and is among the others', async () => {
  const { loaded, pass, position } = await openFixture('gpt-oss');
  const { dMlp } = loaded.info.experts!;
  const counts = { heads: 1, values: 1, top: 100, bottom: 100, tokens: 2 };
  const graph = await buildFlowGraph(pass, { layers: { from: 0, to: 1 }, position, target: { id: 1 }, counts }, patient);
  const neurons = graph.nodes.filter(({ kind }) => kind === 'neuron_value');
  assert.equal(Math.max(...neurons.map(({ neuron }) => neuron ?? 0)), dMlp - 2);
  const rests = graph.nodes.filter(({ kind, expert }) => kind === 'neuron_rest' && expert !== undefined);
  assert.equal(rests.length, 2 * loaded.info.experts!.chosen);
  assert(rests.every(({ norm, count }) => norm > 0 && count === 1));
});
