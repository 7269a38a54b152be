import type { ModelInfo } from '../format/flow-graph';
import type { BlockSelection, BlockState, SelectedVectors } from '../pass/block-state';
import type { UnreadGraph } from './unread-graph';

/** Everything that drawing a block needs: where it is drawn, and what is drawn of it. */
export interface BlockContext {
  readonly graph: UnreadGraph;
  readonly model: Pick<ModelInfo, 'nHeads'>;
  /** see `InspectablePass.streamNormed` */
  readonly streamNormed: boolean;
  readonly layer: number;
  readonly position: number;
  /** the first block that is drawn: no other has drawn the stream that enters it */
  readonly first: boolean;
  readonly state: BlockState;
  readonly selection: BlockSelection;
  readonly vectors: SelectedVectors;
}
