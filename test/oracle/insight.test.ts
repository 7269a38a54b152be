import assert from 'node:assert/strict';
import { filterNorms, type NormPlace } from '../../src/core/insight/norm-filters';
import { buildOverview } from '../../src/core/insight/overview';
import { traceName } from '../../src/core/format/trace-names';
import { cosine, dot, norm, rowOf } from '../../src/core/pass/vector';
import { fixtureNames, maxDifference, openFixture, patient, promptOf } from './fixture';
import type { Fixture } from './fixture';

/** The fixture of which only the streams were kept. */
const STREAMS_ONLY = 'visit-small';

/** A norm of the reference, and the vectors [d] that it stands between. */
interface Between extends NormPlace {
  readonly before: Float32Array;
  readonly after: Float32Array;
}

const added = (x: Float32Array, y: Float32Array): Float32Array => x.map((value, i) => value + y[i]);

const TOLERANCE = 1e-4;
/** Logits are sums over the whole depth. */
const LOGIT_TOLERANCE = 1e-3;

for (const name of fixtureNames) {
  describe(`Looked at as a whole, a pass through the ${name} checkpoint`, () => {
    let fixture: Fixture;
    let trace: Map<string, Float32Array>;
    let d: number;
    let last: number;

    before(async () => {
      fixture = await openFixture(name);
      d = fixture.pass.model.dModel;
      last = fixture.tokens.length - 1;
      trace = new Map();
      for await (const { name: key, tensor } of fixture.loaded.trace(fixture.pass, patient)) trace.set(key, tensor.data);
    });

    const traced = (key: string): Float32Array => {
      const tensor = trace.get(key);
      assert.ok(tensor, key);
      return tensor;
    };

    /** Not every model has every norm; but then it is nowhere. */
    const assertNorm = (actual: Float32Array | null | undefined, key: string, position: number): void => {
      const whole = trace.get(key);
      assert.equal(!actual, !whole, `${key} is only in one of the two`);
      if (actual && whole) assert(maxDifference(actual, rowOf(whole, position, d)) <= TOLERANCE, key);
    };

    it('has the tensors of its trace, looked at while it runs or afterwards', async () => {
      const { pass, loaded, tokens } = fixture;
      const summarized = await loaded.forward(promptOf(tokens), patient, { summaries: true });
      for (let l = 0; l < pass.model.nLayers; l++) {
        assert(maxDifference(summarized.stream[l + 1], pass.stream[l + 1]) <= TOLERANCE);
        for (const summary of [await summarized.summary(l, last), await pass.summary(l, last)]) {
          assert(maxDifference(summary.attention.out, traced(traceName.attnOut(l))) <= TOLERANCE);
          assert(maxDifference(summary.mlp.out, traced(traceName.mlpOut(l))) <= TOLERANCE);
          assertNorm(summary.attention.ln, traceName.ln1(l), last);
          assertNorm(summary.attention.raw, traceName.attnRaw(l), last);
          assertNorm(summary.mlp.ln, traceName.ln2(l), last);
          assertNorm(summary.mlp.raw, traceName.mlpRaw(l), last);
          assert(
            maxDifference(summary.mlp.coefficients, rowOf(traced(traceName.mlpPost(l)), last, summary.mlp.coefficients.length)) <=
              TOLERANCE,
          );
        }
        const earlier = await pass.summary(l, 1);
        assert(maxDifference(earlier.attention.out, traced(traceName.attnOut(l)).subarray(0, 2 * d)) <= TOLERANCE);
        assertNorm(earlier.attention.ln, traceName.ln1(l), 1);
      }
      assertNorm(await pass.finalNorm(1), traceName.lnFinal, 1);
    });

    if (name !== STREAMS_ONLY) {
      it('has every norm of the reference, between what enters and what leaves it there', async () => {
        const { pass, position, expected } = fixture;
        const { norms } = await filterNorms(pass, { position, target: null, tokens: 3 }, patient);
        const has = (key: string): boolean => expected.has(key);
        const at = (key: string): Float32Array => {
          const tensor = expected.get(key);
          assert.ok(tensor, key);
          return rowOf(Float32Array.from(tensor.data), position, d);
        };
        const layers = Array.from({ length: pass.model.nLayers }, (_, l) => l);
        const between = layers.flatMap((layer): Between[] => {
          const [pre, mid] = [traceName.residPre(layer), traceName.residMid(layer)];
          const found = (kind: NormPlace['kind'], before: Float32Array, after: string): Between => ({
            kind,
            layer,
            before,
            after: at(after),
          });
          if (pass.streamNormed) {
            return [
              found('ln1', at(mid), traceName.ln1(layer)),
              found('ln2', added(at(traceName.ln1(layer)), at(traceName.mlpOut(layer))), traceName.residPost(layer)),
            ];
          }
          return [
            ...(has(traceName.ln1(layer)) ? [found('ln1', at(pre), traceName.ln1(layer))] : []),
            ...(has(traceName.attnRaw(layer)) ? [found('ln1_post', at(traceName.attnRaw(layer)), traceName.attnOut(layer))] : []),
            ...(has(traceName.ln2(layer)) ? [found('ln2', at(has(mid) ? mid : pre), traceName.ln2(layer))] : []),
            ...(has(traceName.mlpRaw(layer)) ? [found('ln2_post', at(traceName.mlpRaw(layer)), traceName.mlpOut(layer))] : []),
          ];
        });
        const ofBlocks = norms.filter(({ layer }) => layer !== undefined);
        assert.deepEqual(
          ofBlocks.map(({ kind, layer }) => [kind, layer]),
          between.map(({ kind, layer }) => [kind, layer]),
        );
        between.forEach(({ kind, layer, before, after }, i) => {
          const { cosine: angle, length } = ofBlocks[i];
          const close = (actual: number, reference: number): void =>
            assert.ok(
              Math.abs(actual - reference) <= TOLERANCE * Math.max(1, Math.abs(reference)),
              `${kind} of layer ${layer}: ${actual} against ${reference}`,
            );
          close(length.before, norm(before));
          close(length.after, norm(after));
          close(angle, cosine(before, after));
        });
      });
    }

    /** Shares sum to the logit in front of a soft-cap. */
    const capped = (logit: number): number => {
      const { softCap } = fixture;
      return softCap === undefined ? logit : softCap * Math.tanh(logit / softCap);
    };

    it('gives every token’s logit as the sum of what the stream brings through the frozen norm, and of a bias', async () => {
      const { pass, position } = fixture;
      const ids = [0, 3, pass.model.vocabSize - 1];
      const final = rowOf(pass.stream[pass.model.nLayers], position, d);
      const frozen = await pass.throughFrozenNorm(final, position);
      const directions = await pass.directions(position, ids, 'raw');
      for (const [i, id] of ids.entries()) {
        const bare = await pass.read(frozen, { target: { id }, k: 1, position, through: 'unembedding' });
        const brought = dot(final, rowOf(directions, i, d));
        assert(
          Math.abs(bare.targetLogits[0] - brought) <= LOGIT_TOLERANCE,
          `token ${id}: ${bare.targetLogits[0]} read, ${brought} by direction`,
        );
        const whole = await pass.read(final, { target: { id }, k: 1, position });
        const bias = await pass.normBias({ id, measure: 'raw' });
        assert(Math.abs(capped(brought + bias) - whole.targetLogits[0]) <= LOGIT_TOLERANCE);
      }
    });

    it('adds up in its overview: what enters, what every branch adds, and the bias are the logit, or the logit less the mean', async () => {
      const { pass, position, target: id, softCap } = fixture;
      for (const measure of ['centred', 'raw'] as const) {
        const target = { id, measure };
        const {
          blocks,
          target: { measured },
        } = await buildOverview(pass, { position, target, measure, tokens: 3 }, patient);
        const direction = await pass.directions(position, [id], measure);
        const shareOf = (layer: number) => dot(rowOf(pass.stream[layer], position, d), direction);
        const bias = await pass.normBias(target);
        assert.equal(blocks.length, pass.streamNormed ? 0 : pass.model.nLayers);
        // Norms on the stream rescale what was added before: there the final stream alone adds up to the logit.
        const whole = pass.streamNormed
          ? shareOf(pass.model.nLayers)
          : blocks.reduce((total, { attention, mlp }) => total + attention.share + mlp.share, shareOf(0));
        // A mean of capped logits is not the cap of anything.
        if (measure === 'centred' && softCap !== undefined) continue;
        const sum = measure === 'raw' ? capped(whole + bias) : whole + bias;
        assert(Math.abs(sum - measured) <= LOGIT_TOLERANCE, `${measure}: ${whole} and ${bias} against ${measured}`);
      }
    });
  });
}
