/** What the components of a block add along a direction, computed from what its heads can read. */
import type { BlockRanking } from '../../core/pass/block-state';
import { dot } from '../../core/pass/vector';
import { attentionWidths } from '../../model/architecture/model-spec';
import type { ModelGraphs } from '../onnx/model-graphs';
import { floats } from '../onnx/session-pool';
import { chosenExperts, type EnteredBlock, type StudiedBlock } from './selected-vectors';

/** See `InspectablePass.alongSources`. @throws Problem `out-of-memory` */
export async function alongSources(
  graphs: ModelGraphs,
  block: EnteredBlock,
  studied: StudiedBlock,
  direction: Float32Array,
): Promise<Float32Array> {
  return (await throughAttention(graphs, block, studied, direction)).sources;
}

/** See `InspectablePass.along`. @throws Problem `out-of-memory` */
export async function alongComponents(
  graphs: ModelGraphs,
  block: EnteredBlock,
  studied: StudiedBlock,
  direction: Float32Array,
): Promise<BlockRanking> {
  const { nHeads } = graphs.spec.blocks[block.layer].attention;
  const { dValue } = attentionWidths(graphs.spec.blocks[block.layer].attention);
  const { attention, mlp } = studied.state;
  const { back, sources } = await throughAttention(graphs, block, studied, direction);
  const rows = attention.z.map((z, i) => z * back[i]);
  const written = await graphs.neuronShares(block.layer, (run) =>
    run({
      direction: floats(direction, [1, direction.length]),
      mlp_scale: scaleOf(mlp.scale, direction.length),
      ...(mlp.kind === 'experts' && { experts: chosenExperts(mlp) }),
    }),
  );
  const alongNeurons = written.floats('back');
  return {
    heads: Float32Array.from({ length: nHeads }, (_, h) => rows.subarray(h * dValue, (h + 1) * dValue).reduce((sum, x) => sum + x, 0)),
    sources,
    rows,
    neurons: mlp.coefficients.map((coefficient, i) => coefficient * alongNeurons[i]),
  };
}

/** What everything that a branch writes is multiplied with; 1 where it has none. */
const scaleOf = (scale: Float32Array | undefined, d: number) => floats(scale ?? new Float32Array(d).fill(1), [1, d]);

/** The direction as heads see it, and what each source adds along it: [H,T] */
async function throughAttention(
  graphs: ModelGraphs,
  { layer, sources: read, seen, length: T }: EnteredBlock,
  { state: { attention }, sourceEdits }: StudiedBlock,
  direction: Float32Array,
): Promise<{ readonly back: Float32Array; readonly sources: Float32Array }> {
  const { nHeads } = graphs.spec.blocks[layer].attention;
  const { dValue } = attentionWidths(graphs.spec.blocks[layer].attention);
  const d = direction.length;
  const feeds = { ...read, direction: floats(direction, [1, d]), attn_scale: scaleOf(attention.scale, d) };
  const results = await graphs.sourceShares(layer, (run) => run(feeds));
  const [back, values] = [results.floats('back'), results.floats('values')];
  for (const { head, source, patched } of sourceEdits) {
    if (patched) values[head * seen + source] = dot(patched.value, back.subarray(head * dValue, (head + 1) * dValue));
  }
  const weights = attention.weights ?? attention.pattern;
  const sources = new Float32Array(nHeads * T);
  for (let head = 0; head < nHeads; head++) {
    for (let j = 0; j < seen; j++) sources[head * T + j] = weights[head * T + j] * values[head * seen + j];
  }
  return { back, sources };
}
