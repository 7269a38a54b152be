/**
 * From a forward pass to its flow graph: look into the drawn blocks, choose what to draw, read every vector in one batch
 * of the lens, and put the answers on the nodes. No model arithmetic happens here.
 */
import type { CallContext } from '../call-context';
import { stopIfCancelled } from '../cancel';
import type { FlowGraph } from '../format/flow-graph';
import type { BlockRanking, BlockState } from '../pass/block-state';
import type { InspectablePass } from '../pass/inspectable-pass';
import { settledTarget, shareDirection } from '../pass/target';
import { assertNever, Problem } from '../problem';
import { FlowGraphBuilder, type ReadNodes, type ResolvedGraphOptions, type SeenFirst } from './flow-graph-builder';
import { selectBlock } from './select';

/**
 * Builds the flow graph of a pass. Everything drawn of one sum, with its `rest`, adds up to the sum's result.
 *
 * @param seenFirst which nodes are read; absent: all. The others are read by `readNodes`, or by asking for all of the same graph.
 * @throws Problem `cancelled` between blocks when the caller has cancelled; `against-itself` when the target is to be
 * compared with itself, `bad-request` when what is drawn is to be chosen by shares that the model's components do not have
 */
export async function buildFlowGraph(
  pass: InspectablePass,
  options: ResolvedGraphOptions,
  context: CallContext,
  seenFirst?: SeenFirst,
): Promise<FlowGraph> {
  const builder = await drafted(pass, options, context);
  context.report({ message: 'Reading vectors as tokens', done: 0 });
  return seenFirst === undefined ? builder.finish() : builder.begin(seenFirst);
}

/**
 * Reads nodes of a graph that was built with only those read that are seen first; it is drawn again where another one was since.
 *
 * @param which ids of nodes, or how many of those that have not been read
 * @throws Problem as `buildFlowGraph`
 */
export async function readNodes(
  pass: InspectablePass,
  options: ResolvedGraphOptions,
  which: readonly string[] | number,
  context: CallContext,
): Promise<ReadNodes> {
  return (await drafted(pass, options, context)).readMore(which);
}

/** What is drawn, before it is read, with the options that it was drawn for. */
interface Draft {
  readonly options: ResolvedGraphOptions;
  readonly builder: FlowGraphBuilder;
}

/** The last graph that was drawn: the rest of its vectors is read later, and through another lens all of them in another way. */
let drafts = new WeakMap<InspectablePass, Draft>();

/** What is drawn, which is kept until something else is. @throws Problem as `buildFlowGraph` */
async function drafted(pass: InspectablePass, options: ResolvedGraphOptions, context: CallContext): Promise<FlowGraphBuilder> {
  const builder = knownDraft(pass, options) ?? (await draft(pass, options, context));
  drafts = new WeakMap([[pass, { options, builder }]]);
  return builder;
}

function knownDraft(pass: InspectablePass, options: ResolvedGraphOptions): FlowGraphBuilder | undefined {
  const known = drafts.get(pass);
  if (known?.options.effects !== options.effects) return undefined;
  const { effects: _before, ...before } = known?.options ?? {};
  const { effects: _now, ...now } = options;
  return JSON.stringify(before) === JSON.stringify(now) ? known?.builder : undefined;
}

/** Looks into the drawn blocks and chooses what to draw. @throws Problem as `buildFlowGraph` */
async function draft(pass: InspectablePass, options: ResolvedGraphOptions, context: CallContext): Promise<FlowGraphBuilder> {
  const { position, counts, layers } = options;
  const rankingOf = await rankings(pass, options);
  const builder = new FlowGraphBuilder(pass, options);
  for (let layer = layers.from; layer <= layers.to; layer++) {
    stopIfCancelled(context, 'The flow graph');
    const blocks = layers.to - layers.from + 1;
    context.report({ message: `Inspecting layer ${layer}`, done: layer - layers.from, total: blocks });
    const state = await pass.block(layer, position);
    await builder.addBlock(layer, state, selectBlock(state, pass.model.nHeads, position, counts, await rankingOf(layer, state)));
  }
  return builder;
}

/** What decides which components of a block are drawn; undefined: the size of what they write. */
type RankingOf = (layer: number, state: BlockState) => Promise<BlockRanking | undefined>;

async function rankings(pass: InspectablePass, options: ResolvedGraphOptions): Promise<RankingOf> {
  const { position, effects, by = 'norm' } = options;
  switch (by) {
    case 'norm':
      return async () => undefined;
    case 'effect':
      return async (layer) => effects?.blocks.get(layer);
    case 'share': {
      if (pass.streamNormed)
        throw new Problem(
          'bad-request',
          'This model applies norms to the residual stream itself, so its heads and neurons have no shares by which they could be chosen.',
          'Choose them by effect, or by the size of what they write.',
        );
      const direction = await shareDirection(pass, position, await settledTarget(pass, options));
      return (layer, state) => pass.along(layer, position, state, direction);
    }
    default:
      return assertNever(by);
  }
}
