import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildFlowGraph } from '../../../src/core/build/build-flow-graph';
import { DEFAULT_COUNTS } from '../../../src/core/format/default-counts';
import type { BlockGradients } from '../../../src/core/pass/gradients';
import { flowGraphSchema, type FlowGraph } from '../../../src/core/format/flow-graph';
import type { Tensor } from '../../../src/core/format/trace-names';
import { layoutGraph } from '../../../src/core/present/layout';
import type { ForwardPass } from '../../../src/engine/runtime/forward-pass';
import { LoadedModel } from '../../../src/engine/runtime/loaded-model';
import { DESCRIPTION } from '../../../src/model/checkpoint/folder-config';
import { openCheckpoint } from '../../../src/model/checkpoint/open';
import { assertBlockAddsUp, assertSharesAddUp } from '../adding-up';
import { fixtureFolders, openFixture, patient, promptOf, relativeDifference } from '../fixture';
import { askedOf } from '../interventions/asked';
import { readSafetensors } from '../read-safetensors';
import { DESCRIPTIONS } from './descriptions';

/** Relative to a tensor's largest value, as everywhere. */
const TOLERANCE = 1e-4;

/** What make_toys.py and make_plain.py asked. */
const TOKENS = [3, 17, 5, 3, 17, 8, 22];
const TARGET = 5;
const POSITION = 5;

/** Folders of models, and what computed them. */
const MODELS = [
  ...['attention-only', 'attention-only-normed', 'four-layers', 'one-layer-bare'].map((name) => ({ name, by: 'TransformerLens' })),
  { name: 'plain', by: 'plain torch', softCap: 2.5 },
];
const counts = { ...DEFAULT_COUNTS, heads: 1, values: 2, top: 3, bottom: 2, tokens: 3 };

async function traceOf(loaded: LoadedModel, pass: ForwardPass): Promise<Map<string, Tensor>> {
  const trace = new Map<string, Tensor>();
  for await (const { name, tensor } of loaded.trace(pass, patient)) trace.set(name, tensor);
  return trace;
}

