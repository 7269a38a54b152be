/** The ordinary run of a model: what tokens bring to the stream, and what every block makes of it. */
import type { CallContext } from '../../core/call-context';
import { stopIfCancelled } from '../../core/cancel';
import type { PromptToken } from '../../core/format/flow-graph';
import type { BlockSummary } from '../../core/pass/block-state';
import type { ModelSpec } from '../../model/architecture/model-spec';
import type { ModelGraphs } from '../onnx/model-graphs';
import { streamAfter } from '../onnx/pass-graph';
import type { Results } from '../onnx/session-pool';
import { summaryOf } from './block-results';
import type { Embedded, Streams } from './forward-pass';

/** What tokens bring to the stream. */
export async function embedded(graphs: ModelGraphs, tokens: readonly PromptToken[]): Promise<Embedded> {
  return embeddedOf(await graphs.embed(tokens.map(({ id }) => id)), graphs.spec);
}

/** What `buildEmbedGraph` answers. */
function embeddedOf(results: Results, spec: ModelSpec): Embedded {
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
 * @param options.atOnce run them in one graph, unless they are looked into; see `ModelGraphs.runsAtOnce`
 * @throws Problem `cancelled`, `out-of-memory`
 */
export async function runBlocks(
  graphs: ModelGraphs,
  tokens: readonly PromptToken[],
  context: CallContext,
  { summaries: keep = false, atOnce = false }: { readonly summaries?: boolean; readonly atOnce?: boolean },
): Promise<Streams> {
  const { spec } = graphs;
  stopIfCancelled(context);
  if (atOnce && !keep) return runAtOnce(graphs, tokens);
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

/** The same in one graph; see `buildPassGraph`. */
async function runAtOnce(graphs: ModelGraphs, tokens: readonly PromptToken[]): Promise<Streams> {
  const results = await graphs.pass(tokens.map(({ id }) => id));
  const { pre, ...embeddings } = embeddedOf(results, graphs.spec);
  return { ...embeddings, stream: [pre, ...graphs.spec.blocks.map((_, layer) => results.floats(streamAfter(layer)))] };
}
