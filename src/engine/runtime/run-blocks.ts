/** The ordinary run of a model: what tokens bring to the stream, and what every block makes of it. */
import type { CallContext } from '../../core/call-context';
import { stopIfCancelled } from '../../core/cancel';
import type { PromptToken } from '../../core/format/flow-graph';
import type { BlockSummary } from '../../core/pass/block-state';
import type { ModelGraphs } from '../onnx/model-graphs';
import { summaryOf } from './block-results';
import type { Embedded, Streams } from './forward-pass';

/** What tokens bring to the stream. */
export async function embedded(graphs: ModelGraphs, tokens: readonly PromptToken[]): Promise<Embedded> {
  const { spec } = graphs;
  const results = await graphs.embed(tokens.map(({ id }) => id));
  return {
    pre: results.floats('resid_pre'),
    embed: results.floats('embed'),
    ...(spec.embedding.norm && { embedRaw: results.floats('embed_raw') }),
    ...(spec.embedding.positions && { posEmbed: results.floats('pos_embed') }),
  };
}

/**
 * Runs all blocks on a prompt, which fits the model.
 *
 * @param options.summaries look into each block at the last position while it runs, and keep that too
 * @throws Problem `cancelled`, `out-of-memory`
 */
export async function runBlocks(
  graphs: ModelGraphs,
  tokens: readonly PromptToken[],
  context: CallContext,
  { summaries: keep = false }: { readonly summaries?: boolean },
): Promise<Streams> {
  const { spec } = graphs;
  stopIfCancelled(context);
  const { pre, ...embeddings } = await embedded(graphs, tokens);
  const stream = [pre];
  const summaries: BlockSummary[] = [];
  for (const layer of spec.blocks.keys()) {
    stopIfCancelled(context);
    context.report({ message: `block ${layer + 1} of ${spec.blocks.length}`, done: layer, total: spec.blocks.length });
    const feeds = graphs.entering(layer, keep ? 'summary' : 'run', stream[layer], tokens.length);
    const results = keep ? await graphs.surveyBlock(layer, (run) => run(feeds)) : await graphs.block(layer, 'run', (run) => run(feeds));
    if (keep) summaries.push(summaryOf(results, stream[layer].subarray(-spec.dModel), spec.blocks[layer]));
    stream.push(results.floats('resid_post'));
  }
  return { ...embeddings, stream, ...(keep && { summaries }) };
}
