import type { RandomTensor } from './random-shards';

/** Sizes of a Llama. */
export interface LlamaShape {
  readonly vocabSize: number;
  readonly dModel: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly mlpWidth: number;
  readonly context: number;
}

/** Llama-2-7B: 6.74 billion parameters, 13.5 GB in 16 bits. */
export const LLAMA_2_7B: LlamaShape = {
  vocabSize: 32000,
  dModel: 4096,
  layers: 32,
  heads: 32,
  keyValueHeads: 32,
  mlpWidth: 11008,
  context: 4096,
};

/** Llama-3.1-8B: 8.03 billion parameters, 4.5 GB in Q4_K. */
export const LLAMA_3_8B: LlamaShape = {
  vocabSize: 128256,
  dModel: 4096,
  layers: 32,
  heads: 32,
  keyValueHeads: 8,
  mlpWidth: 14336,
  context: 8192,
};

/** A small Llama of 135 million parameters: many layers, few channels. */
export const LLAMA_135M: LlamaShape = {
  vocabSize: 49152,
  dModel: 576,
  layers: 30,
  heads: 9,
  keyValueHeads: 3,
  mlpWidth: 1536,
  context: 2048,
};

/** The tensors of a Llama under their published names, in the order of the model. */
export function llamaTensors({ vocabSize: V, dModel: d, layers, heads, keyValueHeads, mlpWidth: F }: LlamaShape): RandomTensor[] {
  const groups = (d / heads) * keyValueHeads;
  const block = (l: number): RandomTensor[] => {
    const at = (name: string, ...shape: number[]) => ({ name: `model.layers.${l}.${name}.weight`, shape });
    return [
      at('input_layernorm', d),
      at('self_attn.q_proj', d, d),
      at('self_attn.k_proj', groups, d),
      at('self_attn.v_proj', groups, d),
      at('self_attn.o_proj', d, d),
      at('post_attention_layernorm', d),
      at('mlp.gate_proj', F, d),
      at('mlp.up_proj', F, d),
      at('mlp.down_proj', d, F),
    ];
  };
  return [
    { name: 'model.embed_tokens.weight', shape: [V, d] },
    ...Array.from({ length: layers }, (_, l) => block(l)).flat(),
    { name: 'model.norm.weight', shape: [d] },
    { name: 'lm_head.weight', shape: [V, d] },
  ];
}

/** config.json of a Llama, as transformers writes it. */
export function llamaConfig({ vocabSize, dModel, layers, heads, keyValueHeads, mlpWidth, context }: LlamaShape): object {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: vocabSize,
    hidden_size: dModel,
    intermediate_size: mlpWidth,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: keyValueHeads,
    max_position_embeddings: context,
    hidden_act: 'silu',
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: false,
    torch_dtype: 'float16',
    bos_token_id: 1,
    eos_token_id: 2,
  };
}
