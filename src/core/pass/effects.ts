/**
 * What a component does to a number that the pass ends in: by how much it would fall if the component were not there. Estimated
 * from gradients; docs/method.md, "Effect". n = position + 1: what comes later does not enter.
 */
import type { EffectsSummary } from '../format/effects';
import type { PromptToken } from '../format/flow-graph';
import type { BlockGradients, Quantity } from './gradients';
import type { ExpertName } from '../format/component';
import type { BlockRanking, ExpertAtWork } from './block-state';
import type { Target } from './lens';

/** The ordinary pass of another prompt through the same model; an `InspectablePass` is one. */
export interface BaselinePass {
  readonly prompt: string;
  readonly tokens: readonly PromptToken[];
  /** [T,d] each, as in `InspectablePass` */
  readonly embed: Float32Array;
  readonly posEmbed?: Float32Array;
  readonly stream: readonly Float32Array[];
}

/**
 * What takes a component's place: nothing (`zero`), its value on another prompt (`twin`), or its mean over several (`mean`).
 * Prompts are aligned from the end.
 */
export type Baseline =
  | { readonly kind: 'zero' }
  | { readonly kind: 'twin'; readonly pass: BaselinePass }
  | {
      readonly kind: 'mean';
      readonly passes: readonly BaselinePass[];
      /** what their prompts are called together */
      readonly name?: string | undefined;
    };

/** The number whose change is meant: the one that the shares beside the effects sum to. */
export function effectQuantity({ id, against, measure }: Target): Quantity {
  if (against !== undefined) return { kind: 'difference', id, against };
  return { kind: measure === 'raw' ? 'logit' : 'centred-logit', id };
}

/** Tensors of a block at several positions, as docs/method.md names them. */
export interface BlockTensors {
  /** [·,H·k] */ readonly z: Float32Array;
  /** [·,F] */ readonly mlpPost: Float32Array;
  /** [·,d] */ readonly attnOut: Float32Array;
  /** [·,d] */ readonly mlpOut: Float32Array;
}

/** What the heads of the position under study read. */
export interface ReadSources {
  /** [H,n] what each value is multiplied with: its probability, or 0 where an intervention leaves it no say */
  readonly weights: Float32Array;
  /** [n,G·k] */
  readonly v: Float32Array;
  /** sources whose value is another prompt's, each [k] with the weight that it had there; `weights` is 0 for them */
  readonly patched: readonly { readonly head: number; readonly source: number; readonly weight: number; readonly value: Float32Array }[];
}

/** What takes the place of a block's tensors, from the first position on that has any: m = n − first rows. */
export interface BlockBaseline extends BlockTensors {
  readonly first: number;
  /** [H,m,k] weight · v of each source of the position under study */
  readonly sources: Float32Array;
  /** [m,d] the stream that enters the block, and that which leaves it */
  readonly pre: Float32Array;
  readonly post: Float32Array;
}

/** An expert whose output an intervention replaces at a position, or of whose neurons, if it is not chosen there. */
export interface ReplacedExpert {
  readonly expert: ExpertName;
  /** on the other prompt, or their mean; 0 where it was not chosen */
  readonly weight: number;
  /** present where it is not chosen and only neurons of it are replaced: how many */
  readonly neurons?: number;
  /** [d] what the layer yields of it, its weight included, before a norm or multiplier that follows */
  readonly yielded: Float32Array;
}

/** A block of a pass: what it computed at positions 0 … n − 1, and how much a quantity changes with it. */
export interface DifferentiatedBlock {
  readonly layer: number;
  readonly values: BlockTensors;
  readonly sources: ReadSources;
  readonly gradients: Pick<BlockGradients, 'z' | 'mlpPost' | 'attnOut' | 'mlpOut'>;
  /** [n,d] of the stream that leaves the block, and of that which enters it */
  readonly postGradient: Float32Array;
  readonly preGradient: Float32Array;
  /** absent: zero */
  readonly baseline?: BlockBaseline;
  /** of a mixture of experts, those that a position goes to, of the same shape at every position */
  readonly atWork?: (position: number) => readonly ExpertAtWork[];
  /** present where experts are replaced: which, be they at work or not, and [n,d] how the quantity changes with what the layer yields */
  readonly replaced?: { readonly gradient: Float32Array; readonly at: (position: number) => readonly ReplacedExpert[] };
}

