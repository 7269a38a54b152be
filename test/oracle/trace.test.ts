import assert from 'node:assert/strict';
import type { Target } from '../../src/core/pass/lens';
import { biasesOf, centredOf, fixtureNames, openFixture, patient, relativeDifference } from './fixture';
import type { Fixture } from './fixture';

/** Largest difference that float32 arithmetic in another order explains, relative to a tensor's largest value. */
const TOLERANCE = 1e-4;

/** The reference's tensors with this prefix, without it. */
function expectedUnder({ expected }: Fixture, prefix: string): Map<string, Float32Array> {
  const found = new Map<string, Float32Array>();
  for (const [name, { data }] of expected) {
    if (name.startsWith(prefix)) found.set(name.slice(prefix.length), Float32Array.from(data));
  }
  assert(found.size > 0, `the fixture has nothing under ${prefix}`);
  return found;
}

for (const name of fixtureNames) {
  describe(`The engine on the ${name} checkpoint agrees with transformers`, () => {
    let fixture: Fixture;
    before(async () => {
      fixture = await openFixture(name);
    });

    it('on every tensor of the trace', async function () {
      const missing = new Set([...fixture.expected.keys()].filter((key) => !/^(lens|project)\./.test(key)));
      assert(missing.size > 0);
      let largest = 0;
      for await (const { name: tensorName, tensor } of fixture.loaded.trace(fixture.pass, patient)) {
        const reference = fixture.expected.get(tensorName);
        if (reference === undefined) {
          assert(fixture.model !== undefined, `the reference has no ${tensorName}`);
          continue; // Of the embedded model only a part was kept.
        }
        missing.delete(tensorName);
        assert.deepEqual(tensor.shape, reference.shape, tensorName);
        const difference = relativeDifference(tensor.data, reference.data);
        assert(difference <= TOLERANCE, `${tensorName} differs by ${difference}`);
        largest = Math.max(largest, difference);
      }
      assert.deepEqual([...missing], [], 'tensors that the engine does not trace');
      this.test!.title += ` (largest difference ${largest.toExponential(1)})`;
    });

    it('on the residual stream at the block borders', () => {
      for (const layer of fixture.layers) {
        const reference = fixture.expected.get(`blocks.${layer}.hook_resid_post`)!;
        assert(relativeDifference(fixture.pass.stream[layer + 1], reference.data) <= TOLERANCE);
      }
    });

    it('on what heads look for, find, carry and write at a position', async function () {
      const { position, pass, tokens } = fixture;
      const { dModel: d, nHeads: H } = pass.model;
      const T = tokens.length;
      let largest = 0;
      const compare = (what: string, actual: Float32Array, expected: Float32Array) => {
        const difference = relativeDifference(actual, expected);
        assert(difference <= TOLERANCE, `${what} differs by ${difference}`);
        largest = Math.max(largest, difference);
      };
      const compareOptional = (what: string, actual: Float32Array | undefined, expected: Float32Array | undefined) => {
        assert.equal(actual === undefined, expected === undefined, `${what}: only one side has it`);
        if (actual && expected) compare(what, actual, expected);
      };
      for (const layer of fixture.layers) {
        const project = expectedUnder(fixture, `project.${layer}.`);
        const state = await pass.block(layer, position);
        /** Row j of every head, from [H,T,d]. */
        const ofSource = (rows: Float32Array, j: number) =>
          Float32Array.from({ length: H * d }, (_, i) => rows[(Math.floor(i / d) * T + j) * d + (i % d)]);
        const keys = project.get('keys')!;
        const values = project.get('values')!;
        compare('query', state.attention.query, project.get('query')!);
        compare('ownKey', state.attention.ownKey, ofSource(keys, position));
        compare('ownValue', state.attention.ownValue, ofSource(values, position));
        compare('headOut', state.attention.headOut, project.get('head_out')!);
        compare('oNorms', state.attention.rowNorms, project.get('o_norms')!);
        compare('valueNorms', state.mlp.valueNorms, project.get('value_norms')!);
        compareOptional('mlpBiasIn', biasesOf(state.mlp).biasIn, project.get('mlp_bias_in'));
        if (project.has('attn_bias')) compare('attnBias', state.attention.bias!, project.get('attn_bias')!);
        if (project.has('mlp_bias_out')) compare('mlpBiasOut', biasesOf(state.mlp).biasOut!, project.get('mlp_bias_out')!);

        const heads = Array.from({ length: H }, (_, h) => H - 1 - h);
        const sources = heads.map((h) => (h % 2 === 0 ? [position, 0] : [1]));
        const vectors = await pass.vectors(layer, position, state, {
          heads,
          sources,
          oNeurons: fixture.neurons,
          neurons: fixture.neurons,
        });
        const pairs = heads.flatMap((h, i) => sources[i].map((j) => ({ h, j })));
        const ofPairs = (rows: Float32Array) =>
          Float32Array.from(pairs.flatMap(({ h, j }) => [...rows.subarray((h * T + j) * d, (h * T + j + 1) * d)]));
        compare('keys', vectors.keys, ofPairs(keys));
        compare('values', vectors.values, ofPairs(values));
        compare('oRows', vectors.oRows, project.get('o_rows')!);
        compare('neuronKeys', vectors.neuronKeys, project.get('neuron_keys')!);
        compareOptional('neuronGates', vectors.neuronGates, project.get('neuron_gates'));
        compare('neuronValues', vectors.neuronValues, project.get('neuron_values')!);

        const nothing = await pass.vectors(layer, position, state, { heads: [], sources: [], oNeurons: [], neurons: [] });
        assert.equal(nothing.keys.length + nothing.oRows.length + nothing.neuronValues.length, 0);
      }
      this.test!.title += ` (largest difference ${largest.toExponential(1)})`;
    });

    it('on a block seen at a position', async () => {
      const { position, pass, expected } = fixture;
      const { dModel: d, nHeads: H } = pass.model;
      const T = fixture.tokens.length;
      for (const layer of fixture.layers) {
        const state = await pass.block(layer, position);
        const at = `blocks.${layer}.`;
        const rowOf = (name: string) => {
          const reference = expected.get(at + name);
          const width = (reference?.data.length ?? 0) / T;
          return reference?.data.subarray(position * width, (position + 1) * width);
        };
        const seen = {
          hook_resid_pre: state.residPre,
          'ln1.hook_normalized': state.attention.ln,
          'attn.hook_z': state.attention.z,
          hook_attn_out: state.attention.out,
          hook_resid_mid: state.residMid,
          'attn.hook_out': state.attention.raw,
          'mlp.hook_out': state.mlp.raw,
          'ln2.hook_normalized': state.mlp.ln,
          'mlp.hook_post': state.mlp.coefficients,
          hook_mlp_out: state.mlp.out,
          hook_resid_post: state.residPost,
        };
        let compared = 0;
        for (const [tensorName, actual] of Object.entries(seen)) {
          const reference = rowOf(tensorName);
          if (reference === undefined) continue;
          compared++;
          assert(actual && relativeDifference(actual, reference) <= TOLERANCE, at + tensorName);
        }
        assert(compared > 0);
        const pattern = expected.get(`${at}attn.hook_pattern`)!.data;
        const rows = Float32Array.from({ length: H * T }, (_, i) => pattern[(Math.floor(i / T) * T + position) * T + (i % T)]);
        assert(relativeDifference(state.attention.pattern, rows) <= TOLERANCE, `${at}attn.hook_pattern`);
        assert.equal(state.residPre.length, d);
      }
    });

    it('on the difference of two logits, whose shares are the differences of their shares', async () => {
      const { pass, position } = fixture;
      const reference = expectedUnder(fixture, 'lens.');
      const rows = reference.get('rows')!;
      const [id, against] = [fixture.target, 1];
      const read = (target: Target) => pass.read(rows, { target, k: 1, position });
      const both = await read({ id, against });
      const other = await read({ id: against, measure: 'raw' });
      const difference = (expected: ArrayLike<number>, subtracted: ArrayLike<number>) => Array.from(expected, (x, i) => x - subtracted[i]);
      assert(relativeDifference(both.shares, difference(reference.get('shares')!, other.shares)) <= TOLERANCE);
      assert(relativeDifference(both.targetLogits, difference(reference.get('targetLogits')!, other.targetLogits)) <= TOLERANCE);
      assertSameRanks(both.targetRanks, reference.get('targetRanks')!);
      const bias = reference.get('normBias')![0] - (await pass.normBias({ id: against, measure: 'raw' }));
      assert(Math.abs((await pass.normBias({ id, against })) - bias) <= TOLERANCE);
    });

    it('on centred shares, and on the mean of all logits', async function () {
      const { pass, position, target: id } = fixture;
      const rows = expectedUnder(fixture, 'lens.').get('rows')!;
      const reference = centredOf(name);
      const { shares } = await pass.read(rows, { target: { id }, k: 1, position });
      const difference = relativeDifference(shares, reference.shares);
      assert(difference <= TOLERANCE, `shares differ by ${difference}`);
      const figures = [await pass.normBias({ id }), await pass.meanLogit(position)];
      [reference.normBias[0], reference.meanLogit[0]].forEach((expected, i) => {
        assert(Math.abs(figures[i] - expected) <= TOLERANCE * Math.max(1, Math.abs(expected)), `${figures[i]} instead of ${expected}`);
      });
      this.test!.title += ` (largest difference ${difference.toExponential(1)})`;
    });

    it('on everything that the lens reads', async function () {
      const { pass, position, k } = fixture;
      const reference = expectedUnder(fixture, 'lens.');
      const target = { id: fixture.target, measure: 'raw' } as const;
      const batch = await pass.read(reference.get('rows')!, { target, k, position });
      let largest = 0;
      for (const figure of [
        'topLogits',
        'topProbabilities',
        'bottomLogits',
        'bottomProbabilities',
        'targetLogits',
        'targetProbabilities',
        'entropies',
        'norms',
        'shares',
      ] as const) {
        const difference = relativeDifference(batch[figure], reference.get(figure)!);
        assert(difference <= TOLERANCE, `${figure} differs by ${difference}`);
        largest = Math.max(largest, difference);
      }
      assert(Math.abs((await pass.normBias(target)) - reference.get('normBias')![0]) <= TOLERANCE);
      for (const end of ['top', 'bottom'] as const) {
        assertSameOrder(batch[`${end}Ids`], reference.get(`${end}Ids`)!, reference.get(`${end}Logits`)!, batch.k, end);
      }
      assertSameRanks(batch.targetRanks, reference.get('targetRanks')!);
      this.test!.title += ` (largest difference ${largest.toExponential(1)})`;
    });
  });
}

/** Logits nearer to each other than this may change places when summed in another order. */
const TIE = 1e-5;

/** Ids must agree wherever the logit is not tied with its neighbour's in the list. */
function assertSameOrder(actual: ArrayLike<number>, ids: ArrayLike<number>, logits: ArrayLike<number>, k: number, end: string): void {
  let compared = 0;
  for (let i = 0; i < ids.length; i++) {
    const tied = [i - 1, i + 1].some((j) => Math.floor(j / k) === Math.floor(i / k) && Math.abs(logits[j] - logits[i]) <= TIE);
    // The list's last entry may be tied with a token that is not in the list.
    if (tied || i % k === k - 1) continue;
    compared++;
    assert.equal(actual[i], ids[i], `${end} ${i % k} of row ${Math.floor(i / k)}`);
  }
  assert(compared > ids.length / 2, 'most of the list must be comparable');
}

function assertSameRanks(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  assert.deepEqual(Array.from(actual), Array.from(expected), 'ranks');
}
