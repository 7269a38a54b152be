import assert from 'node:assert/strict';
import path from 'node:path';
import type { Quantity } from '../../src/core/pass/gradients';
import { dot, rowOf } from '../../src/core/pass/vector';
import { editFeeds } from '../../src/engine/interventions/row-edit';
import { EDITED_TENSORS, type EditedTensor } from '../../src/engine/onnx/edits';
import { SessionPool } from '../../src/engine/onnx/session-pool';
import { Weights } from '../../src/engine/onnx/weights';
import type { ForwardPass } from '../../src/engine/runtime/forward-pass';
import type { LoadedModel } from '../../src/engine/runtime/loaded-model';
import { ModelGraphs } from '../../src/engine/onnx/model-graphs';
import { describeModel } from '../../src/model/architecture/registry';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import type { PromptTokenizer } from '../../src/model/tokenizer/prompt-tokenizer';
import { openEmbeddedModel, patient } from './embedded-model';

/** How far a step moves the quantity, by the gradient: enough to stand out of float32, little enough to be straight. */
const MOVES_BY = 0.02;
/** What curvature and rounding may add, of that. */
const TOLERANCE = 0.01;

describe('Gradients of the embedded model', () => {
  let model: LoadedModel;
  let tokenizer: PromptTokenizer;
  let graphs: ModelGraphs;
  let pass: ForwardPass;
  before(async () => {
    ({ model, tokenizer } = await openEmbeddedModel());
    const { spec, weights: tensors } = describeModel(await openCheckpoint(path.join(__dirname, '..', '..', 'models', 'visit-small')));
    const weights = new Weights(tensors);
    graphs = new ModelGraphs(spec, weights, new SessionPool(weights, { keep: true, threads: 1 }));
    const text = 'The capital of Japan is the city of';
    pass = await model.forward({ text, tokens: tokenizer.tokenize(text) }, patient);
  });
  after(async () => {
    await model.release();
    await graphs.release();
  });

  const idOf = (text: string): number => {
    const match = tokenizer.findToken(text);
    assert.ok(match.kind === 'one', text);
    return match.token.id;
  };
  const widths = (): Record<EditedTensor, number> => {
    const { nHeads, dHead, dMlp, dModel } = model.info;
    return { z: nHeads * dHead, mlp_post: dMlp, mlp_yielded: dModel, attn_out: dModel, mlp_out: dModel };
  };

  /** The stream behind a block whose tensors move: [T,width] is added to one of them. */
  async function blockMoved(layer: number, stream: Float32Array, moved: EditedTensor | null, by: Float32Array): Promise<Float32Array> {
    const T = pass.tokens.length;
    const feeds = graphs.entering(layer, 'run', stream, T);
    if (moved === null) return (await graphs.block(layer, 'run', (run) => run(feeds))).floats('resid_post');
    const edits = EDITED_TENSORS.map((name) => {
      const width = widths()[name];
      const patched = name === moved ? by : new Float32Array(width);
      return editFeeds(name, { keep: new Float32Array(patched.length).fill(1), patched }, width);
    });
    const results = await graphs.editedBlock(layer, 'run', (run) => run(Object.assign({}, feeds, ...edits) as typeof feeds));
    return results.floats('resid_post');
  }

  /** The quantity at a position when the stream at a border (or a tensor of the block above it) has moved. */
  async function quantityMoved(of: Quantity, position: number, layer: number, tensor: EditedTensor | null, by: Float32Array) {
    let stream = pass.stream[layer];
    if (tensor === null) stream = stream.map((x, i) => x + by[i]);
    for (let l = layer; l < model.info.nLayers; l++) stream = await blockMoved(l, stream, l === layer ? tensor : null, by);
    const logits = await pass.logits(rowOf(stream, position, model.info.dModel).slice());
    const largest = Math.max(...logits);
    const logSum = largest + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - largest), 0));
    switch (of.kind) {
      case 'logit':
        return logits[of.id];
      case 'difference':
        return logits[of.id] - logits[of.against];
      case 'log-probability':
        return logits[of.id] - logSum;
      case 'centred-logit':
        return logits[of.id] - logits.reduce((sum, x) => sum + x, 0) / logits.length;
    }
  }

  const quantities = (): Quantity[] => [
    { kind: 'logit', id: idOf(' Tokyo') },
    { kind: 'difference', id: idOf(' Tokyo'), against: idOf(' Paris') },
    { kind: 'log-probability', id: idOf(' Paris') },
    { kind: 'centred-logit', id: idOf(' Tokyo') },
  ];

  it('foretell what small steps of streams, heads, neurons and layers do to a logit, a difference and a probability', async function () {
    let worst = 0;
    for (const of of quantities()) {
      for (const position of [pass.tokens.length - 1, 3]) {
        const gradients = await model.backward(pass, { of, position }, patient);
        for (const layer of [0, 6]) {
          const parts = await gradients.block(layer);
          const tensors: [EditedTensor | null, Float32Array][] = [
            [null, gradients.stream[layer]],
            ['z', parts.z],
            ['mlp_post', parts.mlpPost],
            ['attn_out', parts.attnOut],
            ['mlp_out', parts.mlpOut],
          ];
          for (const [tensor, gradient] of tensors) {
            // Along the gradient, with every other coordinate left out so that direction counts too.
            const direction = gradient.map((x, i) => (i % 2 === 0 ? x : 0));
            const step = direction.map((x) => (x * MOVES_BY) / dot(direction, gradient) / 2);
            const there = await quantityMoved(of, position, layer, tensor, step);
            const back = await quantityMoved(
              of,
              position,
              layer,
              tensor,
              step.map((x) => -x),
            );
            const off = Math.abs(there - back - MOVES_BY) / MOVES_BY;
            worst = Math.max(worst, off);
            assert.ok(off <= TOLERANCE, `${of.kind} at ${position}, ${tensor ?? 'stream'} of block ${layer}: moves by ${there - back}`);
          }
        }
        assert.ok(Math.abs(gradients.value - (await quantityMoved(of, position, 7, null, new Float32Array(pass.stream[7].length)))) < 1e-4);
      }
    }
    this.test!.title += ` (off by at most ${worst.toExponential(0)} of the step)`;
  });

  it('are those of the summands: the stream’s gradient is that of whatever was added to it', async () => {
    const gradients = await model.backward(pass, { of: quantities()[1], position: pass.tokens.length - 1 }, patient);
    for (let layer = 0; layer < model.info.nLayers; layer++) {
      const parts = await gradients.block(layer);
      assert.deepEqual(parts.mlpOut, gradients.stream[layer + 1]);
    }
  });
});
