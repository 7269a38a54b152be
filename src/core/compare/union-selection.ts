/** What two drawings of one block show, so that a twin stands wherever there can be one and a change is never an absence. */
import type { GraphCounts } from '../format/graph-counts';
import { nodeId } from '../format/node-id';
import type { BlockSelection, BlockState } from '../pass/block-state';
import { headReach, selectBlock, selectSources } from '../build/select';

/** One side's look into a block. */
export interface SideState {
  readonly state: BlockState;
  readonly position: number;
  /** for each position of this side's prompt its counterpart on the other, or null */
  readonly counterpart: readonly (number | null)[];
}

/** What one side draws. */
export interface SideSelection {
  readonly selection: BlockSelection;
  /** ids of the nodes that this side's own ranking would not have drawn */
  readonly guests: readonly string[];
}

/**
 * The union of what both sides' rankings choose, for each side. Heads and neurons are the same on both; of a head's
 * sources a side draws its own and the counterparts of the other's, as far as it has them.
 */
export function unionSelection(
  layer: number,
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
  const neurons = byFalling(union(own.left.neurons, own.right.neurons), (i) =>
    total(both, ({ mlp }) => mlp.coefficients[i] * mlp.valueNorms[i]),
  );

  const chosen = heads.map((h) => ({
    left: selectSources(sides.left.state, nHeads, h, sides.left.position, counts),
    right: selectSources(sides.right.state, nHeads, h, sides.right.position, counts),
  }));
  const select = (side: 'left' | 'right', other: 'left' | 'right'): SideSelection => {
    const { position } = sides[side];
    const sources = chosen.map((of) => union(of[side], counterpartsUpTo(position, of[other], sides[other].counterpart)));
    const selection: BlockSelection = { heads, sources, oNeurons, neurons };
    return {
      selection,
      guests: guestsOf(
        layer,
        selection,
        own[side],
        chosen.map((of) => of[side]),
      ),
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

/** Nodes of a selection that the side's own ranking leaves out. */
function guestsOf(layer: number, drawn: BlockSelection, own: BlockSelection, ownSources: readonly (readonly number[])[]): string[] {
  const heads = new Set(own.heads);
  const rows = new Set(own.oNeurons);
  const neurons = new Set(own.neurons);
  return [
    ...drawn.heads.flatMap((h, i) => {
      const isGuest = !heads.has(h);
      const sources = drawn.sources[i].filter((source) => isGuest || !ownSources[i].includes(source));
      return [
        ...(isGuest ? [nodeId.headQuery(layer, h), nodeId.headOut(layer, h), nodeId.headRest(layer, h)] : []),
        ...sources.flatMap((source) => [nodeId.headKey(layer, h, source), nodeId.headValue(layer, h, source)]),
      ];
    }),
    ...drawn.oNeurons.flatMap((i) => (rows.has(i) ? [] : [nodeId.oNeuron(layer, i)])),
    ...drawn.neurons.flatMap((i) => (neurons.has(i) ? [] : [nodeId.neuronKey(layer, i), nodeId.neuronValue(layer, i)])),
  ];
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
