/**
 * What the graph builder needs from a model that has run. The engine implements it; tests implement it in a few lines of
 * plain arithmetic. All matrices are row-major `Float32Array`s; d, H, k, F, T as in docs/method.md.
 */
import type { ModelInfo, PromptToken } from '../format/flow-graph';
import type { Component, InterventionMode } from '../format/component';
import type { AppliedIntervention } from '../format/intervention';
import type { TokenText } from '../text/token-text';

/** One block at one position: everything that is needed to choose what to draw. */
export interface BlockState {
  /** [d] */ readonly residPre: Float32Array;
  /** [d] first norm; absent where attention reads the stream itself */ readonly ln1?: Float32Array;
  /** [d] attention's output before the norm behind it; absent where there is none */ readonly attnRaw?: Float32Array;
  /** [d] what attention adds to the stream, bias included */ readonly attnOut: Float32Array;
  /** [d]; absent in parallel blocks */ readonly residMid?: Float32Array;
  /** [d] second norm; absent where the feed-forward layer reads the stream itself, or what attention reads */
  readonly ln2?: Float32Array;
  /** [d] the feed-forward layer's output before the norm behind it; absent where there is none */ readonly mlpRaw?: Float32Array;
  /** [d] what the feed-forward layer adds to the stream, bias included */ readonly mlpOut: Float32Array;
  /** [d] */ readonly residPost: Float32Array;
  /** [H,d] q_{p,h} · W_K^T */ readonly query: Float32Array;
  /** [H,d] k_{p,g} · W_Q^T, what position p offers to later queries */ readonly ownKey: Float32Array;
  /** [H,d] v_{p,g} · W_O, what position p offers to later positions */ readonly ownValue: Float32Array;
  /** [H,d] z_{p,h} · W_O */ readonly headOut: Float32Array;
  /** [H,T] row p of the attention pattern, 0 beyond p */ readonly pattern: Float32Array;
  /** [H·k] z_p, the coefficients of the rows of W_O */ readonly z: Float32Array;
  /** [H·k] norms of the rows of W_O */ readonly oNorms: Float32Array;
  /** [d] b_O; absent where the model has none */ readonly attnBias?: Float32Array;
  /** [F] coefficients of the neurons */ readonly mlpPost: Float32Array;
  /** [F] norms of the neurons' values */ readonly valueNorms: Float32Array;
  /** [d] b_1 · W_2, an approximation and no summand */ readonly mlpBiasIn?: Float32Array;
  /** [d] b_2 */ readonly mlpBiasOut?: Float32Array;
  /**
   * [d] what everything that attention writes is multiplied with, feature by feature, on its way to the stream: the norm
   * behind it with its scale frozen at this position, and the block's multiplier. Absent: 1. It is part of all vectors and
   * norms here that are said to be written (`headOut`, `ownValue`, `oNorms`, `attnBias`), so that they sum to `attnOut`.
   */
  readonly attnScale?: Float32Array;
  /** [d] the same of the feed-forward layer; part of `valueNorms`, `mlpBiasIn` and `mlpBiasOut` */
  readonly mlpScale?: Float32Array;
  /** absent where no intervention reaches this block at this position */ readonly touched?: TouchedBlock;
}

/**
 * What interventions did to a block at a position. The state's other numbers are those of the block as it was changed, so
 * that every sum holds: z, head outputs and coefficients are 0 where what they feed is off or replaced as a whole.
 */
export interface TouchedBlock {
  readonly changed: readonly { readonly component: Component; readonly mode: InterventionMode }[];
  /** [H,T] what each head multiplies its sources' values with: their probabilities, or 0 where it has no say */
  readonly weights: Float32Array;
  /** [d] what was put in the place of a head, of attention as a whole, and of the feed-forward layer as a whole */
  readonly putHeads: ReadonlyMap<number, Float32Array>;
  readonly putAttention?: Float32Array;
  readonly putMlp?: Float32Array;
}

/** What is drawn of one block. */
export interface BlockSelection {
  /** drawn heads, most important first */
  readonly heads: readonly number[];
  /** for each drawn head its drawn sources, largest probability first */
  readonly sources: readonly (readonly number[])[];
  /** drawn rows of W_O, by coefficient × norm: largest first, most negative last */
  readonly oNeurons: readonly number[];
  /** drawn feed-forward neurons, in the same way */
  readonly neurons: readonly number[];
}

/**
 * The vectors of what is drawn. `pairs` = all (head, source) of the selection, in its order. Whatever is written to the
 * stream is multiplied with `attnScale` or `mlpScale`.
 */
export interface SelectedVectors {
  /** [pairs,d] k_{j,g} · W_Q^T */ readonly keys: Float32Array;
  /** [pairs,d] v_{j,g} · W_O */ readonly values: Float32Array;
  /** [heads drawn,d] Σ over sources not drawn of probability × v_j · W_O */ readonly restSources: Float32Array;
  /** [d] Σ over heads not drawn of z_h · W_O */ readonly restHeads: Float32Array;
  /** [oNeurons,d] rows of W_O */ readonly oRows: Float32Array;
  /** [d] Σ over rows of W_O not drawn of coefficient × row */ readonly restO: Float32Array;
  /** [neurons,d] columns of the first matrix (the up row of a gated MLP) */ readonly neuronKeys: Float32Array;
  /** [neurons,d] gate rows of a gated MLP */ readonly neuronGates?: Float32Array;
  /** [neurons,d] rows of the second matrix */ readonly neuronValues: Float32Array;
  /** [d] Σ over neurons not drawn of coefficient × value */ readonly restNeurons: Float32Array;
}

