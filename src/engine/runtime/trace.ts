/** The trace of a pass: every tensor under the name that the field knows it by. */
import type { CallContext } from '../../core/call-context';
import { stopIfCancelled } from '../../core/cancel';
import { traceName, type Tensor } from '../../core/format/trace-names';
import { attentionWidths, isMixture, type ModelSpec } from '../../model/architecture/model-spec';
import { runEditedBlock } from '../interventions/intervene';
import type { ModelGraphs } from '../onnx/model-graphs';
import { floats } from '../onnx/session-pool';
import type { ForwardPass } from './forward-pass';

/** Names of a block's tensors by the outputs of its graph, in the order of the block. */
const BLOCK_TRACE = {
  ln1: traceName.ln1,
  q: traceName.q,
  k: traceName.k,
  v: traceName.v,
  rot_q: traceName.rotQ,
  rot_k: traceName.rotK,
  pattern: traceName.pattern,
  z: traceName.z,
  attn_raw: traceName.attnRaw,
  attn_out: traceName.attnOut,
  resid_mid: traceName.residMid,
  ln2: traceName.ln2,
  router: traceName.router,
  experts: traceName.experts,
  expert_weights: traceName.expertGates,
  shared_weight: traceName.sharedGate,
  mlp_post: traceName.mlpPost,
  mlp_raw: traceName.mlpRaw,
  mlp_out: traceName.mlpOut,
  resid_post: traceName.residPost,
};

/** A tensor of the trace under its name. */
export interface NamedTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

/**
 * Every tensor of a pass in the order of the model, one block in memory at a time.
 *
 * @throws Problem `cancelled`, `out-of-memory`
 */
export async function* traceOf(graphs: ModelGraphs, pass: ForwardPass, context: CallContext): AsyncGenerator<NamedTensor, void, undefined> {
  const { spec } = graphs;
  const T = pass.tokens.length;
  const rows = [T, spec.dModel];
  const named = (name: string, data: Float32Array, shape: readonly number[]): NamedTensor => ({ name, tensor: { data, shape } });

  yield named(traceName.embed, pass.embed, rows);
  if (pass.posEmbed) yield named(traceName.posEmbed, pass.posEmbed, rows);
  for (const l of spec.blocks.keys()) {
    stopIfCancelled(context);
    context.report({ message: `block ${l + 1} of ${spec.blocks.length}`, done: l, total: spec.blocks.length });
    const residPre = pass.stream[l];
    const edit = pass.edits.get(l);
    const block = edit
      ? await runEditedBlock(graphs, l, 'trace', residPre, edit, T)
      : await graphs.block(l, 'trace', (run) => run({ resid_pre: floats(residPre, rows), ...graphs.positions(l, T, T) }));
    const shapes = blockShapes(spec, l, T);
    yield named(traceName.residPre(l), residPre, rows);
    for (const [output, shape] of Object.entries(shapes)) {
      if (block.names.includes(output)) yield named(BLOCK_TRACE[output as keyof typeof shapes](l), block.floats(output), shape);
    }
  }
  stopIfCancelled(context);
  const last = floats(pass.stream[spec.blocks.length], rows);
  const end = await graphs.unembed((run) => run({ resid_post: last }));
  if (spec.unembedding.norm) yield named(traceName.lnFinal, end.floats('normalized'), rows);
  yield named(traceName.logits, end.floats('logits'), [T, spec.vocabSize]);
}

/** Shapes of a block's tensors over T positions, by the outputs of its graph. */
function blockShapes({ dModel, blocks }: ModelSpec, layer: number, T: number): Record<keyof typeof BLOCK_TRACE, readonly number[]> {
  const { attention, mlp } = blocks[layer];
  const { dValue } = attentionWidths(attention);
  const rows = [T, dModel];
  return {
    ln1: rows,
    q: [T, attention.nHeads, attention.dHead],
    k: [T, attention.nKeyValueHeads, attention.dHead],
    v: [T, attention.nKeyValueHeads, dValue],
    rot_q: [T, attention.nHeads, attention.dHead],
    rot_k: [T, attention.nKeyValueHeads, attention.dHead],
    pattern: [attention.nHeads, T, T],
    z: [T, attention.nHeads, dValue],
    attn_raw: rows,
    attn_out: rows,
    resid_mid: rows,
    ln2: rows,
    router: [T, isMixture(mlp) ? mlp.experts.length : 0],
    experts: [T, isMixture(mlp) ? mlp.router.chosen : 0],
    expert_weights: [T, isMixture(mlp) ? mlp.router.chosen : 0],
    shared_weight: [T, 1],
    mlp_post: [T, mlp.dMlp],
    mlp_raw: rows,
    mlp_out: rows,
    resid_post: rows,
  };
}
