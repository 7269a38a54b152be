/** What an attention layer is. */
import type { AlibiSpec } from './parts/alibi';
import type { RotarySpec } from './parts/rotary';
import type { BottleneckSpec, LinearSpec, NormSpec, VectorSpec } from './weight-spec';

/** Causal self-attention. Query head h reads key/value head ⌊h · nKeyValueHeads / nHeads⌋. */
export interface AttentionSpec {
  /** query heads, H */
  readonly nHeads: number;
  /** G; fewer than H where query heads share keys and values */
  readonly nKeyValueHeads: number;
  /** width of a head, k: of its query and its key */
  readonly dHead: number;
  /** width of a head's value, and of what it reads; absent: that of its key */
  readonly dValue?: number;
  /** what q·k is multiplied with before anything else happens to it */
  readonly scale: number;
  readonly q: LinearSpec;
  /** [outputs = G·k], less the features that `sharedKey` makes */
  readonly k: LinearSpec;
  readonly v: LinearSpec;
  readonly o: LinearSpec;
  /** what queries are made of; absent: what the branch reads */
  readonly qBottleneck?: BottleneckSpec;
  /** what keys and values are made of; absent: what the branch reads */
  readonly kvBottleneck?: BottleneckSpec;
  /** makes the last features of every key, the same for all heads, of what the branch reads; absent: every head has a key of its own */
  readonly sharedKey?: LinearSpec;
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
  /** number of positions that are seen, the own one included, or those of the own chunk; absent: all */
  readonly window?: number | ChunkSpec;
  /** c in c·tanh(score / c), after the scale; absent: none */
  readonly softCap?: number;
}

/** Chunks of so many positions, the first at 0: a position sees those of its own up to itself, and none before it (Llama 4). */
export interface ChunkSpec {
  readonly chunk: number;
}

/** Queries grow with their position t by 1 + rate · log(1 + ⌊(t + from) / every⌋), so that long prompts do not flatten attention (Llama 4). */
export interface QueryGrowthSpec {
  readonly rate: number;
  /** positions */
  readonly every: number;
  /** what the first position counts as; absent: 0 */
  readonly from?: number;
}

/** Widths of an attention layer's rows, in which the features of all heads lie side by side. */
export interface AttentionWidths {
  /** of one head's value, v */
  readonly dValue: number;
  /** H·k */
  readonly q: number;
  /** G·k */
  readonly k: number;
  /** G·v */
  readonly v: number;
  /** H·v, of what the heads read */
  readonly z: number;
}

/** See `AttentionWidths`. */
export function attentionWidths({
  nHeads,
  nKeyValueHeads,
  dHead,
  dValue = dHead,
}: Pick<AttentionSpec, 'nHeads' | 'nKeyValueHeads' | 'dHead' | 'dValue'>): AttentionWidths {
  return { dValue, q: nHeads * dHead, k: nKeyValueHeads * dHead, v: nKeyValueHeads * dValue, z: nHeads * dValue };
}
