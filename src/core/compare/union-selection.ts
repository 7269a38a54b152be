/** What two drawings of one block show, so that a twin stands wherever there can be one and a change is never an absence. */
import type { GraphCounts } from '../format/graph-counts';
import type { FlowNode } from '../format/flow-graph';
import { NODE_KINDS } from '../format/node-kinds';
import { assertNever } from '../problem';
import { neuronAt, type BlockSelection, type BlockState } from '../pass/block-state';
import { headReach, indexAtWork, selectBlock, selectSources } from '../build/select';

/** A neuron, and the expert that it is of. */
type NamedNeuron = ReturnType<typeof neuronAt>;

/** One name for each neuron of a layer. */
function neuronName({ expert, neuron }: NamedNeuron): string {
  return expert === undefined ? String(neuron) : `${expert}.${neuron}`;
}

/** One side's look into a block. */
export interface SideState {
  readonly state: BlockState;
  readonly position: number;
  /** for each position of this side's prompt its counterpart on the other, or null */
  readonly counterpart: readonly (number | null)[];
}

/** What one side draws, and what its own ranking chooses of it. */
export interface SideSelection {
  readonly selection: BlockSelection;
  readonly own: OwnChoice;
}

/** What one side's ranking chooses of a block. */
export interface OwnChoice {
  readonly heads: ReadonlySet<number>;
  /** by head, also of heads that it does not choose */
  readonly sources: ReadonlyMap<number, readonly number[]>;
  readonly rows: ReadonlySet<number>;
  /** by `neuronName` */
  readonly neurons: ReadonlySet<string>;
}

/** Whether a side's own ranking chooses a node. What is not ranked, such as the stream, is always its own. */
export function isOwnChoice({ kind, head, source, neuron, expert }: FlowNode, own: OwnChoice): boolean {
  const { group } = NODE_KINDS[kind];
  switch (group) {
    case undefined:
      return true;
    case 'head':
      if (head === undefined) return true;
      return own.heads.has(head) && (source === undefined || (own.sources.get(head)?.includes(source) ?? false));
    case 'row':
      return neuron === undefined || own.rows.has(neuron);
    case 'neuron':
      return neuron === undefined || own.neurons.has(neuronName({ neuron, ...(expert !== undefined && { expert }) }));
    default:
      return assertNever(group);
  }
}

/**
 * The union of what both sides' rankings choose, for each side. Heads and neurons are the same on both; of a head's
 * sources a side draws its own and the counterparts of the other's, as far as it has them.
 */
export function unionSelection(
  nHeads: number,
  sides: { readonly left: SideState; readonly right: SideState },
  counts: GraphCounts,
): { left: SideSelection; right: SideSelection } {
  const own = {
    left: selectBlock(sides.left.state, nHeads, sides.left.position, counts),
    right: selectBlock(sides.right.state, nHeads, sides.right.position, counts),
  };
  const both = [sides.left.state, sides.right.state] as const;
  const reach = both.map((state) => headReach(state.attention, nHeads));
  const heads = byFalling(union(own.left.heads, own.right.heads), (h) => Math.max(reach[0][h], reach[1][h]));
  const oNeurons = byFalling(union(own.left.oNeurons, own.right.oNeurons), (i) =>
    total(both, ({ attention }) => attention.z[i] * attention.rowNorms[i]),
  );
  // Of a mixture of experts a side has the neurons whose expert is at work there.
  const named = new Map(
    (['left', 'right'] as const).flatMap((side) =>
      own[side].neurons.map((i) => {
        const neuron = neuronAt(sides[side].state.mlp, i);
        return [neuronName(neuron), neuron] as const;
      }),
    ),
  );
  const pull = (neuron: NamedNeuron) =>
    total(both, ({ mlp }) => indexAtWork(mlp, neuron).reduce((sum, i) => sum + mlp.coefficients[i] * mlp.valueNorms[i], 0));
  const neurons = [...named.values()]
    .map((neuron) => ({ neuron, by: pull(neuron), place: indexAtWork(both[0].mlp, neuron)[0] ?? Infinity }))
    .sort((a, b) => b.by - a.by || a.place - b.place)
    .map(({ neuron }) => neuron);

  const chosen = heads.map((h) => ({
    left: selectSources(sides.left.state, nHeads, h, sides.left.position, counts),
    right: selectSources(sides.right.state, nHeads, h, sides.right.position, counts),
  }));
  const select = (side: 'left' | 'right', other: 'left' | 'right'): SideSelection => {
    const { position } = sides[side];
    const sources = chosen.map((of) => union(of[side], counterpartsUpTo(position, of[other], sides[other].counterpart)));
    return {
      selection: { heads, sources, oNeurons, neurons: neurons.flatMap((neuron) => indexAtWork(sides[side].state.mlp, neuron)) },
      own: {
        heads: new Set(own[side].heads),
        sources: new Map(heads.map((h, i) => [h, chosen[i][side]])),
        rows: new Set(own[side].oNeurons),
        neurons: new Set(own[side].neurons.map((i) => neuronName(neuronAt(sides[side].state.mlp, i)))),
      },
    };
  };
  return { left: select('left', 'right'), right: select('right', 'left') };
}

function counterpartsUpTo(position: number, sources: readonly number[], counterpart: readonly (number | null)[]): number[] {
  return sources.flatMap((source) => {
    const twin = counterpart[source];
    return twin !== null && twin !== undefined && twin <= position ? [twin] : [];
  });
}

function union(a: readonly number[], b: readonly number[]): number[] {
  return [...new Set([...a, ...b])];
}

/** By falling value; equal values by index, so that the order does not depend on which side is left. */
function byFalling(indices: readonly number[], value: (index: number) => number): number[] {
  return [...indices].sort((a, b) => value(b) - value(a) || a - b);
}

function total(states: readonly BlockState[], of: (state: BlockState) => number): number {
  return states.reduce((sum, state) => sum + of(state), 0);
}
