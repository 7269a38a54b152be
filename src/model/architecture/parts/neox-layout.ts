/** What the families share that name the tensors of their blocks as GPT-NeoX does: heads interleaved in one tensor, no gate. */
import type { Activation, AttentionSpec, BlockSpec, LinearSpec } from '../model-spec';
import type { RotarySpec } from './rotary';
import { interleavedProjections, layerNorm, linear, type HeadSizes } from './tensors';

/** What a family's file knows of a block. */
interface NeoxBlock {
  /** begins the names of its tensors: `gpt_neox.layers.3` */
  readonly at: string;
  /** the module of attention within it */
  readonly attention: string;
  readonly wiring: Extract<BlockSpec['wiring'], 'parallel' | 'sequential'>;
  readonly dModel: number;
  readonly dMlp: number;
  readonly sizes: HeadSizes;
  readonly epsilon: number;
  readonly activation: Activation;
  readonly rotary: RotarySpec;
  readonly biases: { readonly attention: boolean; readonly mlp: boolean };
  /** a bias of attention's output under a name of its own */
  readonly outBias?: LinearSpec['bias'];
  /** norms of queries and keys, where there are any */
  readonly headNorms?: Pick<AttentionSpec, 'qNorm' | 'kNorm'>;
}

/** Describes a block of this layout. */
export function neoxBlock({
  at,
  attention,
  wiring,
  dModel: d,
  dMlp,
  sizes,
  epsilon,
  activation,
  rotary,
  biases,
  ...more
}: NeoxBlock): BlockSpec {
  return {
    wiring,
    ln1: layerNorm(`${at}.input_layernorm`, d, epsilon),
    attention: {
      ...sizes,
      scale: 1 / Math.sqrt(sizes.dHead),
      ...interleavedProjections(`${at}.${attention}.query_key_value`, d, sizes, biases.attention),
      o: { ...linear(`${at}.${attention}.dense`, d, d, biases.attention), ...(more.outBias && { bias: more.outBias }) },
      ...more.headNorms,
      rotary,
    },
    ln2: layerNorm(`${at}.post_attention_layernorm`, d, epsilon),
    mlp: {
      dMlp,
      activation,
      up: linear(`${at}.mlp.dense_h_to_4h`, d, dMlp, biases.mlp),
      down: linear(`${at}.mlp.dense_4h_to_h`, dMlp, d, biases.mlp),
    },
  };
}
