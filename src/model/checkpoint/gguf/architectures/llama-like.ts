/** Llama, and the architectures whose tensors transformers names as Llama’s: a file’s `names` say in what they differ. */
import { queriesKeysValues, type GgufArchitecture } from './architecture';
import { biases, llamaWords, rmsEpsilon } from './words';

/** Names of the tensors that all of them have. */
export const LLAMA_NAMES = {
  token_embd: 'model.embed_tokens',
  output_norm: 'model.norm',
  output: 'lm_head',
  'blk.*.attn_norm': 'model.layers.*.input_layernorm',
  'blk.*.ffn_norm': 'model.layers.*.post_attention_layernorm',
  'blk.*.attn_q': 'model.layers.*.self_attn.q_proj',
  'blk.*.attn_k': 'model.layers.*.self_attn.k_proj',
  'blk.*.attn_v': 'model.layers.*.self_attn.v_proj',
  'blk.*.attn_output': 'model.layers.*.self_attn.o_proj',
  'blk.*.ffn_gate': 'model.layers.*.mlp.gate_proj',
  'blk.*.ffn_up': 'model.layers.*.mlp.up_proj',
  'blk.*.ffn_down': 'model.layers.*.mlp.down_proj',
};

/** Norms of queries and keys. */
export const HEAD_NORMS = {
  'blk.*.attn_q_norm': 'model.layers.*.self_attn.q_norm',
  'blk.*.attn_k_norm': 'model.layers.*.self_attn.k_norm',
};
/** Norms after the branches. */
export const POST_NORMS = {
  'blk.*.post_attention_norm': 'model.layers.*.post_attention_layernorm',
  'blk.*.post_ffw_norm': 'model.layers.*.post_feedforward_layernorm',
};

export const llama: GgufArchitecture = {
  names: LLAMA_NAMES,
  pairsHeads: true,
  config: (file) => ({ model_type: 'llama', ...llamaWords(file), ...rmsEpsilon(file), ...biases(file) }),
};

export const qwen2: GgufArchitecture = {
  names: LLAMA_NAMES,
  config: (file) => ({ model_type: 'qwen2', ...llamaWords(file), ...rmsEpsilon(file) }),
};

export const qwen3: GgufArchitecture = {
  names: { ...LLAMA_NAMES, ...HEAD_NORMS },
  config: (file) => ({ model_type: 'qwen3', ...llamaWords(file), ...rmsEpsilon(file), attention_bias: file.has('blk.0.attn_q.bias') }),
};

export const smollm3: GgufArchitecture = {
  names: LLAMA_NAMES,
  pairsHeads: true,
  config: (file) => ({ model_type: 'smollm3', ...llamaWords(file), ...rmsEpsilon(file), ...biases(file) }),
};

export const olmo: GgufArchitecture = {
  names: LLAMA_NAMES,
  pairsHeads: true,
  config: (file) => ({ model_type: 'olmo', ...llamaWords(file), clip_qkv: file.positive('attention.clamp_kqv') }),
};

export const olmo2: GgufArchitecture = {
  names: { ...LLAMA_NAMES, ...HEAD_NORMS, ...POST_NORMS },
  config: (file) => {
    if (file.positive('attention.sliding_window') !== undefined)
      throw file.unsound('attention.sliding_window', 'is given, as in OLMo 3, which is not supported');
    return { model_type: 'olmo2', ...llamaWords(file), ...rmsEpsilon(file), attention_bias: file.has('blk.0.attn_q.bias') };
  },
};

export const granite: GgufArchitecture = {
  names: LLAMA_NAMES,
  pairsHeads: true,
  config: (file) => ({
    model_type: 'granite',
    ...llamaWords(file),
    ...rmsEpsilon(file),
    ...biases(file),
    embedding_multiplier: file.positive('embedding_scale') ?? 1,
    attention_multiplier: file.positive('attention.scale') ?? 1 / Math.sqrt(file.headWidth),
    residual_multiplier: file.positive('residual_scale') ?? 1,
    logits_scaling: file.positive('logit_scale') ?? 1,
  }),
};

export const stablelm: GgufArchitecture = {
  names: {
    ...LLAMA_NAMES,
    'blk.*.attn_q_norm': 'model.layers.*.self_attn.q_layernorm',
    'blk.*.attn_k_norm': 'model.layers.*.self_attn.k_layernorm',
  },
  parts: {
    'blk.*.attn_q_norm': ({ headCount }) => normsOfHeads(headCount),
    'blk.*.attn_k_norm': ({ keyValueHeadCount }) => normsOfHeads(keyValueHeadCount),
  },
  config: (file) => ({
    model_type: 'stablelm',
    ...llamaWords(file),
    layer_norm_eps: file.positive('attention.layer_norm_epsilon'),
    use_qkv_bias: file.has('blk.0.attn_q.bias'),
    qk_layernorm: file.has('blk.0.attn_q_norm.weight'),
    // As llama.cpp does: a block without a second norm has its branches side by side.
    use_parallel_residual: !file.has('blk.0.ffn_norm.weight'),
  }),
};

const normsOfHeads = (heads: number) => Array.from({ length: heads }, (_, head) => ({ name: `norms.${head}`, rows: 1 }));

export const phi3: GgufArchitecture = {
  names: {
    ...LLAMA_NAMES,
    'blk.*.attn_qkv': 'model.layers.*.self_attn.qkv_proj',
    'blk.*.ffn_up': 'model.layers.*.mlp.gate_up_proj',
  },
  parts: {
    'blk.*.attn_qkv': (file) => queriesKeysValues(file),
    'blk.*.ffn_up': (file) => ['gate', 'up'].map((name) => ({ name, rows: file.size('feed_forward_length') })),
  },
  config: (file) => ({
    model_type: 'phi3',
    ...llamaWords(file),
    ...rmsEpsilon(file),
    sliding_window: file.positive('attention.sliding_window'),
    original_max_position_embeddings: file.optionalSize('rope.scaling.original_context_length'),
  }),
};
