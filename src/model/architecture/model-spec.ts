/**
 * What a model is, apart from its family: dimensions, the parts of each block, and for every weight the name of the
 * tensor that holds it. A family's file turns config.json into a `ModelSpec`; the graph builders read nothing else.
 */

import type { Permuted } from '../checkpoint/storage';
import type { AlibiSpec } from './parts/alibi';
import type { RotarySpec } from './parts/rotary';

/** A row-major table that is read row by row. */
export interface TableSpec {
  readonly tensor: string;
  readonly rows: number;
  readonly width: number;
}

/** Output features inside a tensor that holds several weights side by side, such as GPT-2's `c_attn`. */
export interface Part {
  /** first output feature */
  readonly offset: number;
  /** output features of the whole tensor */
  readonly of: number;
  /**
   * Absent: the features follow one another. Otherwise they come in runs of `run` features, one run in every `step`
   * features: queries, keys and values that lie head by head.
   */
  readonly every?: { readonly run: number; readonly step: number };
}

/** A weight that maps `inputs` features to `outputs` features. */
export interface MatrixSpec {
  readonly tensor: string;
  /** `in_out`: stored as [inputs, outputs], applied as x·W. `out_in`: stored as [outputs, inputs], applied as x·Wᵀ. */
  readonly layout: 'in_out' | 'out_in';
  readonly inputs: number;
  readonly outputs: number;
  /** absent when the tensor holds this weight alone */
  readonly part?: Part;
  /** how the whole tensor is stored where that is not a matrix in this layout; absent: it is */
  readonly permuted?: Permuted;
  /** which features of the family’s tensor it is, in the order that the family has, where the file keeps it in a tensor of its own; absent: all */
  readonly cutFrom?: Part;
  /** meant as it is stored, without what an adapter adds to it; absent: with that, where there is any */
  readonly asStored?: true;
}

/** One number for each output feature. */
export interface VectorSpec {
  readonly tensor: string;
  readonly length: number;
  readonly part?: Part;
  /** how the whole tensor is stored where it is not a list: its numbers in this shape; absent: [part.of], or [length] */
  readonly shape?: readonly number[];
}

/** x ↦ x·W + b */
export interface LinearSpec {
  readonly weight: MatrixSpec;
  readonly bias?: VectorSpec;
}

/**
 * A norm of every row, times gain, plus bias. `layer`: (x − mean) / √(variance + epsilon); `rms`: x / √(mean of squares +
 * epsilon).
 */
export interface NormSpec {
  readonly kind: 'layer' | 'rms';
  /** features of a row */
  readonly width: number;
  /** absent: 1 */
  readonly gain?: VectorSpec;
  /** what is added to the stored gain, in models that store gain − 1; absent: 0 */
  readonly gainOffset?: number;
  readonly bias?: VectorSpec;
  readonly epsilon: number;
}

/** From token ids to the first block's input: norm(projection(table[id] · scale)) + positions. */
export interface EmbeddingSpec {
  readonly tokens: TableSpec;
  /** what the table's rows are multiplied with; absent: 1 */
  readonly scale?: number;
  /** maps the table's width to the model's; absent where they are the same */
  readonly projection?: LinearSpec;
  /** absent: none */
  readonly norm?: NormSpec;
  /** what is added for positions; absent: nothing */
  readonly positions?: PositionsSpec | SinusoidSpec;
}

/** A table of learned positions, which starts with `offset` rows that no position uses. */
export interface PositionsSpec extends TableSpec {
  readonly offset: number;
}

/**
 * Positions that are computed (Vaswani et al. 2017, arXiv 1706.03762): sines in the first half of the features, cosines in the second,
 * of position + offset at wavelengths from 2π to 2π · base.
 */
export interface SinusoidSpec {
  /** features; even */
  readonly width: number;
  readonly offset: number;
  readonly base: number;
}

