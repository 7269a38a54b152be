/** What the sources of a block's heads add along a direction, computed from the stream that enters it. */
import { dot } from '../../core/pass/vector';
import type { ModelGraphs } from '../onnx/model-graphs';
import { floats } from '../onnx/session-pool';
import type { EnteredBlock, StudiedBlock } from './selected-vectors';

/** See `InspectablePass.alongSources`. @throws Problem `out-of-memory` */
export async function alongSources(
  graphs: ModelGraphs,
  { layer, residPre, length: T }: EnteredBlock,
  { state: { attention }, sourceEdits }: StudiedBlock,
  direction: Float32Array,
): Promise<Float32Array> {
  const { dHead, nHeads } = graphs.spec.blocks[layer].attention;
  const { dModel: d } = graphs.spec;
  const seen = residPre.shape[0];
  const scale = attention.scale ?? new Float32Array(d).fill(1);
  const feeds = { resid_pre: residPre, direction: floats(direction, [1, d]), attn_scale: floats(scale, [1, d]) };
  const results = await graphs.sourceShares(layer, (run) => run(feeds));
  const [back, values] = [results.floats('back'), results.floats('values')];
  for (const { head, source, patched } of sourceEdits) {
    if (patched) values[head * seen + source] = dot(patched.value, back.subarray(head * dHead, (head + 1) * dHead));
  }
  const weights = attention.weights ?? attention.pattern;
  const along = new Float32Array(nHeads * T);
  for (let head = 0; head < nHeads; head++) {
    for (let j = 0; j < seen; j++) along[head * T + j] = weights[head * T + j] * values[head * seen + j];
  }
  return along;
}