describe('A model that visit.model.json describes', () => {
  const scratch = mkdtempSync(path.join(tmpdir(), 'visit-described-'));
  after(() => rmSync(scratch, { recursive: true }));

  /** A folder with a description and weights, and no config.json. */
  const folderOf = (description: object, weights: string): string => {
    const folder = mkdtempSync(path.join(scratch, 'model-'));
    writeFileSync(path.join(folder, DESCRIPTION), JSON.stringify(description));
    copyFileSync(weights, path.join(folder, 'model.safetensors'));
    return folder;
  };

  for (const name of Object.keys(DESCRIPTIONS)) {
    it(`is the model of the family that the ${name} checkpoint is of, to the last bit`, async () => {
      const fixture = await openFixture(name);
      const weights = path.join(fixtureFolders.get(name)!, 'model', 'model.safetensors');
      const described = await LoadedModel.load(await openCheckpoint(folderOf(DESCRIPTIONS[name], weights)), null, patient);
      const expected = await traceOf(fixture.loaded, fixture.pass);
      const actual = await traceOf(described, await described.forward(promptOf(fixture.tokens), patient));
      assert.deepEqual([...actual.keys()], [...expected.keys()]);
      for (const [key, { data, shape }] of expected) {
        assert.deepEqual(actual.get(key)?.shape, shape, key);
        assert.deepEqual(actual.get(key)?.data, data, key);
      }
      await described.release();
    });
  }

  for (const { name, by, ...logits } of MODELS) {
    describe(`of ${by}, ${name},`, () => {
      const folder = path.join(__dirname, name);
      const expected = readSafetensors(path.join(folder, 'expected.safetensors'));
      let loaded: LoadedModel;
      let pass: ForwardPass;
      let graph: FlowGraph;

      before(async () => {
        loaded = await LoadedModel.load(await openCheckpoint(folder), null, patient);
        pass = await loaded.forward(promptOf(TOKENS), patient);
        const layers = { from: 0, to: pass.model.nLayers - 1 };
        graph = await buildFlowGraph(pass, { layers, position: POSITION, target: { id: TARGET }, counts }, patient);
      });
      after(() => loaded.release());

      it(`has every tensor that ${by} has`, async () => {
        const actual = await traceOf(loaded, pass);
        const wanted = [...expected.keys()].filter((key) => !key.startsWith('gradient.') && !key.startsWith('head off.'));
        const differences = wanted.map((key) => {
          const found = actual.get(key);
          assert.ok(found, `there is no ${key}`);
          return relativeDifference(found.data, expected.get(key)!.data);
        });
        assert.ok(Math.max(...differences) <= TOLERANCE, `the largest difference is ${Math.max(...differences)}`);
        assert.ok(wanted.length >= 6 * pass.model.nLayers, 'little was compared');
      });

      it('has the gradients that torch’s autograd has', async () => {
        const gradients = await loaded.backward(pass, { of: { kind: 'logit', id: TARGET }, position: POSITION }, patient);
        const parts: Readonly<Record<string, keyof BlockGradients>> = {
          hook_attn_out: 'attnOut',
          hook_mlp_out: 'mlpOut',
          'attn.hook_q': 'q',
          'attn.hook_k': 'k',
          'attn.hook_v': 'v',
          'attn.hook_z': 'z',
          'mlp.hook_post': 'mlpPost',
        };
        let compared = 0;
        for (let layer = 0; layer < pass.model.nLayers; layer++) {
          const block = await gradients.block(layer);
          const found = new Map([['hook_resid_pre', gradients.stream[layer]]]);
          for (const [name, key] of Object.entries(parts)) found.set(name, block[key]);
          for (const [name, gradient] of found) {
            const reference = expected.get(`gradient.blocks.${layer}.${name}`);
            if (reference === undefined) continue;
            assert.ok(relativeDifference(gradient, reference.data) <= TOLERANCE, `${name} of block ${layer}`);
            compared++;
          }
        }
        assert.equal(compared, [...expected.keys()].filter((key) => key.startsWith('gradient.')).length);
      });

      it(`predicts what ${by} does without one of its heads`, async () => {
        const asked = await askedOf(loaded, [{ component: 'blocks.0.attn.head.1', tokens: null }], {
          length: TOKENS.length,
          studied: POSITION,
        });
        const changed = await loaded.intervene(pass, asked, POSITION, patient);
        const { dModel: d, vocabSize: V, nLayers } = pass.model;
        const logits = await changed.logits(changed.stream[nLayers].subarray(POSITION * d, (POSITION + 1) * d));
        const reference = expected.get('head off.logits')!.data.slice(POSITION * V, (POSITION + 1) * V);
        assert.ok(relativeDifference(logits, reference) <= TOLERANCE);
        for (let layer = 0; layer < nLayers; layer++) await assertBlockAddsUp(changed, layer, POSITION, counts);
      });

      it('is drawn as a graph that adds up, without what it does not have', async () => {
        flowGraphSchema.parse(graph);
        assert.equal(layoutGraph(graph).nodes.size, graph.nodes.length);
        assertSharesAddUp(graph, { streamNormed: false, ...logits }, name);
        for (let layer = 0; layer < pass.model.nLayers; layer++) await assertBlockAddsUp(pass, layer, POSITION, counts);
        const isAttentionOnly = pass.model.dMlp === 0;
        assert.equal(
          graph.nodes.some(({ kind }) => kind.startsWith('mlp_') || kind.startsWith('neuron_') || kind === 'resid_mid'),
          !isAttentionOnly,
        );
        assert.equal(
          graph.nodes.some(({ kind }) => kind === 'pos_embed'),
          expected.has('pos_embed'),
        );
      });
    });
  }

  it('is refused with what is wrong in its description', async () => {
    const weights = path.join(__dirname, 'four-layers', 'model.safetensors');
    const good = JSON.parse(readFileSync(path.join(__dirname, 'four-layers', DESCRIPTION), 'utf8')) as Record<string, unknown> & {
      blocks: Record<string, object>;
      embedding: object;
    };
    const cases: readonly (readonly [change: object, says: RegExp])[] = [
      [{ schema: 'visit.model/2' }, /schema/],
      [{ layers: undefined }, /layers/],
      [{ attentions: 3 }, /attentions/],
      [{ heads: 5, dHead: undefined }, /dModel \(12\) is not a multiple of heads \(5\)/],
      [{ keyValueHeads: 2 }, /heads \(3\) is not a multiple of keyValueHeads \(2\)/],
      [{ rotary: { width: 3 } }, /rotary\.width must be even/],
      [{ dMlp: undefined }, /go together/],
      [{ dMlp: undefined, blocks: { ...good.blocks, up: undefined, down: undefined } }, /blocks\.ln2 and the wiring post-norm/],
      [{ blocks: { ...good.blocks, q: { ...good.blocks['q'], part: { from: 0, of: 36 } } } }, /head by head, so that it has no parts/],
      [{ blocks: { ...good.blocks, q: { weight: 'blocks.*.attn.W_Q', part: { from: 30, of: 36 } } } }, /12 features from 30 on, of 36/],
      [
        { embedding: { ...good.embedding, width: 8 } },
        /embedding\.width \(8\) is not dModel \(12\), and there is no embedding\.projection/,
      ],
      [
        { embedding: { ...good.embedding, width: 8, projection: { weight: 'widen' } }, unembedding: {} },
        /is the unembedding too, and there is no unembedding\.projection/,
      ],
      [{ wiring: 'post-norm', blocks: { ...good.blocks, ln1Post: {} } }, /there is no ln1Post/],
      [{ layers: 5 }, /blocks\.4\.ln1\.w/],
      [{ dMlp: 24 }, /has shape \[12, 20\] where visit\.model\.json implies \[12, 24\]/],
    ];
    for (const [change, says] of cases) {
      const folder = folderOf({ ...good, ...change }, weights);
      await assert.rejects(async () => LoadedModel.load(await openCheckpoint(folder), null, patient), says);
    }
  });
});
