import assert from 'node:assert/strict';
import { compareGraphs } from '../../../../src/core/compare/compare-graphs';
import { comparePasses, type ResolvedComparisonOptions } from '../../../../src/core/compare/compare-passes';
import type { ComparedPass } from '../../../../src/core/compare/contrast';
import { comparisonSchema, type Comparison, type NodeChange } from '../../../../src/core/format/comparison';
import { idsInComparison, layoutComparison } from '../../../../src/core/present/comparison-layout';
import { whatChanged } from '../../../../src/core/compare/what-changed';
import { Problem } from '../../../../src/core/problem';
import { DEFAULT_COUNTS } from '../../../../src/core/format/default-counts';
import { FakePass, type FakeShape } from '../../../support/fake-pass';

const quiet = { signal: { aborted: false }, report: () => {} };
const JAPAN = 'The capital of Japan is the city of';
const KOREA = 'The capital of the Republic of Korea is';
const options: ResolvedComparisonOptions = {
  layers: { from: 0, to: 2 },
  counts: { ...DEFAULT_COUNTS, heads: 2, values: 2, top: 4, bottom: 2, tokens: 4 },
  targets: 'own',
};

/** Words as ids, so that the same word is the same token in both prompts. */
function side(prompt: string, shape: Partial<FakeShape> = {}): ComparedPass {
  const pass = new FakePass(prompt, [], shape);
  const words = [...new Set(`${JAPAN} ${KOREA}`.split(' '))];
  const tokens = pass.tokens.map((token) => ({ ...token, id: words.indexOf(token.text.trim()) }));
  return { pass: Object.assign(pass, { tokens }), options: { position: tokens.length - 1, target: null } };
}

const compare = (left: ComparedPass, right: ComparedPass, changed: Partial<ResolvedComparisonOptions> = {}): Promise<Comparison> =>
  comparePasses({ left, right }, { ...options, ...changed }, quiet);

/** Zero without its sign. */
const plain = (value: number): number => value + 0;

