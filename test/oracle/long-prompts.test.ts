import assert from 'node:assert/strict';
import path from 'node:path';
import { alibiSlopes } from '../../src/model/architecture/parts/alibi';
import type { AttentionSpec } from '../../src/model/architecture/model-spec';
import { describeModel } from '../../src/model/architecture/registry';
import type { DescribedModel } from '../../src/model/architecture/registry';
import { parseActivation } from '../../src/core/format/component';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import { BlockEdit, type Change } from '../../src/engine/interventions/block-edit';
import { placed, readValues, type BlockTensors } from '../../src/engine/interventions/component-values';
import { runEditedBlock } from '../../src/engine/interventions/intervene';
import { ModelGraphs } from '../../src/engine/onnx/model-graphs';
import { LONG_PROMPT } from '../../src/engine/memory/queries-at-once';
import { floats, SessionPool } from '../../src/engine/onnx/session-pool';
import { Weights } from '../../src/engine/onnx/weights';
import { maxDifference, relativeDifference } from './fixture';

describe('A prompt longer than what attends at once', () => {
  let described: DescribedModel;
  before(async () => {
    described = describeModel(await openCheckpoint(path.join(__dirname, 'fixtures', 'trained', 'model')));
  });

  /** Works on the first block and T positions of a stream, in a model whose attention is changed and that can read so many tokens. */
  async function withBlock<R>(
    change: Partial<AttentionSpec>,
    T: number,
    contextLength: number,
    work: (graphs: ModelGraphs, stream: Float32Array) => Promise<R>,
  ): Promise<R> {
    const { spec } = described;
    const [first] = spec.blocks;
    const attention = { ...first.attention, ...change };
    const weights = new Weights(described.weights);
    const pool = new SessionPool(weights, { keep: true, threads: 1 });
    const graphs = new ModelGraphs({ ...spec, contextLength, blocks: [{ ...first, attention }] }, weights, pool);
    const stream = Float32Array.from({ length: T * spec.dModel }, (_, i) => Math.sin(i * 1.7) + Math.cos(i * 0.013));
    try {
      return await work(graphs, stream);
    } finally {
      await graphs.release();
    }
  }

  /** The first block's output. */
  const runBlock = (change: Partial<AttentionSpec>, T: number, contextLength: number): Promise<Float32Array> =>
    withBlock(change, T, contextLength, async (graphs, stream) => {
      return (await graphs.block(0, 'run', (run) => run(graphs.entering(0, 'run', stream, T)))).floats('resid_post');
    });

  const heads = 4;
  /** Any four numbers of the checkpoint. */
  const sinks = { tensor: 'transformer.h.0.ln_1.bias', length: heads, part: { offset: 0, of: 40 } };
  const kinds: Readonly<Record<string, Partial<AttentionSpec>>> = {
    'all positions': {},
    'a window': { window: 300 },
    'a window shorter than a piece': { window: 5 },
    'chunks that do not end where pieces do': { window: { chunk: 37 } },
    'biases on positions': { alibi: { slopes: alibiSlopes(heads) } },
    'biases in a window': { alibi: { slopes: alibiSlopes(heads) }, window: 40 },
    rotation: { rotary: { width: 6, interleaved: true, base: 10_000 } },
    'a soft-cap': { softCap: 2 },
    sinks: { sinks },
    'sinks, and a window': { sinks, window: 40 },
  };
  for (const [kind, change] of Object.entries(kinds)) {
    it(`attends in pieces to the same result: ${kind}`, async () => {
      assert.equal(described.spec.blocks[0].attention.nHeads, heads);
      for (const T of [LONG_PROMPT + 1, LONG_PROMPT + 128]) {
        const [pieces, whole] = [await runBlock(change, T, T), await runBlock(change, T, LONG_PROMPT)];
        assert(whole.every(Number.isFinite));
        const difference = maxDifference(pieces, whole);
        assert(difference <= 1e-4, `${T} tokens: off by ${difference}`);
      }
    });
  }

  for (const [kind, change] of Object.entries(kinds)) {
    it(`has in pieces the gradients that it has at once: ${kind}`, async () => {
      const gradients = (T: number, contextLength: number) =>
        withBlock(change, T, contextLength, async (graphs, stream) => {
          const shape = [T, described.spec.dModel];
          const gradPost = stream.map((x, i) => Math.cos(x * 3 + i));
          const feeds = { resid_pre: floats(stream, shape), grad_post: floats(gradPost, shape), ...graphs.positions(0, T, T) };
          return graphs.backward.blockGradient(0, 'no', (run) => run(feeds));
        });
      for (const T of [LONG_PROMPT + 1, LONG_PROMPT + 128]) {
        const [pieces, whole] = [await gradients(T, T), await gradients(T, LONG_PROMPT)];
        for (const name of ['grad_pre', 'q', 'k', 'v', 'z', 'mlp_post']) {
          assert(whole.floats(name).every(Number.isFinite));
          const difference = relativeDifference(pieces.floats(name), whole.floats(name));
          assert(difference <= 1e-4, `${T} tokens: ${name} is off by ${difference}`);
        }
      }
    });
  }

  it('is changed in pieces as it is at once', async () => {
    const T = LONG_PROMPT + 128;
    const positions = LONG_PROMPT - 1;
    const row = (of: number, width: number) => Float32Array.from({ length: T * width }, (_, i) => Math.sin(i * 0.3 + of));
    const source: BlockTensors = {
      positions,
      rows: new Map(),
      tensor: (name) => row(name.length, described.spec.dModel).subarray(0, positions * described.spec.dModel),
    };
    const at = (name: string) => placed(parseActivation(name), T, 800);
    const off = (name: string): Change => ({ ...at(name), mode: 'zero', values: null });
    await withBlock({ window: 300 }, T, T, async (graphs, stream) => {
      const block = graphs.spec.blocks[0];
      const patched = at('blocks.0.attn.head.3');
      const edit = new BlockEdit(block, [
        off('blocks.0.attn.head.2'),
        off('blocks.0.attn.head.1.value.700'),
        { ...patched, mode: 'patch', values: readValues(block, source, patched) },
      ]);
      const [pieces, whole] = [
        await runEditedBlock(graphs, 0, 'run', stream, edit, T),
        await runEditedBlock(graphs, 0, 'trace', stream, edit, T),
      ];
      assert(maxDifference(pieces.floats('resid_post'), whole.floats('resid_post')) <= 1e-4);
      const z = whole.floats('z');
      const width = described.spec.dModel;
      const ofHead = (position: number, head: number) => z.subarray(position * width + head * 10, position * width + (head + 1) * 10);
      assert(ofHead(T - 1, 2).every((x) => x === 0));
      assert.deepEqual(ofHead(T - 1, 3), source.tensor('z').subarray((positions - 1) * width + 30, positions * width));
      assert(
        ofHead(T - positions - 1, 3).some((x, i) => x !== source.tensor('z')[30 + i]),
        'the shorter prompt has nothing for the first positions',
      );
    });
  });

  it('is the limit: up to it a graph that could attend in pieces changes no bit', async () => {
    assert.equal(maxDifference(await runBlock({}, LONG_PROMPT, 4 * LONG_PROMPT), await runBlock({}, LONG_PROMPT, LONG_PROMPT)), 0);
  });
});
