import assert from 'node:assert/strict';
import { buildFlowGraph, readNodes } from '../../src/core/build/build-flow-graph';
import { DEFAULT_COUNTS } from '../../src/core/format/default-counts';
import type { FlowGraph, FlowNode } from '../../src/core/format/flow-graph';
import { isUnread } from '../../src/core/format/unread';
import { seenFirst } from '../../src/core/present/rows/seen-first';
import { fixtureNames, modelTypeOf, openFixture } from './fixture';

const QUIET = { signal: { aborted: false }, report: () => undefined };
/** A product of other rows at once may differ in the last bits. */
const TOLERANCE = 1e-5;

/** How far two readings are apart, by their logits: where two tokens have nearly one logit, either may come first. */
function distance({ reading: one }: FlowNode, { reading: other }: FlowNode): number {
  if (one === null || other === null) return one === other ? 0 : Infinity;
  const logits = ({ top, bottom, target }: NonNullable<FlowNode['reading']>) => [...top, ...bottom, target].map(({ logit }) => logit);
  const others = logits(other);
  return Math.max(...logits(one).map((logit, i) => Math.abs(logit - (others[i] ?? Infinity)) / Math.max(1, Math.abs(logit))));
}

/** One of each family: which nodes there are, and what of them is read, does not depend on how its weights are stored or whether they have biases. */
const families = new Map([...fixtureNames].reverse().map((name) => [modelTypeOf(name), name]));

for (const name of families.values()) {
  it(`What is read first and what is read later of ${name} is what is read all at once`, async () => {
    const { pass, position } = await openFixture(name);
    const options = { layers: { from: 0, to: pass.model.nLayers - 1 }, position, target: null, counts: { ...DEFAULT_COUNTS, tokens: 5 } };
    const whole = await buildFlowGraph(pass, options, QUIET);
    // Something else is drawn, so that nothing is left of what was read.
    await buildFlowGraph(pass, { ...options, layers: { from: 0, to: 0 } }, QUIET);
    const first = await buildFlowGraph(pass, options, QUIET, seenFirst);
    assert.deepEqual(first.nodes.map(exact), whole.nodes.map(exact), 'norms, shares and all else that needs no lens, to the last bit');
    assert.deepEqual(first.edges, whole.edges);
    const unread = first.nodes.filter(isUnread).length;
    assert.equal(first.unread ?? 0, unread);
    for (let left = unread; left > 0;) ({ left } = await readNodes(pass, options, 40, QUIET));
    assertAlike(await buildFlowGraph(pass, options, QUIET), whole);
  });
}

/** What needs no lens. */
function exact({ reading: _reading, label: _label, also: _also, ...node }: FlowNode): unknown {
  return node;
}

function assertAlike(later: FlowGraph, whole: FlowGraph): void {
  assert.equal(later.unread, undefined);
  assert.deepEqual(later.nodes.map(exact), whole.nodes.map(exact));
  for (const [i, node] of later.nodes.entries()) {
    const apart = distance(node, whole.nodes[i]);
    assert.ok(apart <= TOLERANCE, `${node.id}: off by ${apart}`);
    assert.deepEqual(
      node.also?.map(({ title, norm }) => [title, norm]),
      whole.nodes[i].also?.map(({ title, norm }) => [title, norm]),
    );
  }
}
