/**
 * Two passes drawn alike and compared: both targets settled, the blocks looked into side by side, the union of what either
 * ranking chooses drawn of both, and every pair of twins subtracted.
 */
import { estimateGraphEffects } from '../analyse/effects/graph-effects';
import { stopIfCancelled } from '../cancel';
import type { ComparedTargets } from '../format/compared-targets';
import { COMPARISON_SCHEMA, type Comparison, type NodeDifference, type Side } from '../format/comparison';
import type { GraphCounts } from '../format/graph-counts';
import type { CallContext } from '../call-context';
import { FlowGraphBuilder, type ResolvedGraphOptions, type Written } from '../build/flow-graph-builder';
import type { Baseline } from '../pass/effects';
import type { Target } from '../pass/lens';
import { settledTarget } from '../pass/target';
import { alignTokens, counterparts } from './align-tokens';
import type { FlowGraph } from '../format/flow-graph';
import { compareGraphs } from './compare-graphs';
import { answer, askBoth, contrastOf, type AskedPass, type ComparedPass, type Question } from './contrast';
import { mostDivergentBlock, divergenceSteps } from './divergence';
import { isOwnChoice, unionSelection, type OwnChoice } from './union-selection';

/** What holds for both sides, every default filled in. */
export interface ResolvedComparisonOptions {
  /** null: the block in which the passes diverge most */
  readonly layers: { readonly from: number; readonly to: number } | null;
  readonly counts: GraphCounts;
  readonly targets: ComparedTargets;
  /** what takes a component's place in either pass, where effects are estimated; absent: they are not */
  readonly effects?: Baseline;
}

/**
 * Compares two passes of one model. A pass compared with itself differs by exactly 0; swapping the sides mirrors the
 * answer exactly.
 *
 * @throws Problem `cancelled` between blocks when the caller has cancelled; `against-itself`; with effects as `InspectablePass.differentiate`
 */
export async function comparePasses(
  sides: { readonly left: ComparedPass; readonly right: ComparedPass },
  options: ResolvedComparisonOptions,
  context: CallContext,
): Promise<Comparison> {
  const { left, right } = await withTargets(sides, options.targets);
  const { targets, asked } = await askBoth({ left, right });
  stopIfCancelled(context, 'The comparison');
  context.report({ message: 'Finding where the passes diverge', done: 0 });
  const steps = await divergenceSteps(asked.left, asked.right);
  const block = mostDivergentBlock(steps);
  const shared = { counts: options.counts, layers: options.layers ?? { from: block, to: block } };

  const { effects: baseline } = options;
  const effectsOf = async ({ pass, options: { position } }: ComparedPass, target: Target) =>
    baseline && { effects: await estimateGraphEffects(pass, { position, target, baseline }, shared.layers, context) };
  const builders = {
    left: new FlowGraphBuilder(left.pass, { ...left.options, ...shared, ...(await effectsOf(left, targets.left)) }),
    right: new FlowGraphBuilder(right.pass, { ...right.options, ...shared, ...(await effectsOf(right, targets.right)) }),
  };
  const ownChoices = await addBlocks({ left, right }, builders, shared, context);
  context.report({ message: 'Reading vectors as tokens', done: 0 });
  const graphs = { left: await builders.left.finish(), right: await builders.right.finish() };
  const drawnForTwin = { left: drawnForTwinOf(graphs.left, ownChoices.left), right: drawnForTwinOf(graphs.right, ownChoices.right) };
  const written = writtenDifference(builders, asked);
  return {
    schema: COMPARISON_SCHEMA,
    ...graphs,
    ...compareGraphs(graphs.left, graphs.right, { drawnForTwin, written }),
    contrast: contrastOf(targets, asked),
    parting: steps,
  };
}

