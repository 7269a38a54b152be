import type { RandomTensor } from './random-shards';

/** Sizes of a gpt-oss. */
export interface GptOssShape {
  readonly vocabSize: number;
  readonly dModel: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly dHead: number;
  readonly experts: number;
  /** experts that each token goes to */
  readonly chosen: number;
  readonly expertWidth: number;
}

/** Eight of the 24 layers of gpt-oss-20b, with a small vocabulary: 6.8 billion parameters, 4.1 GB in MXFP4. */
export const GPT_OSS_20B: GptOssShape = {
  vocabSize: 32_000,
  dModel: 2880,
  layers: 8,
  heads: 64,
  keyValueHeads: 8,
  dHead: 64,
  experts: 32,
  chosen: 4,
  expertWidth: 2880,
};

/** A scale of 2⁻⁶. */
const SCALE = 121;

/** The tensors under their published names, in the order of the model. */
export function gptOssTensors(shape: GptOssShape): RandomTensor[] {
  const { vocabSize: V, dModel: d, layers, heads, keyValueHeads, dHead, experts, expertWidth: F } = shape;
  const block = (l: number): RandomTensor[] => {
    const at = (name: string, ...sizes: number[]) => ({ name: `model.layers.${l}.${name}`, shape: sizes });
    const biased = (name: string, outputs: number, inputs: number) => [at(`${name}.weight`, outputs, inputs), at(`${name}.bias`, outputs)];
    const stack = (name: string, outputs: number, inputs: number): RandomTensor[] => [
      { ...at(`mlp.experts.${name}_blocks`, experts, outputs, inputs / 32, 16), bytes: 'random' },
      { ...at(`mlp.experts.${name}_scales`, experts, outputs, inputs / 32), bytes: SCALE },
      at(`mlp.experts.${name}_bias`, experts, outputs),
    ];
    return [
      at('input_layernorm.weight', d),
      ...biased('self_attn.q_proj', heads * dHead, d),
      ...biased('self_attn.k_proj', keyValueHeads * dHead, d),
      ...biased('self_attn.v_proj', keyValueHeads * dHead, d),
      ...biased('self_attn.o_proj', d, heads * dHead),
      at('self_attn.sinks', heads),
      at('post_attention_layernorm.weight', d),
      ...biased('mlp.router', experts, d),
      ...stack('gate_up_proj', 2 * F, d),
      ...stack('down_proj', d, F),
    ];
  };
  return [
    { name: 'model.embed_tokens.weight', shape: [V, d] },
    ...Array.from({ length: layers }, (_, l) => block(l)).flat(),
    { name: 'model.norm.weight', shape: [d] },
    { name: 'lm_head.weight', shape: [V, d] },
  ];
}

/** Its config.json, as it was published. */
export function gptOssConfig(shape: GptOssShape): object {
  return {
    architectures: ['GptOssForCausalLM'],
    model_type: 'gpt_oss',
    vocab_size: shape.vocabSize,
    hidden_size: shape.dModel,
    intermediate_size: shape.expertWidth,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.keyValueHeads,
    head_dim: shape.dHead,
    num_local_experts: shape.experts,
    num_experts_per_tok: shape.chosen,
    sliding_window: 128,
    swiglu_limit: 7,
    attention_bias: true,
    tie_word_embeddings: false,
    quantization_config: {
      quant_method: 'mxfp4',
      modules_to_not_convert: ['model.layers.*.self_attn', 'model.layers.*.mlp.router', 'model.embed_tokens', 'lm_head'],
    },
  };
}

/** Bytes, as they are stored, of the weights that one token goes through. */
export function activeGptOssBytes({ dModel: d, layers, heads, keyValueHeads, dHead, experts, chosen, expertWidth }: GptOssShape): number {
  const attention = 2 * d * dHead * (2 * heads + 2 * keyValueHeads);
  return layers * (attention + 2 * experts * d + (17 / 32) * 3 * d * chosen * expertWidth);
}
