import type { RandomTensor } from './random-shards';

/** Sizes of a Gemma 3. */
export interface GemmaShape {
  readonly vocabSize: number;
  readonly dModel: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly dHead: number;
  readonly mlpWidth: number;
  readonly context: number;
}

/** The smallest Gemma 3: 268 million parameters, 63 % of them in the vocabulary's table. */
export const GEMMA_3_268M: GemmaShape = {
  vocabSize: 262144,
  dModel: 640,
  layers: 18,
  heads: 4,
  keyValueHeads: 1,
  dHead: 256,
  mlpWidth: 2048,
  context: 32768,
};

/** The tensors of a Gemma 3 under their published names, in the order of the model. */
export function gemmaTensors(shape: GemmaShape): RandomTensor[] {
  const { vocabSize: V, dModel: d, layers, heads, keyValueHeads, dHead, mlpWidth: F } = shape;
  const block = (l: number): RandomTensor[] => {
    const at = (name: string, ...sizes: number[]) => ({ name: `model.layers.${l}.${name}.weight`, shape: sizes });
    return [
      at('input_layernorm', d),
      at('self_attn.q_proj', heads * dHead, d),
      at('self_attn.k_proj', keyValueHeads * dHead, d),
      at('self_attn.v_proj', keyValueHeads * dHead, d),
      at('self_attn.o_proj', d, heads * dHead),
      at('self_attn.q_norm', dHead),
      at('self_attn.k_norm', dHead),
      at('post_attention_layernorm', d),
      at('pre_feedforward_layernorm', d),
      at('mlp.gate_proj', F, d),
      at('mlp.up_proj', F, d),
      at('mlp.down_proj', d, F),
      at('post_feedforward_layernorm', d),
    ];
  };
  return [
    { name: 'model.embed_tokens.weight', shape: [V, d] },
    ...Array.from({ length: layers }, (_, l) => block(l)).flat(),
    { name: 'model.norm.weight', shape: [d] },
  ];
}

/** config.json of a Gemma 3, as transformers writes it. */
export function gemmaConfig({ vocabSize, dModel, layers, heads, keyValueHeads, dHead, mlpWidth, context }: GemmaShape): object {
  return {
    architectures: ['Gemma3ForCausalLM'],
    model_type: 'gemma3_text',
    vocab_size: vocabSize,
    hidden_size: dModel,
    intermediate_size: mlpWidth,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: keyValueHeads,
    head_dim: dHead,
    query_pre_attn_scalar: dHead,
    max_position_embeddings: context,
    hidden_activation: 'gelu_pytorch_tanh',
    rms_norm_eps: 1e-6,
    rope_theta: 1e6,
    rope_local_base_freq: 1e4,
    sliding_window: 512,
    tie_word_embeddings: true,
    attention_bias: false,
    torch_dtype: 'bfloat16',
  };
}
