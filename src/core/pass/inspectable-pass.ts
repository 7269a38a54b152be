/**
 * What the graph builder needs from a model that has run. The engine implements it; tests implement it in a few lines of
 * plain arithmetic. All matrices are row-major `Float32Array`s; d, H, k, F, T as in docs/method.md.
 */
import type { GivenAs, ModelInfo, PromptToken } from '../format/flow-graph';
import type { AppliedIntervention } from '../format/intervention';
import type { TokenText } from '../text/token-text';
import type { Baseline, DifferentiatedPass } from './effects';
import type { QuantityAt } from './gradients';
import type { BlockRanking, BlockRouting, BlockSelection, BlockState, BlockSummary, SelectedVectors } from './block-state';
import type { TokenMeasure } from '../format/share-measure';
import type { LensBatch, LensRequest, Target } from './lens';

/** A forward pass that can be looked into, one block at a time. */
export interface InspectablePass {
  readonly model: ModelInfo;
  readonly prompt: string;
  /** how the prompt was given, where that is not as a text that the tokenizer marks; see `FlowGraph` */
  readonly given?: GivenAs;
  readonly tokens: readonly PromptToken[];
  /** absent in an ordinary pass */
  readonly interventions?: readonly AppliedIntervention[];
  /** [T,d] token embeddings, [T,d] position embeddings (absent without learned positions), and the streams at block borders */
  readonly embed: Float32Array;
  readonly posEmbed?: Float32Array;
  /** [T,d] token embeddings before the norm that follows; absent where there is none */
  readonly embedRaw?: Float32Array;
  /**
   * True if norms are applied to the stream itself: the `ln` of a block's attention is the norm of its `residMid` and continues
   * in its place, `residPost` is the norm of that plus what the feed-forward layer adds, and no summand has a share of its own.
   */
  readonly streamNormed?: boolean;
  /** L+1 streams [T,d]: entering block 0, …, leaving block L-1 */
  readonly stream: readonly Float32Array[];
  /** The state of a block at a position. Rejects with `cancelled` when the signal fires between steps. */
  block(layer: number, position: number): Promise<BlockState>;
  /** [H,T] what the heads of a block attend to from a position, as its state there says: cheaper than `block`. */
  pattern(layer: number, position: number): Promise<Float32Array>;
  /** Which experts every position goes to in a block; null where its feed-forward layer is dense. Cheaper than `block`. */
  routing(layer: number): Promise<BlockRouting | null>;
  /** The vectors of a selection, rests computed from what is left out (never by subtraction). */
  vectors(layer: number, position: number, state: BlockState, selection: BlockSelection): Promise<SelectedVectors>;
  /**
   * What each source of each head adds along a direction of the stream, at a position: probability × ⟨v_j · W_O, direction⟩, 0 for
   * what an intervention leaves no say. [H,T] A head that was replaced as a whole has no sources.
   *
   * @param state of the block at the position
   * @param direction [d], such as that of a target
   */
  alongSources(layer: number, position: number, state: BlockState, direction: Float32Array): Promise<Float32Array>;
  /** The same of every component of a block: heads, their sources, rows of W_O and neurons. */
  along(layer: number, position: number, state: BlockState, direction: Float32Array): Promise<BlockRanking>;
  /** Reads N rows of width d as tokens, in batches inside. */
  read(rows: Float32Array, request: LensRequest): Promise<LensBatch>;
  /** Share of the final norm's bias and the unembedding's bias in what the target's measure names. */
  normBias(target: Target): Promise<number>;
  /** A cheaper look into a block than `block`, at all positions up to one. */
  summary(layer: number, position: number): Promise<BlockSummary>;
  /** [d] the final norm's output at a position; null in a model without one */
  finalNorm(position: number): Promise<Float32Array | null>;
  /**
   * Summands of the final stream as they pass the final norm with its scale frozen at a position, its bias left out. [N,d]
   * Read through the unembedding alone they give each token's logit contribution, exactly.
   */
  throughFrozenNorm(rows: Float32Array, position: number): Promise<Float32Array>;
  /** [n,d] one row a token: its inner product with a summand of the final stream is the summand's share of that token's logit */
  directions(position: number, ids: readonly number[], measure: TokenMeasure): Promise<Float32Array>;
  /** Mean of all of the model's logits at a position. */
  meanLogit(position: number): Promise<number>;
  /** [N,V] what the lens makes of a few rows: for measures over the whole vocabulary. */
  logits(rows: Float32Array): Promise<Float32Array>;
  /**
   * Goes back through the pass from a number that it ends in.
   *
   * @throws Problem `position-out-of-range`, `token-out-of-range`, `against-itself`, `no-such-component` when no prompt of the baseline has
   *   a partner of the position, `cancelled`, `memory-low`, `out-of-memory`, `weights-invalid` when a gradient is not a finite number
   */
  differentiate(at: QuantityAt, baseline: Baseline): Promise<DifferentiatedPass>;
  /** Text of any token of the vocabulary. */
  tokenText(id: number): TokenText;
}