/** Causal self-attention. Query head h reads key/value head ⌊h · nKeyValueHeads / nHeads⌋. */
export interface AttentionSpec {
  /** query heads, H */
  readonly nHeads: number;
  /** G; fewer than H where query heads share keys and values */
  readonly nKeyValueHeads: number;
  /** width of a head, k */
  readonly dHead: number;
  /** what q·k is multiplied with before anything else happens to it */
  readonly scale: number;
  readonly q: LinearSpec;
  readonly k: LinearSpec;
  readonly v: LinearSpec;
  readonly o: LinearSpec;
  /** bound on the absolute values of queries, keys and values as they leave their layers; absent: none */
  readonly clip?: number;
  /**
   * Norm of the queries (keys): one of all heads together, one that is applied to every head, or one for
   * each head; its width and their number tell. Absent: none.
   */
  readonly qNorm?: readonly NormSpec[];
  readonly kNorm?: readonly NormSpec[];
  /** whether these norms come after the rotation, and are then by the root of the mean square; absent: before */
  readonly normsRotated?: boolean;
  /** absent: queries and keys are not rotated */
  readonly rotary?: RotarySpec;
  /** absent: no bias on positions */
  readonly alibi?: AlibiSpec;
  /** what queries are multiplied with once they are rotated, by their position; absent: 1 */
  readonly queryGrowth?: QueryGrowthSpec;
  /** [nHeads] a score of each head beside those of the positions, which nothing is read from (gpt-oss); absent: none */
  readonly sinks?: VectorSpec;
  /** number of positions that are seen, the own one included; absent: all */
  readonly window?: number;
  /** c in c·tanh(score / c), after the scale; absent: none */
  readonly softCap?: number;
}

/** Queries grow with their position t by 1 + rate · log(1 + ⌊t / every⌋), so that long prompts do not flatten attention (Llama 4). */
export interface QueryGrowthSpec {
  readonly rate: number;
  /** positions */
  readonly every: number;
}

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
  /** [outputs = E]; its softmax is the probability of each expert */
  readonly layer: LinearSpec;
  /** K, how many experts are chosen for a position: the most likely ones */
  readonly chosen: number;
  readonly weighting: ExpertWeighting;
}

/** What chosen experts are weighted with: their probabilities, these divided by their sum, or as SparseMixer has it. */
export type ExpertWeighting = 'probability' | 'renormalised' | SparseMixerSpec;

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

/**
 * One block. With the norms that it has not left out:
 *
 * - `sequential`: mid = pre + post1(attention(ln1(pre))), post = mid + post2(mlp(ln2(mid)))
 * - `parallel`: post = pre + post1(attention(ln1(pre))) + post2(mlp(ln2(pre))); without ln2 both branches read ln1(pre)
 * - `post-norm`: mid = pre + attention(pre), post = ln2(ln1(mid) + mlp(ln1(mid)))
 */
export interface BlockSpec {
  readonly wiring: 'sequential' | 'parallel' | 'post-norm';
  readonly ln1?: NormSpec;
  readonly attention: AttentionSpec;
  /** norm of what attention writes, before it is added */
  readonly ln1Post?: NormSpec;
  readonly ln2?: NormSpec;
  readonly mlp: FeedForwardSpec;
  /** norm of what the feed-forward layer writes, before it is added */
  readonly ln2Post?: NormSpec;
  /** what attention and feed-forward layer write is multiplied with this before it is added; absent: 1 */
  readonly branchScale?: number;
}

/** From the last block's output to logits: cap(unembed(projection(norm(x))) · scale). */
export interface UnembeddingSpec {
  /** absent: none */
  readonly norm?: NormSpec;
  /** maps the model's width to the table's; absent where they are the same */
  readonly projection?: LinearSpec;
  /** [outputs = vocabSize]; names the token table where the two are tied */
  readonly table: LinearSpec;
  /** what logits are multiplied with; absent: 1 */
  readonly scale?: number;
  /** c in c·tanh(logit / c), after the scale; absent: none */
  readonly softCap?: number;
}

/** A whole decoder-only transformer. */
export interface ModelSpec {
  /** `model_type` of config.json */
  readonly family: string;
  readonly dModel: number;
  readonly vocabSize: number;
  readonly contextLength: number;
  readonly embedding: EmbeddingSpec;
  /** at least one; all with the same dimensions and wiring */
  readonly blocks: readonly BlockSpec[];
  readonly unembedding: UnembeddingSpec;
}
