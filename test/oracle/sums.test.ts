import assert from 'node:assert/strict';
import type { BlockSelection, BlockState, SelectedVectors } from '../../src/core/pass/block-state';
import { measureOf, type Target } from '../../src/core/pass/lens';
import { biasesOf, fixtureNames, maxDifference, openFixture, restRows } from './fixture';
import type { Fixture } from './fixture';

const TOLERANCE = 1e-4;

/** Some of everything, so that every sum has drawn summands and a rest. */
function someOf({ pass, position }: Fixture): BlockSelection {
  const { nHeads } = pass.model;
  const heads = Array.from({ length: Math.ceil(nHeads / 2) }, (_, i) => nHeads - 1 - i);
  return {
    heads,
    sources: heads.map((_, i) => (i % 2 === 0 ? [position, 0] : [1])),
    oNeurons: [3, 0, 7],
    neurons: [11, 2, 5, 0],
  };
}

/** Row i of a matrix of rows of this width. */
const row = (rows: Float32Array, i: number, width: number) => rows.subarray(i * width, (i + 1) * width);

/** A summand that not every model has. */
const maybe = (vector: Float32Array | undefined) => (vector ? [[1, vector] as const] : []);

/** Σ coefficient · vector, summed in double precision. */
function sum(width: number, summands: readonly (readonly [number, Float32Array])[]): Float64Array {
  const total = new Float64Array(width);
  for (const [coefficient, vector] of summands) {
    assert.equal(vector.length, width);
    for (let i = 0; i < width; i++) total[i] += coefficient * vector[i];
  }
  return total;
}