/** Puts the common target, or the difference of both, in the place of each side's own. */
async function withTargets(
  { left, right }: { left: ComparedPass; right: ComparedPass },
  mode: ComparedTargets,
): Promise<{ left: ComparedPass; right: ComparedPass }> {
  if (mode === 'own') return { left, right };
  const ask = ({ pass, options: { position } }: ComparedPass, { id, ...how }: Target): ComparedPass => ({
    pass,
    options: { position, target: { id }, ...how },
  });
  if (mode === 'left') return { left, right: ask(right, await settledTarget(left.pass, left.options)) };
  if (mode === 'right') return { left: ask(left, await settledTarget(right.pass, right.options)), right };
  const [{ id, measure }, { id: against }] = [
    await settledTarget(left.pass, withoutAgainst(left.options)),
    await settledTarget(right.pass, withoutAgainst(right.options)),
  ];
  const target: Target = { id, ...(id !== against && { against }), ...(measure && { measure }) };
  return { left: ask(left, target), right: ask(right, target) };
}

function withoutAgainst({ against: _, ...options }: ComparedPass['options']): ComparedPass['options'] {
  return options;
}

/** What a side's own ranking chooses, by layer. */
type OwnChoices = Map<number, OwnChoice>;

/** Looks into the blocks of both passes, block by block, and adds the union. Returns what each side chose itself. */
async function addBlocks(
  { left, right }: { left: ComparedPass; right: ComparedPass },
  builders: { left: FlowGraphBuilder; right: FlowGraphBuilder },
  { layers, counts }: Pick<ResolvedGraphOptions, 'layers' | 'counts'>,
  context: CallContext,
): Promise<{ left: OwnChoices; right: OwnChoices }> {
  const alignment = alignTokens(
    left.pass.tokens.map(({ id }) => id),
    right.pass.tokens.map(({ id }) => id),
  );
  const counterpart = { left: counterparts(alignment, 'left'), right: counterparts(alignment, 'right') };
  const ownChoices = { left: new Map<number, OwnChoice>(), right: new Map<number, OwnChoice>() };
  const { nHeads } = left.pass.model;
  const look = async ({ pass, options: { position } }: ComparedPass, side: Side, layer: number) => ({
    state: await pass.block(layer, position),
    position,
    counterpart: counterpart[side],
  });
  for (let layer = layers.from; layer <= layers.to; layer++) {
    stopIfCancelled(context, 'The comparison');
    context.report({ message: `Inspecting layer ${layer} of both`, done: layer - layers.from, total: layers.to - layers.from + 1 });
    const states = { left: await look(left, 'left', layer), right: await look(right, 'right', layer) };
    const selections = unionSelection(nHeads, states, counts);
    for (const side of ['left', 'right'] as const) {
      const { selection, own } = selections[side];
      await builders[side].addBlock(layer, states[side].state, selection);
      ownChoices[side].set(layer, own);
    }
  }
  return ownChoices;
}

/** Ids of nodes that a side draws only for the sake of their twins on the other. */
function drawnForTwinOf({ nodes }: FlowGraph, ownChoices: OwnChoices): Set<string> {
  const borrowed = nodes.filter((node) => {
    const own = ownChoices.get(node.layer);
    return own !== undefined && !isOwnChoice(node, own);
  });
  return new Set(borrowed.map(({ id }) => id));
}

/** Compares what two nodes write into the stream; who is not there writes nothing. */
function writtenDifference(
  builders: { left: FlowGraphBuilder; right: FlowGraphBuilder },
  asked: { left: AskedPass; right: AskedPass },
): (left: string | null, right: string | null) => Pick<NodeDifference, 'distance' | 'contrast'> {
  const of = { left: builders.left.written(), right: builders.right.written() };
  const share = (written: Written | undefined, { question }: { question: Question }): number =>
    written ? written.factor * answer(question, written.vector) : 0;
  return (leftId, rightId) => {
    const l = of.left.get(leftId ?? '');
    const r = of.right.get(rightId ?? '');
    if (!l && !r) return {};
    return {
      distance: distance(l, r),
      ...((l ?? r)?.summand ? { contrast: share(r, asked.right) - share(l, asked.left) } : {}),
    };
  };
}

function distance(l: Written | undefined, r: Written | undefined): number {
  const width = (l ?? r)?.vector.length ?? 0;
  let sum = 0;
  for (let c = 0; c < width; c++) sum += ((r ? r.factor * r.vector[c] : 0) - (l ? l.factor * l.vector[c] : 0)) ** 2;
  return Math.sqrt(sum);
}
