/**
 * From a forward pass to its flow graph: look into the drawn blocks, choose what to draw, read every vector in one batch
 * of the lens, and put the answers on the nodes. No model arithmetic happens here.
 */
import type { CallContext } from '../call-context';
import { stopIfCancelled } from '../cancel';
import type { FlowGraph } from '../format/flow-graph';
import type { InspectablePass } from '../pass/inspectable-pass';
import { FlowGraphBuilder, type ResolvedGraphOptions } from './flow-graph-builder';
import { selectBlock } from './select';

/**
 * Builds the flow graph of a pass. Everything drawn of one sum, with its `rest`, adds up to the sum's result.
 *
 * @throws Problem `cancelled` between blocks when the caller has cancelled; `against-itself` when the target is to be
 * compared with itself
 */
export async function buildFlowGraph(pass: InspectablePass, options: ResolvedGraphOptions, context: CallContext): Promise<FlowGraph> {
  const { position, counts, layers, effects, by } = options;
  const builder = new FlowGraphBuilder(pass, options);
  for (let layer = layers.from; layer <= layers.to; layer++) {
    stopIfCancelled(context, 'The flow graph');
    const blocks = layers.to - layers.from + 1;
    context.report({ message: `Inspecting layer ${layer}`, done: layer - layers.from, total: blocks });
    const state = await pass.block(layer, position);
    const ranking = by === 'effect' ? effects?.blocks.get(layer) : undefined;
    await builder.addBlock(layer, state, selectBlock(state, pass.model.nHeads, position, counts, ranking));
  }
  context.report({ message: 'Reading vectors as tokens', done: 0 });
  return builder.finish();
}
