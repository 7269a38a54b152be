import type { ModelInfo } from '../format/flow-graph';
import type { BlockEffectsAt } from '../pass/effects';
import type { BlockSelection, BlockState, SelectedVectors } from '../pass/block-state';
import type { UnreadGraph } from './unread-graph';

/** Everything that drawing a block needs: where it is drawn, and what is drawn of it. */
export interface BlockContext {
  readonly graph: UnreadGraph;
  readonly model: Pick<ModelInfo, 'nHeads' | 'sinks' | 'adapter'>;
  /** see `InspectablePass.streamNormed` */
  readonly streamNormed: boolean;
  readonly layer: number;
  readonly position: number;
  /** the first block that is drawn: no other has drawn the stream that enters it */
  readonly first: boolean;
  readonly state: BlockState;
  readonly selection: BlockSelection;
  readonly vectors: SelectedVectors;
  /** absent: nodes have no effects */
  readonly effects?: BlockEffectsAt;
}

/** The estimated effect of a node, where effects are known and this one is: a component without a partner has none. */
export function estimated(
  effects: BlockEffectsAt | undefined,
  of: (effects: BlockEffectsAt) => number,
): { readonly effect?: { readonly value: number; readonly how: 'estimated' } } {
  const value = effects ? of(effects) : Number.NaN;
  return Number.isNaN(value) ? {} : { effect: { value, how: 'estimated' } };
}

/** Σ of some entries. */
export function sumAt(values: Float32Array, indices: readonly number[]): number {
  return indices.reduce((sum, i) => sum + values[i], 0);
}