/** The token under study, or the difference of two logits: what speaks for `id` rather than for `against`. */
export interface Target {
  readonly id: number;
  /** With it logits and shares are those of logit(id) − logit(against); rank and probability stay those of `id`. */
  readonly against?: number;
}

/** What the lens is asked. */
export interface LensRequest {
  readonly target: Target;
  /** tokens per list; capped at the size of the vocabulary */
  readonly k: number;
  /** position whose final-norm scale is frozen for the shares */
  readonly position: number;
  /** `unembedding`: rows are read without the final norm and without the unembedding's bias; absent: the logit lens */
  readonly through?: 'unembedding';
}

/** What a block adds at every position, and what its norms and neurons do at one. */
export interface BlockProbe {
  /** [n,d] with n = position + 1, bias included: what attention and feed-forward add to the stream */
  readonly attnOut: Float32Array;
  readonly mlpOut: Float32Array;
  /** [d] */ readonly residPre: Float32Array;
  /** [d]; absent as in `BlockState` */ readonly ln1?: Float32Array;
  /** [d]; absent as in `BlockState` */ readonly attnRaw?: Float32Array;
  /** [d]; absent in parallel blocks */ readonly residMid?: Float32Array;
  /** [d]; absent as in `BlockState` */ readonly ln2?: Float32Array;
  /** [d]; absent as in `BlockState` */ readonly mlpRaw?: Float32Array;
  /** [F] coefficients of the neurons */ readonly mlpPost: Float32Array;
}

/** Answers of the lens for N rows, as flat arrays. */
export interface LensBatch {
  /** [N,k] */ readonly topIds: Int32Array;
  readonly topLogits: Float32Array;
  readonly topProbabilities: Float32Array;
  /** [N,k] least likely first */ readonly bottomIds: Int32Array;
  readonly bottomLogits: Float32Array;
  readonly bottomProbabilities: Float32Array;
  /** [N] the target's logit, or the difference of two */ readonly targetLogits: Float32Array;
  readonly targetProbabilities: Float32Array;
  /** [N] 1 + number of strictly larger logits */ readonly targetRanks: Int32Array;
  /** [N] bits */ readonly entropies: Float32Array;
  /** [N] Euclidean norms of the rows themselves */ readonly norms: Float32Array;
  /** [N] ⟨(x − mean x)·γ / σ_p, U_t⟩: the row's share of the target's logit if it is a summand of the final stream;
   * for a difference of two logits U_t is the difference of their unembeddings */
  readonly shares: Float32Array;
  /** actual k of the lists */ readonly k: number;
}

/** A forward pass that can be looked into, one block at a time. */
export interface InspectablePass {
  readonly model: ModelInfo;
  readonly prompt: string;
  readonly tokens: readonly PromptToken[];
  /** absent in an ordinary pass */
  readonly interventions?: readonly AppliedIntervention[];
  /** [T,d] token embeddings, [T,d] position embeddings (absent without learned positions), and the streams at block borders */
  readonly embed: Float32Array;
  readonly posEmbed?: Float32Array;
  /** [T,d] token embeddings before the norm behind them; absent where there is none */
  readonly embedRaw?: Float32Array;
  /**
   * True where the norms stand on the stream itself: a block's `ln1` is the norm of its `residMid` and goes on in its place,
   * `residPost` is the norm of `ln1 + mlpOut`, and no summand has a share of its own.
   */
  readonly streamNormed?: boolean;
  /** L+1 streams [T,d]: entering block 0, …, leaving block L-1 */
  readonly stream: readonly Float32Array[];
  /** The state of a block at a position. Rejects with `cancelled` when the signal fires between steps. */
  block(layer: number, position: number): Promise<BlockState>;
  /** The vectors of a selection, rests computed from what is left out (never by subtraction). */
  vectors(layer: number, position: number, state: BlockState, selection: BlockSelection): Promise<SelectedVectors>;
  /** Reads N rows of width d as tokens, in batches inside. */
  read(rows: Float32Array, request: LensRequest): Promise<LensBatch>;
  /** Share of the final norm's bias and the unembedding's bias in a target's logit, or in a difference of two. */
  normBias(target: Target): Promise<number>;
  /** A cheaper look into a block than `block`, at all positions up to one. */
  probe(layer: number, position: number): Promise<BlockProbe>;
  /** [d] the final norm's output at a position; null in a model without one */
  finalNorm(position: number): Promise<Float32Array | null>;
  /**
   * Summands of the final stream as they pass the final norm with its scale frozen at a position, its bias left out. [N,d]
   * Read through the unembedding alone they give each token's logit contribution, exactly.
   */
  throughFrozenNorm(rows: Float32Array, position: number): Promise<Float32Array>;
  /** [n,d] one row a token: its inner product with a summand of the final stream is the summand's share of that token's logit */
  directions(position: number, ids: readonly number[]): Promise<Float32Array>;
  /** [N,V] what the lens makes of a few rows: for measures over the whole vocabulary. */
  logits(rows: Float32Array): Promise<Float32Array>;
  /** Text of any token of the vocabulary. */
  tokenText(id: number): TokenText;
}
