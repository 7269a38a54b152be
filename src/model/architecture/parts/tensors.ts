/** Weights by the name of the module that holds them, as PyTorch stores them: `name.weight`, `name.bias`. */
import type { AttentionSpec, LinearSpec, MlpSpec, NormSpec, Part, TableSpec, VectorSpec } from '../model-spec';

/** A `Linear` layer, stored as [outputs, inputs], or a part of its outputs. */
export function linear(name: string, inputs: number, outputs: number, bias: boolean, part?: Part): LinearSpec {
  const of = part ? { part } : {};
  return {
    weight: { tensor: `${name}.weight`, layout: 'out_in', inputs, outputs, ...of },
    ...(bias && { bias: { tensor: `${name}.bias`, length: outputs, ...of } }),
  };
}

/** A `Conv1D` layer, stored as [inputs, outputs], or a part of one. */
export function conv1d(name: string, inputs: number, outputs: number, offset = 0, of = outputs): LinearSpec {
  const part = of === outputs ? {} : { part: { offset, of } };
  return {
    weight: { tensor: `${name}.weight`, layout: 'in_out', inputs, outputs, ...part },
    bias: { tensor: `${name}.bias`, length: outputs, ...part },
  };
}

/** One layer without bias that yields what the gate reads, then what it multiplies. */
export function stackedGate(name: string, inputs: number, dMlp: number): Readonly<Record<'gate' | 'up', LinearSpec>> {
  const half = (index: number) => linear(name, inputs, dMlp, false, { offset: index * dMlp, of: 2 * dMlp });
  return { gate: half(0), up: half(1) };
}

/** A `LayerNorm` with gain and, unless it is left out, bias. */
export function layerNorm(name: string, width: number, epsilon: number, bias = true): NormSpec {
  const vector = (kind: string): VectorSpec => ({ tensor: `${name}.${kind}`, length: width });
  return { kind: 'layer', width, gain: vector('weight'), ...(bias && { bias: vector('bias') }), epsilon };
}

/** A norm by the root of the mean square. */
export function rmsNorm(name: string, width: number, epsilon: number): NormSpec {
  return { kind: 'rms', width, gain: { tensor: `${name}.weight`, length: width }, epsilon };
}

/** Norms of queries and keys by the root of the mean square, each one norm for every head. @param name of the attention’s module */
export function rmsHeadNorms(name: string, dHead: number, epsilon: number): Pick<AttentionSpec, 'qNorm' | 'kNorm'> {
  return { qNorm: [rmsNorm(`${name}.q_norm`, dHead, epsilon)], kNorm: [rmsNorm(`${name}.k_norm`, dHead, epsilon)] };
}

/** The sizes by which queries, keys and values are found. */
export interface HeadSizes {
  /** query heads */
  readonly nHeads: number;
  readonly nKeyValueHeads: number;
  /** width of a head */
  readonly dHead: number;
}

type Projections = Readonly<Record<'q' | 'k' | 'v', LinearSpec>>;

/** One layer that yields all queries, then all keys, then all values. */
export function stackedProjections(name: string, inputs: number, { nHeads, nKeyValueHeads, dHead }: HeadSizes, bias: boolean): Projections {
  const of = (nHeads + 2 * nKeyValueHeads) * dHead;
  const part = (first: number, count: number) => linear(name, inputs, count * dHead, bias, { offset: first * dHead, of });
  return { q: part(0, nHeads), k: part(nHeads, nKeyValueHeads), v: part(nHeads + nKeyValueHeads, nKeyValueHeads) };
}

/** One layer that yields for each key/value head its queries, then its key, then its value. */
export function interleavedProjections(
  name: string,
  inputs: number,
  { nHeads, nKeyValueHeads, dHead }: HeadSizes,
  bias: boolean,
): Projections {
  const of = (nHeads + 2 * nKeyValueHeads) * dHead;
  const step = of / nKeyValueHeads;
  const part = (first: number, count: number) =>
    linear(name, inputs, nKeyValueHeads * count * dHead, bias, {
      offset: first * dHead,
      of,
      every: { run: count * dHead, step },
    });
  const queries = nHeads / nKeyValueHeads;
  return { q: part(0, queries), k: part(queries, 1), v: part(queries + 1, 1) };
}

/** The table that reads the stream as tokens: the one that wrote it, where the two are tied, or a layer of its own. */
export function unembeddingTable(tokens: TableSpec, tied: boolean, name = 'lm_head', bias = false): LinearSpec {
  const own = linear(name, tokens.width, tokens.rows, bias);
  return tied ? { ...own, weight: { ...own.weight, tensor: tokens.tensor } } : own;
}

/**
 * The prefix of a model's tensors, which files that were saved without a head lack: judged by tensors that every model of the family
 * has, in case one of them is missing.
 */
export function prefixOf(has: (tensor: string) => boolean, prefix: string, names: readonly string[]): string {
  return names.some((name) => has(`${prefix}${name}`)) || !names.some(has) ? prefix : '';
}

/** The feed-forward layer of a block that has none: one without neurons, which writes 0. @param d width of the stream */
export function noFeedForward(d: number): MlpSpec {
  const matrix = (inputs: number, outputs: number): LinearSpec => ({ weight: { tensor: '', layout: 'in_out', inputs, outputs } });
  return { dMlp: 0, activation: 'relu', up: matrix(d, 0), down: matrix(0, d) };
}