/** A pass as a quantity depends on it. */
export interface DifferentiatedPass {
  /** the quantity itself */
  readonly value: number;
  /** see `PassGradients.saturated` */
  readonly saturated?: 'softmax' | 'soft-cap';
  /** first position that has a baseline: those before it have no partner in any of the other prompts */
  readonly first: number;
  /** [n − first,d] what takes the place of token and position embeddings; absent: zero */
  readonly embeddings?: { readonly embed: Float32Array; readonly posEmbed?: Float32Array };
  /**
   * The blocks from the last down to one; each is computed when it is asked for, and none is kept.
   *
   * @throws Problem `cancelled`, `out-of-memory`, `weights-invalid`
   */
  blocks(downTo: number): AsyncIterable<DifferentiatedBlock>;
}

/** Estimated effects of what one block computes, in units of the quantity. */
export interface BlockEffects {
  readonly layer: number;
  /** first position that has an effect; what is before it has no partner, and NaN in all arrays over positions */
  readonly first: number;
  /** [n,H] heads at every position */
  readonly heads: Float32Array;
  /** [n,F] neurons at every position */
  readonly neurons: Float32Array;
  /** of a mixture of experts: [n,experts at work], NaN for those that are replaced, and which experts and neurons these are; see `DifferentiatedBlock` */
  readonly experts?: { readonly effects: Float32Array; readonly atWork: (position: number) => readonly ExpertAtWork[] };
  /** what was put in the place of experts, be they at work or not; of another baseline than zero nothing is known */
  readonly replacedExperts: readonly ReplacedEffect[];
  /** [n] what attention, and the feed-forward layer, add at every position */
  readonly attention: Float32Array;
  readonly mlp: Float32Array;
  /** [H,n] sources of the heads of the position under study */
  readonly sources: Float32Array;
  /** [H·k] rows of W_O there */
  readonly rows: Float32Array;
  /** [n] the stream that enters the block, that between its branches (in a parallel block there is none), and that which leaves it */
  readonly residPre: Float32Array;
  readonly residMid: Float32Array;
  readonly residPost: Float32Array;
  /** [d] gradients there of what attention, and the feed-forward layer, add; for summands that are the same in every pass, such as biases */
  readonly attnGradient: Float32Array;
  readonly mlpGradient: Float32Array;
}

/** What was put in the place of an expert does at a position. */
export interface ReplacedEffect {
  readonly expert: ExpertName;
  readonly position: number;
  readonly effect: number;
}

/** Estimated effects of what lies before the first block, at every position: [n] each. */
export interface EmbeddingEffects {
  readonly embed: Float32Array;
  /** absent without learned positions */
  readonly posEmbed?: Float32Array;
}

/** Estimated effects of one block's components at the position under study; a source that has no partner has none. */
export interface BlockEffectsAt extends BlockRanking {
  readonly attention: number;
  readonly mlp: number;
  readonly residPre: number;
  readonly residMid: number;
  readonly residPost: number;
  /** what output biases do: 0 with a baseline that has the same biases */
  readonly biases: { readonly attention: (vector: Float32Array) => number; readonly mlp: (vector: Float32Array) => number };
  /** what was put in the place of experts does, with nothing in its place; empty with another baseline */
  readonly replaced: ReadonlyMap<ExpertName, number>;
  /** what the updates of an adapter do, with nothing in their place; NaN with another baseline, in which they are not looked at */
  readonly updates: { readonly attention: (vector: Float32Array) => number; readonly mlp: (vector: Float32Array) => number };
}

/** Everything that a flow graph shows of estimated effects. */
export interface GraphEffects {
  /** as the graph names it */
  readonly summary: EffectsSummary;
  /** by layer */
  readonly blocks: ReadonlyMap<number, BlockEffectsAt>;
  /** of what is added at the position before the first block; absent where that is not drawn */
  readonly embeddings?: { readonly embed: number; readonly posEmbed?: number };
}
