import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { estimateGraphEffects } from '../../../src/core/analyse/effects/graph-effects';
import { buildFlowGraph } from '../../../src/core/build/build-flow-graph';
import { ADAPTED_MATRICES, MATRIX_NAMES } from '../../../src/core/format/adapted';
import { parseComponent } from '../../../src/core/format/component';
import type { FlowGraph } from '../../../src/core/format/flow-graph';
import { settledTarget } from '../../../src/core/pass/target';
import type { ForwardPass } from '../../../src/engine/runtime/forward-pass';
import { LoadedModel } from '../../../src/engine/runtime/loaded-model';
import { openCheckpoint } from '../../../src/model/checkpoint/open';
import { assertBlockAddsUp, assertSharesAddUp } from '../adding-up';
import { patient, promptOf, relativeDifference } from '../fixture';
import { readSafetensors } from '../read-safetensors';

const FIXTURES = path.join(__dirname, 'fixtures');
const COUNTS = { heads: 1, values: 2, top: 3, bottom: 2, tokens: 3 };

/** Largest difference that float32 arithmetic in another order explains, relative to a tensor's largest value. */
const TOLERANCE = 1e-4;
/** The same between two runs of the same graphs. */
const SAME = 1e-5;

const tokensOf = (name: string): number[] =>
  (JSON.parse(readFileSync(path.join(FIXTURES, name, 'fixture.json'), 'utf8')) as { tokens: number[] }).tokens;
const load = async (name: string, folder: 'adapter' | 'base'): Promise<LoadedModel> =>
  LoadedModel.load(await openCheckpoint(path.join(FIXTURES, name, folder)), null, patient);
const off = (...names: string[]) => names.map((name) => ({ component: parseComponent(name), from: null }));

function graphOf(pass: ForwardPass, more: { readonly by?: 'share' } = {}): Promise<FlowGraph> {
  const options = {
    position: pass.tokens.length - 1,
    target: null,
    counts: COUNTS,
    layers: { from: 0, to: pass.model.nLayers - 1 },
    ...more,
  };
  return buildFlowGraph(pass, options, patient);
}

async function assertSameTrace(loaded: LoadedModel, pass: ForwardPass, base: LoadedModel): Promise<void> {
  const expected = new Map<string, Float32Array>();
  const ordinary = await base.forward(promptOf(pass.tokens.map(({ id }) => id)), patient);
  for await (const { name, tensor } of base.trace(ordinary, patient)) expected.set(name, tensor.data);
  for await (const { name, tensor } of loaded.trace(pass, patient)) {
    const reference = expected.get(name);
    assert.ok(reference, name);
    const difference = relativeDifference(tensor.data, reference);
    assert.ok(difference <= SAME, `${name} differs by ${difference}`);
    expected.delete(name);
  }
  assert.deepEqual([...expected.keys()], []);
}

