/**
 * What a block does at a position, as its two branches and the stream between them. All matrices are row-major
 * `Float32Array`s; d, H, k, F, T as in docs/method.md.
 */
import type { Component, ExpertName, InterventionMode } from '../format/component';

/** One block at one position: everything that is needed to choose what to draw. */
export interface BlockState {
  /** [d] */ readonly residPre: Float32Array;
  /** [d]; absent in parallel blocks */ readonly residMid?: Float32Array;
  /** [d] */ readonly residPost: Float32Array;
  readonly attention: AttentionState;
  readonly mlp: MlpState;
  /**
   * What interventions changed here; absent where none reaches this block at this position. The state's other numbers are
   * those of the block as it was changed, so that every sum holds: z, head outputs and coefficients are 0 where what they feed
   * is off or replaced as a whole.
   */
  readonly changed?: readonly ChangedComponent[];
}

/** A component that an intervention changed, and how. */
export interface ChangedComponent {
  readonly component: Component;
  readonly mode: InterventionMode;
}

/** What both branches of a block have. */
export interface BranchState {
  /**
   * [d] the block's norm of this branch, `ln1` or `ln2`: before it, or, if norms are applied to the stream itself, after it
   * (see `InspectablePass.streamNormed`); absent where there is none, or where the branch reads what the other one reads
   */
  readonly ln?: Float32Array;
  /** [d] the branch's output before the norm that follows; absent where there is none */ readonly raw?: Float32Array;
  /** [d] what the branch adds to the stream, bias included */ readonly out: Float32Array;
  /**
   * [d] what everything that the branch writes is multiplied with, feature by feature, on its way to the stream: the norm
   * after it with its scale frozen at this position, and the block's multiplier. Absent: 1. It is part of all vectors and norms
   * of the branch that are said to be written, so that they sum to `out`.
   */
  readonly scale?: Float32Array;
  /**
   * [d] what an adapter’s update of the matrix that writes to the stream adds, or would add if it were not off; absent where there is none.
   * No other vector of the branch that is said to be written contains it, but for those of experts; written
   */
  readonly update?: Float32Array;
  /** [d] what was put in the place of the whole branch; absent where nothing was */ readonly patched?: Float32Array;
}

/** Attention at one position. */
export interface AttentionState extends BranchState {
  /** [H,d] q_{p,h} · W_K^T */ readonly query: Float32Array;
  /** [H,d] k_{p,g} · W_Q^T, what position p offers to later queries */ readonly ownKey: Float32Array;
  /** [H,d] v_{p,g} · W_O, what position p offers to later positions; written */ readonly ownValue: Float32Array;
  /** [H,d] z_{p,h} · W_O; written */ readonly headOut: Float32Array;
  /** [H,T] row p of the attention pattern, 0 beyond p */ readonly pattern: Float32Array;
  /**
   * [H,T] what each head multiplies its sources' values with: their probabilities, or 0 where an intervention leaves it no say;
   * absent: `pattern`
   */
  readonly weights?: Float32Array;
  /** [H·k] z_p, the coefficients of the rows of W_O */ readonly z: Float32Array;
  /** [H·k] norms of the rows of W_O; written */ readonly rowNorms: Float32Array;
  /** [d] b_O; absent where the model has none; written */ readonly bias?: Float32Array;
  /** [d] each: what was put in the place of a head */ readonly patchedHeads?: ReadonlyMap<number, Float32Array>;
}

/** A feed-forward layer whose every neuron is computed, at one position. */
export interface DenseMlpState extends BranchState {
  readonly kind: 'dense';
  /** [F] of the neurons */ readonly coefficients: Float32Array;
  /** [F] norms of the neurons' values; written */ readonly valueNorms: Float32Array;
  /** [d] b_1 · W_2, an approximation and no summand; written */ readonly biasIn?: Float32Array;
  /** [d] b_2; written */ readonly biasOut?: Float32Array;
}

/** An expert that a position goes to. */
export interface ExpertAtWork {
  readonly expert: ExpertName;
  /** what its output is multiplied with */
  readonly weight: number;
  /** the first of its neurons among those that are at work, and how many it has */
  readonly first: number;
  readonly count: number;
  /** present where the last of them is its bias, which is always at 1 before it is weighted */
  readonly biased?: true;
}

/** What an intervention puts in the place of an expert. */
export interface PatchedExpert {
  /** its weight where it comes from, or their mean: 0 where it was not chosen; of neurons alone 1, since theirs have it */
  readonly weight: number;
  /** see `ReplacedExpert` */
  readonly neurons?: number;
  /** [d] what that adds to the stream, the weight included; written */
  readonly written: Float32Array;
}

