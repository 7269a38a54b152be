/** The weights of a model: tensors, what of them a weight is, and the layers and norms that they make. */
import type { Permuted } from '../checkpoint/storage';

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

/**
 * Fewer numbers made of a layer's input, and normed, of which other layers make theirs: a weight of low rank with a norm in its middle
 * (DeepSeek-AI 2024, arXiv 2405.04434).
 */
export interface BottleneckSpec {
  readonly layer: LinearSpec;
  /** absent: none */
  readonly norm?: NormSpec;
}