describe('comparing two passes', () => {
  it('finds exactly no change between a prompt and itself', async () => {
    const comparison = await compare(side(JAPAN), side(JAPAN));
    comparisonSchema.parse(comparison);
    assert.deepEqual(comparison.left, comparison.right);
    for (const { id, left, right, chosen, change } of comparison.nodes) {
      assert.deepEqual([left, right, chosen], [id, id, 'both']);
      const { overlap, ...differences } = change;
      assert.ok(overlap === undefined || overlap === 1, id);
      assert.ok(
        Object.values(differences).every((value) => value === 0),
        `${id}: ${JSON.stringify(differences)}`,
      );
    }
    assert.ok(comparison.edges.every(({ left, right, weight }) => left !== null && left === right && weight === 0));
    assert.ok(comparison.parting.every(({ divergence, cosine, contrast }) => divergence === 0 && cosine === 1 && contrast === 0));
    assert.deepEqual(whatChanged(comparison, 'distance', true), []);
  });

  it('lists what changes by itself: sums, norms, and rows of W_O, which show again what heads write, only where they are asked for', async () => {
    const comparison = await compare(side(JAPAN), side(KOREA, { seed: 2 }));
    const kinds = new Map([...comparison.right.nodes, ...comparison.left.nodes].map(({ id, kind }) => [id, kind]));
    const listed = (gathered: boolean) =>
      new Set(whatChanged(comparison, 'contrast', gathered).map(({ id }) => kinds.get(id.replace(/^right:/, ''))));
    const [alone, all] = [listed(false), listed(true)];
    for (const kind of ['head_out', 'head_value', 'neuron_value'] as const) assert.ok(alone.has(kind) && all.has(kind), kind);
    for (const kind of ['o_neuron', 'o_rest', 'attn_out', 'resid_post'] as const) assert.ok(!alone.has(kind) && all.has(kind), kind);
  });

  it('mirrors exactly when the sides are swapped', async () => {
    const [there, back] = [await compare(side(JAPAN), side(KOREA, { seed: 2 })), await compare(side(KOREA, { seed: 2 }), side(JAPAN))];
    assert.deepEqual([back.left, back.right], [there.right, there.left]);
    assert.deepEqual(
      back.alignment,
      there.alignment.map(([l, r]) => [r, l]),
    );
    const mirrored = new Map(back.nodes.map((change) => [`${change.right}|${change.left}`, change]));
    assert.equal(mirrored.size, there.nodes.length);
    // The targets differ, so the question turns as well as the sides: the contrast's change stays.
    const kept: ReadonlySet<string> = new Set(['contrast', 'distance', 'overlap']);
    const turned = ({ change }: NodeChange, turn: (key: string, value: number) => number) =>
      Object.fromEntries(Object.entries(change).flatMap(([key, value]) => (value === undefined ? [] : [[key, plain(turn(key, value))]])));
    const mirror = (change: NodeChange) => turned(change, (key, value) => (kept.has(key) ? value : -value));
    const values = (change: NodeChange) => turned(change, (_, value) => value);
    for (const change of there.nodes) {
      const twin = mirrored.get(`${change.left}|${change.right}`);
      assert.ok(twin, change.id);
      assert.deepEqual(values(twin), mirror(change), change.id);
      assert.equal(twin.chosen, { both: 'both', left: 'right', right: 'left' }[change.chosen]);
    }
    assert.deepEqual(
      back.edges.map(({ left, right, weight }) => [right, left, plain(-weight)]).sort(),
      there.edges.map(({ left, right, weight }) => [left, right, plain(weight)]).sort(),
    );
    assert.deepEqual(
      back.parting.map((step) => step.contrast),
      there.parting.map((step) => step.contrast),
    );
    const places = (comparison: Comparison, own: 'left' | 'right') => {
      const { nodes } = layoutComparison(comparison);
      const place = (id: string) => {
        const at = nodes.get(id);
        return [at?.x, at?.y];
      };
      return [...idsInComparison(comparison, own)].map(([id, shared]) => [id, ...place(shared)]).sort();
    };
    assert.deepEqual(places(back, 'right'), places(there, 'left'));
    assert.deepEqual(places(back, 'left'), places(there, 'right'));
  });

  it('draws the union: what only one side ranks high stands on both, and says whose it is', async () => {
    const { left, right, nodes } = await compare(side(JAPAN), side(JAPAN, { seed: 2 }));
    assert.ok(
      nodes.every((change) => change.left !== null && change.right !== null),
      'the same prompt has every twin',
    );
    assert.equal(left.nodes.length, right.nodes.length);
    assert.ok(nodes.some(({ chosen }) => chosen === 'left') && nodes.some(({ chosen }) => chosen === 'right'));
    const heads = nodes.filter(({ id }) => /^blocks\.1\.attn\.head\.\d+$/.test(id));
    assert.equal(heads.filter(({ chosen }) => chosen !== 'right').length, 2);
    assert.equal(heads.filter(({ chosen }) => chosen !== 'left').length, 2);
  });

  it('leaves without a twin only sources that the other prompt does not have', async () => {
    const comparison = await compare(side(JAPAN), side(KOREA, { seed: 2 }));
    const lonely = comparison.nodes.filter(({ left, right }) => left === null || right === null);
    assert.ok(lonely.length > 0);
    for (const { id } of lonely) assert.match(id, /\.(key|value)\.\d+$|\.rest$/);
    assert.equal(new Set(comparison.nodes.map(({ id }) => id)).size, comparison.nodes.length);
    assert.equal(layoutComparison(comparison).nodes.size, comparison.nodes.length);
  });

  it('splits what parts the predictions into steps that sum to it', async () => {
    const { contrast, parting } = await compare(side(JAPAN), side(JAPAN, { seed: 2 }));
    const sum = parting.reduce((total, step) => total + step.contrast, contrast.normBias);
    assert.ok(Math.abs(sum - (contrast.right - contrast.left)) < 1e-9);
    assert.ok(contrast.left <= 0 && contrast.right >= 0, 'each side prefers its own prediction');
  });

  it('draws the block in which the passes part most unless layers are given', async () => {
    const { left, parting } = await compare(side(JAPAN), side(JAPAN, { seed: 2 }), { layers: null });
    const blocks = parting.filter(({ layer }) => layer >= 0);
    const most = Math.max(...blocks.map((step) => Math.abs(step.contrast)));
    assert.deepEqual(
      left.layers,
      blocks.filter((step) => Math.abs(step.contrast) === most).map(({ layer }) => layer),
    );
  });

  it('reads both sides for one target, or for the difference of both', async () => {
    const [l, r] = [side(JAPAN), side(JAPAN, { seed: 2 })];
    const own = await compare(l, r);
    assert.notEqual(own.left.target.id, own.right.target.id);
    const ids = ({ left, right }: Comparison) => [left.target.id, right.target.id];
    assert.deepEqual(ids(await compare(l, r, { targets: 'left' })), [own.left.target.id, own.left.target.id]);
    assert.deepEqual(ids(await compare(l, r, { targets: 'right' })), [own.right.target.id, own.right.target.id]);
    const difference = await compare(l, r, { targets: 'difference' });
    assert.deepEqual(ids(difference), [own.left.target.id, own.left.target.id]);
    assert.deepEqual([difference.left.target.against?.id, difference.right.target.against?.id], [own.right.target.id, own.right.target.id]);
    assert.equal(difference.contrast.of, 'target');
  });

  it('compares by one token where both sides predict the same and their difference is asked for', async () => {
    const { left, contrast } = await compare(side(JAPAN), side(JAPAN), { targets: 'difference' });
    assert.deepEqual([left.target.against, contrast.of], [undefined, 'target']);
  });

  it('stops between blocks when cancelled', async () => {
    const cancelled = { signal: { aborted: true }, report: () => {} };
    await assert.rejects(
      comparePasses({ left: side(JAPAN), right: side(JAPAN) }, options, cancelled),
      (e) => e instanceof Problem && e.code === 'cancelled',
    );
  });
});

describe('compareGraphs', () => {
  it('refuses graphs of different models or layers', async () => {
    const { left } = await compare(side(JAPAN), side(JAPAN), { layers: { from: 1, to: 1 } });
    const refused = (other: typeof left) =>
      assert.throws(
        () => compareGraphs(left, other),
        (e) => e instanceof Problem && e.code === 'bad-request',
      );
    refused({ ...left, layers: [2] });
    refused({ ...left, model: { ...left.model, name: 'another' } });
  });
});