describe('What a LoRA adapter adds', () => {
  for (const name of readdirSync(FIXTURES)) {
    it(`${name}: to what is written to the stream is a node each, with the vector that PEFT computes, and everything adds up`, async () => {
      const loaded = await load(name, 'adapter');
      try {
        const pass = await loaded.forward(promptOf(tokensOf(name)), patient);
        const [last, d] = [pass.tokens.length - 1, pass.model.dModel];
        const expected = readSafetensors(path.join(FIXTURES, name, 'updates.safetensors'));
        const graph = await graphOf(pass);
        const shown = graph.nodes.filter(({ kind }) => kind === 'attn_update' || kind === 'mlp_update').map(({ id }) => id);
        assert.deepEqual(shown.sort(), [...expected.keys()].filter((key) => key !== 'logits').sort());
        for (let layer = 0; layer < pass.model.nLayers; layer++) {
          for (const position of [0, last]) {
            await assertBlockAddsUp(pass, layer, position, COUNTS);
            const { attention, mlp } = await pass.block(layer, position);
            for (const [id, vector] of [
              [`blocks.${layer}.attn.W_O.adapter`, attention.update],
              [`blocks.${layer}.mlp.W_out.adapter`, mlp.update],
            ] as const) {
              const reference = expected.get(id)?.data.subarray(position * d, (position + 1) * d);
              assert.equal(vector === undefined, reference === undefined, id);
              if (vector === undefined || reference === undefined) continue;
              const difference = relativeDifference(vector, reference);
              assert.ok(difference <= TOLERANCE, `${id} at ${position} differs by ${difference}`);
              assert.ok(vector.some((x) => Math.abs(x) > 0.01));
            }
          }
        }
        assertSharesAddUp(graph, { streamNormed: false }, name);
        assertSharesAddUp(await graphOf(pass, { by: 'share' }), { streamNormed: false }, `${name}, by share`);
        for (const node of graph.nodes.filter(({ id }) => shown.includes(id))) {
          assert.ok(node.share !== undefined && node.share !== 0 && node.reading !== null, node.id);
          const adapter = loaded.info.adapter?.matrices.find(({ summand, layers }) => summand && layers.includes(node.layer));
          assert.equal(node.rank, adapter?.rank);
        }
      } finally {
        await loaded.release();
      }
    });

    it(`${name}: is gone when it is off, and what remains is the base`, async () => {
      const [loaded, base] = [await load(name, 'adapter'), await load(name, 'base')];
      try {
        const ordinary = await loaded.forward(promptOf(tokensOf(name)), patient);
        const pass = await loaded.intervene(ordinary, off('adapter'), ordinary.tokens.length - 1, patient);
        await assertSameTrace(loaded, pass, base);
        for (let layer = 0; layer < pass.model.nLayers; layer++) await assertBlockAddsUp(pass, layer, pass.tokens.length - 1, COUNTS);
        const graph = await graphOf(pass);
        assertSharesAddUp(graph, { streamNormed: false }, name);
        for (const { kind, intervention, share } of graph.nodes)
          if (kind === 'attn_update' || kind === 'mlp_update') assert.deepEqual([intervention, Math.abs(share ?? NaN)], ['zero', 0]);
        const of = { kind: 'difference', id: 1, against: 2 } as const;
        const measured = await loaded.measure(ordinary, off('adapter'), { of, position: 3 }, patient);
        const logits = await base
          .forward(promptOf(tokensOf(name)), patient)
          .then((own) => own.logits(own.stream[own.model.nLayers].slice(3 * own.model.dModel, 4 * own.model.dModel)));
        assert.ok(Math.abs(measured - (logits[1] - logits[2])) <= TOLERANCE);
        // The ordinary pass is what it was.
        const again = await loaded.forward(promptOf(tokensOf(name)), patient);
        assert.deepEqual(again.stream, ordinary.stream);
      } finally {
        await loaded.release();
        await base.release();
      }
    });
  }

  it('can be off in parts, which together come to the whole', async () => {
    for (const name of ['llama', 'gpt2', 'phi3']) {
      const [loaded, base] = [await load(name, 'adapter'), await load(name, 'base')];
      try {
        const ordinary = await loaded.forward(promptOf(tokensOf(name)), patient);
        const layers = Array.from({ length: loaded.info.nLayers }, (_, layer) => layer);
        const last = ordinary.tokens.length - 1;
        const matrices = layers.flatMap((layer) =>
          MATRIX_NAMES.filter((matrix) =>
            loaded.info.adapter?.matrices.some((each) => each.matrix === matrix && each.layers.includes(layer)),
          ).map((matrix) => `blocks.${layer}.${ADAPTED_MATRICES[matrix]}.${matrix}.adapter`),
        );
        const branches = ['attn', 'mlp'].filter((branch) => matrices.some((each) => each.includes(`.${branch}.`)));
        for (const parts of [
          matrices,
          layers.flatMap((layer) => branches.map((branch) => `blocks.${layer}.${branch}.adapter`)),
          layers.map((layer) => `blocks.${layer}.adapter`),
        ]) {
          await assertSameTrace(loaded, await loaded.intervene(ordinary, off(...parts), last, patient), base);
        }
        // One matrix alone is neither the base nor the adapted model, and its block still adds up.
        for (const part of matrices) {
          const pass = await loaded.intervene(ordinary, off(part, 'blocks.0.attn.head.0'), last, patient);
          const moved = relativeDifference(pass.stream[pass.model.nLayers], ordinary.stream[pass.model.nLayers]);
          assert.ok(moved > 1e-3, `${part} moves the stream by ${moved}`);
          for (const layer of layers) await assertBlockAddsUp(pass, layer, last, COUNTS);
        }
      } finally {
        await loaded.release();
        await base.release();
      }
    }
  });

  it('has an estimated effect: how much a logit changes along it', async () => {
    const loaded = await load('llama', 'adapter');
    try {
      const pass = await loaded.forward(promptOf(tokensOf('llama')), patient);
      const position = pass.tokens.length - 1;
      const target = await settledTarget(pass, { position, target: { id: 5 } });
      const layers = { from: 0, to: pass.model.nLayers - 1 };
      const effects = await estimateGraphEffects(pass, { position, target, baseline: { kind: 'zero' } }, layers, patient);
      const graph = await buildFlowGraph(pass, { position, target: { id: 5 }, counts: COUNTS, layers, effects }, patient);
      const node = graph.nodes.find(({ id }) => id === `blocks.${layers.to}.mlp.W_out.adapter`);
      assert.equal(node?.effect?.how, 'estimated');
      // At the last layer nothing but the final norm follows: the effect of leaving a little of it out is that little of the estimate.
      const { mlp, residPost } = await pass.block(layers.to, position);
      const logitOf = async (row: Float32Array): Promise<number> => {
        const logits = await pass.logits(row);
        return logits[target.id] - logits.reduce((sum, x) => sum + x, 0) / logits.length;
      };
      const small = 1e-2;
      const less = residPost.map((x, i) => x - small * (mlp.update?.[i] ?? NaN));
      const more = residPost.map((x, i) => x + small * (mlp.update?.[i] ?? NaN));
      const slope = ((await logitOf(more)) - (await logitOf(less))) / (2 * small);
      assert.ok(Math.abs(slope - (node?.effect?.value ?? NaN)) <= 1e-3 * Math.max(1, Math.abs(slope)), `${slope}, ${node?.effect?.value}`);
    } finally {
      await loaded.release();
    }
  });
});