/** A mixture of experts at one position: F counts the neurons of the experts that are at work there, one expert after the other. */
export interface MixtureMlpState extends BranchState {
  readonly kind: 'experts';
  /** [E] probability of each expert, as the router has it */ readonly router: Float32Array;
  /** the chosen experts, most likely first, then the shared one */ readonly experts: readonly ExpertAtWork[];
  /** [experts at work,d] what each of them adds to the stream, its weight included; written */ readonly expertOut: Float32Array;
  /** what was put in the place of experts, be they at work or not; `experts` and `expertOut` have nothing of it */
  readonly patchedExperts?: ReadonlyMap<ExpertName, PatchedExpert>;
  /** [F] activation of the neurons times the weight of their expert */ readonly coefficients: Float32Array;
  /** [F] norms of the neurons' values; written */ readonly valueNorms: Float32Array;
}

/** Where the positions of a prompt go in a mixture of experts. */
export interface BlockRouting {
  /** [T,E] probability of each expert */ readonly probabilities: Float32Array;
  /** [T] the chosen experts of each position, most likely first, shared ones left out */
  readonly chosen: readonly (readonly { readonly expert: number; readonly weight: number }[])[];
}

/** A feed-forward layer at one position. */
export type MlpState = DenseMlpState | MixtureMlpState;

/** A neuron by its expert, if it is one of an expert, and its number there. @param at its index among the neurons that are at work */
export function neuronAt(mlp: MlpState, at: number): { readonly expert?: ExpertName; readonly neuron: number } {
  return neuronAmong(mlp.kind === 'experts' ? mlp.experts : [], at);
}

/** The same of the neurons of some experts; of a dense layer there are none. */
export function neuronAmong(experts: readonly ExpertAtWork[], at: number): { readonly expert?: ExpertName; readonly neuron: number } {
  const own = experts.find(({ first, count }) => at >= first && at < first + count);
  return own === undefined ? { neuron: at } : { expert: own.expert, neuron: at - own.first };
}

/** What a block adds at every position, and what its norms and neurons do at the last of them. */
export interface BlockSummary {
  /** [d] */ readonly residPre: Float32Array;
  /** [d]; absent in parallel blocks */ readonly residMid?: Float32Array;
  readonly attention: BranchSummary;
  readonly mlp: MlpSummary;
}

/** A branch in short. */
export interface BranchSummary extends Pick<BranchState, 'ln' | 'raw'> {
  /** [n,d] with n = position + 1, bias included: what the branch adds to the stream */ readonly out: Float32Array;
}

/** A dense feed-forward layer in short. */
export interface DenseMlpSummary extends BranchSummary, Pick<DenseMlpState, 'kind' | 'coefficients'> {}

/** A mixture of experts in short. */
export interface MixtureMlpSummary extends BranchSummary, Pick<MixtureMlpState, 'kind' | 'router' | 'experts' | 'coefficients'> {}

/** A feed-forward layer in short; see `MlpState`. */
export type MlpSummary = DenseMlpSummary | MixtureMlpSummary;

/** A figure of every component of a block at a position, its share or its effect: the larger its size, the sooner it is drawn. */
export interface BlockRanking {
  /** [H] */ readonly heads: Float32Array;
  /** [H,n] with at least as many sources as there are up to the position; NaN for one that has no figure */ readonly sources: Float32Array;
  /** [H·k] rows of W_O */ readonly rows: Float32Array;
  /** [F] */ readonly neurons: Float32Array;
}

/** What is drawn of one block. */
export interface BlockSelection {
  /** drawn heads, most important first */
  readonly heads: readonly number[];
  /** for each drawn head its drawn sources, largest probability first */
  readonly sources: readonly (readonly number[])[];
  /** drawn rows of W_O, by coefficient × norm: largest first, most negative last */
  readonly oNeurons: readonly number[];
  /** drawn feed-forward neurons, in the same way; of a mixture of experts by their index among those that are at work */
  readonly neurons: readonly number[];
}

/**
 * The vectors of what is drawn. `pairs` = all (head, source) of the selection, in its order. Whatever is written to the
 * stream is multiplied with the `scale` of its branch.
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
  /** [1,d] Σ over neurons not drawn of coefficient × value; of a mixture of experts one row for each expert at work */ readonly restNeurons: Float32Array;
}
