/** Weights by the name of the module that holds them, as PyTorch stores them: `name.weight`, `name.bias`. */
import type { LinearSpec, NormSpec, Part, TableSpec, VectorSpec } from '../model-spec';

/** A `Linear` layer, stored as [outputs, inputs], or a part of its outputs. */
export function linear(name: string, inputs: number, outputs: number, bias: boolean, part?: Part): LinearSpec {
  const of = part ? { part } : {};
  return {
    weight: { tensor: `${name}.weight`, layout: 'out_in', inputs, outputs, ...of },
    ...(bias && { bias: { tensor: `${name}.bias`, length: outputs, ...of } }),
  };
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

/** What queries, keys and values need to be found: H query heads, G key/value heads, width of a head. */
export interface HeadSizes {
  readonly heads: number;
  readonly groups: number;
  readonly headWidth: number;
}

type Projections = Readonly<Record<'q' | 'k' | 'v', LinearSpec>>;

/** One layer that yields all queries, then all keys, then all values. */
export function stackedProjections(name: string, inputs: number, { heads, groups, headWidth }: HeadSizes, bias: boolean): Projections {
  const of = (heads + 2 * groups) * headWidth;
  const part = (first: number, count: number) => linear(name, inputs, count * headWidth, bias, { offset: first * headWidth, of });
  return { q: part(0, heads), k: part(heads, groups), v: part(heads + groups, groups) };
}

/** One layer that yields for each key/value head its queries, then its key, then its value. */
export function interleavedProjections(name: string, inputs: number, { heads, groups, headWidth }: HeadSizes, bias: boolean): Projections {
  const of = (heads + 2 * groups) * headWidth;
  const step = of / groups;
  const part = (first: number, count: number) =>
    linear(name, inputs, groups * count * headWidth, bias, {
      offset: first * headWidth,
      of,
      every: { run: count * headWidth, step },
    });
  const queries = heads / groups;
  return { q: part(0, queries), k: part(queries, 1), v: part(queries + 1, 1) };
}

/** The table that reads the stream as tokens: the one that wrote it, where the two are tied, or a layer of its own. */
export function unembeddingTable(tokens: TableSpec, tied: boolean, name = 'lm_head', bias = false): LinearSpec {
  const own = linear(name, tokens.width, tokens.rows, bias);
  return tied ? { ...own, weight: { ...own.weight, tensor: tokens.tensor } } : own;
}
