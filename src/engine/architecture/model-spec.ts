/**
 * What a model is, apart from its family: dimensions, the parts of each block, and for every weight the name of the
 * tensor that holds it. A family's file turns config.json into a `ModelSpec`; the graph builders read nothing else.
 */

/** A row-major table that is read row by row. */
export interface TableSpec {
  readonly tensor: string;
  readonly rows: number;
  readonly width: number;
}

/** A run of output features inside a tensor that holds several weights side by side, such as GPT-2's `c_attn`. */
export interface Part {
  /** first output feature */
  readonly offset: number;
  /** output features of the whole tensor */
  readonly of: number;
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
}

/** One number for each output feature. */
export interface VectorSpec {
  readonly tensor: string;
  readonly length: number;
  readonly part?: Part;
}

/** x ↦ x·W + b */
export interface LinearSpec {
  readonly weight: MatrixSpec;
  readonly bias?: VectorSpec;
}

/** Layer normalisation: (x − mean) / √(variance + epsilon), times gain, plus bias. */
export interface NormSpec {
  readonly gain: VectorSpec;
  readonly bias?: VectorSpec;
  readonly epsilon: number;
}

/** Causal self-attention. Query head h reads key/value group ⌊h·groups/heads⌋. */
export interface AttentionSpec {
  readonly heads: number;
  readonly groups: number;
  readonly headWidth: number;
  /** what q·k is multiplied with before the softmax */
  readonly scale: number;
  readonly q: LinearSpec;
  readonly k: LinearSpec;
  readonly v: LinearSpec;
  readonly o: LinearSpec;
}

/** Non-linearities, by what they compute: `gelu` with the error function, `gelu_tanh` with its tanh approximation. */
export type Activation = 'gelu' | 'gelu_tanh' | 'quick_gelu' | 'relu' | 'silu' | 'tanh';

/** Feed-forward layer: down(activation(up(x))). */
export interface MlpSpec {
  readonly width: number;
  readonly activation: Activation;
  readonly up: LinearSpec;
  readonly down: LinearSpec;
}

/** A sequential pre-norm block: mid = pre + attention(ln1(pre)), post = mid + mlp(ln2(mid)). */
export interface BlockSpec {
  readonly ln1: NormSpec;
  readonly attention: AttentionSpec;
  readonly ln2: NormSpec;
  readonly mlp: MlpSpec;
}

/** A whole decoder-only transformer. */
export interface ModelSpec {
  /** `model_type` of config.json */
  readonly family: string;
  readonly dModel: number;
  readonly vocabSize: number;
  readonly contextLength: number;
  readonly tokens: TableSpec;
  /** learned positions; absent in models without them */
  readonly positions?: TableSpec;
  readonly blocks: readonly BlockSpec[];
  readonly finalNorm: NormSpec;
  /** [outputs = vocabSize, inputs = dModel], stored `out_in`; names the token table where the two are tied */
  readonly unembed: LinearSpec;
}
