/** What a feed-forward layer is: dense, or a mixture of experts. */
import type { LinearSpec, VectorSpec } from './weight-spec';

/** Non-linearities, by what they compute: `gelu` with the error function, `gelu_tanh` with its tanh approximation. */
export type Activation = PlainActivation | XieluSpec | SwishSpec;

/** Those without numbers of their own. */
export type PlainActivation = 'gelu' | 'gelu_tanh' | 'quick_gelu' | 'relu' | 'relu_squared' | 'silu' | 'tanh';

/**
 * xIELU (Huang & Schlag 2024, arXiv 2411.13010): β·x + α₊·x² above 0, β·x + α₋·(eˣ − 1 − x) below, where α₊ = softplus(positive) and
 * α₋ = β + softplus(negative).
 */
export interface XieluSpec {
  readonly kind: 'xielu';
  /** of length 1 each */
  readonly positive: VectorSpec;
  readonly negative: VectorSpec;
  readonly beta: VectorSpec;
}

/** Swish with a slope of its own, of what is bounded from above: y·σ(slope·y) with y = min(x, limit) (gpt-oss). */
export interface SwishSpec {
  readonly kind: 'swish';
  readonly slope: number;
  readonly limit: number;
}

/**
 * Feed-forward layer: down(coefficients), where coefficients = activation(up(x)), or activation(gate(x)) · up(x). Blocks of attention alone
 * have one without neurons, whose matrices are in no tensor: see `noFeedForward`.
 */
export interface MlpSpec {
  /** neurons, F; 0 in blocks of attention alone */
  readonly dMlp: number;
  readonly activation: Activation;
  /** absent: no gate */
  readonly gate?: LinearSpec;
  /** what becomes of the half that the gate multiplies: up(x) is bounded by ± limit, and offset is added; absent: nothing */
  readonly linearHalf?: { readonly limit: number; readonly offset: number };
  readonly up: LinearSpec;
  readonly down: LinearSpec;
}

/**
 * A mixture of experts (Shazeer et al. 2017, arXiv 1701.06538): Σ_e weight_e · expert_e(x) over the experts that the router chooses for a
 * position, plus what a shared expert adds, which every position goes through. Experts that are not chosen are not computed.
 */
export interface MixtureSpec {
  /** neurons that are at work at a position (see `expertWidth`): those of the chosen experts one after the other, then those of the shared one */
  readonly dMlp: number;
  readonly router: RouterSpec;
  /** E, all of the same shape */
  readonly experts: readonly MlpSpec[];
  /** absent: none */
  readonly shared?: SharedExpertSpec;
}

/** Which experts a position goes to, and what each one's output is multiplied with. */
export interface RouterSpec {
  /** [outputs = E] */
  readonly layer: LinearSpec;
  /** what makes the score of each expert of its logit; absent: `softmax`, so that scores are probabilities. `sigmoid`: of each by itself */
  readonly scores?: 'softmax' | 'sigmoid';
  /** [E] what is added to the scores when experts are chosen by them, and not when they are weighted (DeepSeek-AI 2024, arXiv 2412.19437); absent: 0 */
  readonly correction?: VectorSpec;
  /** absent: experts are chosen among all */
  readonly groups?: ExpertGroupsSpec;
  /** K, how many experts are chosen for a position: those with the highest scores */
  readonly chosen: number;
  readonly weighting: ExpertWeighting;
  /** what the weights are multiplied with in the end; absent: 1 */
  readonly scale?: number;
}

/** Groups of as many experts each, one after the other; experts are chosen among those of the best groups (DeepSeek-AI 2024, arXiv 2405.04434). */
export interface ExpertGroupsSpec {
  /** all groups */
  readonly count: number;
  /** the best of them, whose experts can be chosen */
  readonly chosen: number;
  /** how many of its best experts speak for a group: the sum of their corrected scores is its own */
  readonly judgedBy: 1 | 2;
}

/**
 * What the outputs of chosen experts are multiplied with: their scores, these divided by their sum, or as SparseMixer has it; or nothing, where
 * it is what an expert reads that is multiplied with its score (`input`, Llama 4).
 */
export type ExpertWeighting = 'probability' | 'renormalised' | 'input' | SparseMixerSpec;

/**
 * SparseMixer (Liu et al. 2024, arXiv 2409.12136), while a model is used: each expert is weighted with its probability among those that had
 * not been chosen before it, of which only such count whose logit s is near the chosen one's, m: (m − s) / max(|s|, m) ≤ tolerance.
 */
export interface SparseMixerSpec {
  readonly kind: 'sparsemixer';
  readonly tolerance: number;
}

/** An expert that every position goes through. */
export interface SharedExpertSpec {
  readonly mlp: MlpSpec;
  /** [outputs = 1]; its sigmoid is what the expert's output is multiplied with; absent: 1 */
  readonly gate?: LinearSpec;
}

/** A feed-forward layer: dense, or a mixture of experts. */
export type FeedForwardSpec = MlpSpec | MixtureSpec;

/** Whether a feed-forward layer is a mixture of experts. */
export function isMixture(mlp: FeedForwardSpec): mlp is MixtureSpec {
  return 'experts' in mlp;
}

/** Neurons of an expert. Its bias, where it has one, counts as one more, the last of them, which is always at 1. */
export function expertWidth({ dMlp, down }: MlpSpec): number {
  return dMlp + (down.bias ? 1 : 0);
}

/** Neurons of a feed-forward layer, those of experts that are not chosen included: expert by expert, then those of the shared one. */
export function allNeurons(mlp: FeedForwardSpec): number {
  if (!isMixture(mlp)) return mlp.dMlp;
  return [...mlp.experts, ...(mlp.shared ? [mlp.shared.mlp] : [])].reduce((sum, expert) => sum + expertWidth(expert), 0);
}