for (const name of fixtureNames) {
  describe(`In a pass through the ${name} checkpoint`, () => {
    let fixture: Fixture;
    let selection: BlockSelection;
    let d: number;
    /** Every block of the fixture at its position, and what `someOf` draws of it. */
    let blocks: { layer: number; state: BlockState; drawn: SelectedVectors }[];

    before(async () => {
      fixture = await openFixture(name);
      selection = someOf(fixture);
      d = fixture.pass.model.dModel;
      blocks = [];
      for (let layer = 0; layer < fixture.pass.model.nLayers; layer++) {
        const state = await fixture.pass.block(layer, fixture.position);
        blocks.push({ layer, state, drawn: await fixture.pass.vectors(layer, fixture.position, state, selection) });
      }
    });

    const assertSum = (what: string, result: ArrayLike<number>, summands: readonly (readonly [number, Float32Array])[]) => {
      const difference = maxDifference(sum(result.length, summands), result);
      assert(difference <= TOLERANCE, `${what}: off by ${difference}`);
    };

    it('drawn heads, the rest and the bias sum to the attention output', () => {
      for (const { layer, state, drawn } of blocks) {
        const heads = selection.heads.map((head) => [1, row(state.attention.headOut, head, d)] as const);
        assertSum(`block ${layer}`, state.attention.out, [...heads, [1, drawn.restHeads], ...maybe(state.attention.bias)]);
      }
    });

    it('drawn rows of W_O, the rest and the bias sum to the attention output', () => {
      for (const { layer, state, drawn } of blocks) {
        const rows = selection.oNeurons.map((index, i) => [state.attention.z[index], row(drawn.oRows, i, d)] as const);
        assertSum(`block ${layer}`, state.attention.out, [...rows, [1, drawn.restO], ...maybe(state.attention.bias)]);
      }
    });

    it('drawn sources weighted with their probability and the rest sum to what the head writes', () => {
      const T = fixture.tokens.length;
      for (const { layer, state, drawn } of blocks) {
        let pair = 0;
        selection.heads.forEach((head, i) => {
          const values = selection.sources[i].map(
            (source) => [state.attention.pattern[head * T + source], row(drawn.values, pair++, d)] as const,
          );
          assertSum(`block ${layer} head ${head}`, row(state.attention.headOut, head, d), [...values, [1, row(drawn.restSources, i, d)]]);
        });
      }
    });

    it('drawn neurons, the rest and the bias sum to the feed-forward output', () => {
      for (const { layer, state, drawn } of blocks) {
        const neurons = selection.neurons.map((index, i) => [state.mlp.coefficients[index], row(drawn.neuronValues, i, d)] as const);
        const rests = restRows(drawn, d).map((rest) => [1, rest] as const);
        assertSum(`block ${layer}`, state.mlp.out, [...neurons, ...rests, ...maybe(biasesOf(state.mlp).biasOut)]);
      }
    });

    it('drawn neurons of an expert and its rest sum to what it writes, and experts to the feed-forward output', () => {
      for (const { layer, state, drawn } of blocks) {
        if (state.mlp.kind === 'dense') continue;
        const { experts, expertOut, coefficients, out } = state.mlp;
        const rests = restRows(drawn, d);
        experts.forEach(({ expert, first, count }, i) => {
          const own = selection.neurons.flatMap((index, n) =>
            index >= first && index < first + count ? [[coefficients[index], row(drawn.neuronValues, n, d)] as const] : [],
          );
          assertSum(`block ${layer} expert ${expert}`, row(expertOut, i, d), [...own, [1, rests[i]]]);
        });
        assertSum(
          `block ${layer}`,
          out,
          experts.map((_, i) => [1, row(expertOut, i, d)] as const),
        );
      }
    });

    it('each block adds its attention and its feed-forward output to the stream', () => {
      for (const { layer, state } of blocks) {
        const { residPre, residMid, attention, mlp } = state;
        if (residMid)
          assertSum(`block ${layer} mid`, residMid, [
            [1, residPre],
            [1, attention.out],
          ]);
        // Where norms stand on the stream, what leaves the block is a norm of the sum: the trace shows that it is the right one.
        if (!fixture.pass.streamNormed)
          assertSum(`block ${layer} post`, state.residPost, [
            [1, residPre],
            [1, attention.out],
            [1, mlp.out],
          ]);
        const border = row(fixture.pass.stream[layer + 1], fixture.position, d);
        assert(maxDifference(state.residPost, border) <= TOLERANCE, `block ${layer} seen at one position differs from the pass`);
      }
    });

    it('the norms of W_O rows and neuron values are those of the vectors themselves', () => {
      for (const { state, drawn } of blocks) {
        selection.oNeurons.forEach((index, i) =>
          assert(Math.abs(state.attention.rowNorms[index] - Math.hypot(...row(drawn.oRows, i, d))) <= TOLERANCE),
        );
        selection.neurons.forEach((index, i) =>
          assert(Math.abs(state.mlp.valueNorms[index] - Math.hypot(...row(drawn.neuronValues, i, d))) <= TOLERANCE),
        );
      }
    });

    it('the shares of embeddings, heads, biases, neurons and the final norm’s bias sum to the target’s logit, to a difference of two, and to the logit less the mean', async () => {
      const { pass, position, target } = fixture;
      const final = row(pass.stream[pass.model.nLayers], position, d);
      const summands = [row(pass.embed, position, d)];
      if (pass.posEmbed) summands.push(row(pass.posEmbed, position, d));
      for (const { state, drawn } of blocks) {
        for (let head = 0; head < pass.model.nHeads; head++) summands.push(row(state.attention.headOut, head, d));
        selection.neurons.forEach((index, i) =>
          summands.push(row(drawn.neuronValues, i, d).map((value) => value * state.mlp.coefficients[index])),
        );
        summands.push(...restRows(drawn, d), ...[state.attention.bias, biasesOf(state.mlp).biasOut].filter((bias) => bias !== undefined));
      }
      // Norms on the stream leave nothing that adds up to it but itself.
      if (pass.streamNormed) summands.splice(0, summands.length, final);
      const rows = new Float32Array(summands.length * d);
      summands.forEach((summand, i) => rows.set(summand, i * d));
      // Shares are of the logit before a soft-cap. Of a difference that is the difference of two such sums.
      const { softCap } = fixture;
      const capped = (logit: number) => (softCap === undefined ? logit : softCap * Math.tanh(logit / softCap));
      const totals: number[] = [];
      const mean = await pass.meanLogit(position);
      const askedOf: readonly Target[] = [
        { id: target, measure: 'raw' },
        { id: 1, measure: 'raw' },
        { id: target, against: 1 },
        { id: target },
      ];
      for (const asked of askedOf) {
        const request = { target: asked, k: 1, position };
        const { shares } = await pass.read(rows, request);
        const whole = await pass.read(final, request);
        const total = shares.reduce((partial, share) => partial + share, await pass.normBias(asked));
        if (softCap !== undefined && measureOf(asked) === 'centred') continue;
        const ofDifference = softCap !== undefined && asked.against !== undefined;
        const measured = whole.targetLogits[0] - (measureOf(asked) === 'centred' ? mean : 0);
        const difference = ofDifference ? Math.abs(total - (totals[0] - totals[1])) : Math.abs(capped(total) - measured);
        assert(difference <= TOLERANCE, `${JSON.stringify(asked)}: off by ${difference}`);
        totals.push(total);
      }
    });
  });
}
