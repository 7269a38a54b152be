/** GPT-2 and those that followed it, each with names of its own in transformers: layer norms, no gate, queries, keys and values in one tensor. */
import { queriesKeysValues, type GgufArchitecture } from './architecture';
import { common, gpt2Words, llamaWords } from './words';
import { rope } from './rope';

const FUSED: GgufArchitecture['parts'] = { 'blk.*.attn_qkv': (file) => queriesKeysValues(file) };

const GPT2_NAMES = {
  token_embd: 'transformer.wte',
  position_embd: 'transformer.wpe',
  output_norm: 'transformer.ln_f',
  output: 'lm_head',
  'blk.*.attn_norm': 'transformer.h.*.ln_1',
  'blk.*.attn_qkv': 'transformer.h.*.attn.c_attn',
  'blk.*.attn_output': 'transformer.h.*.attn.c_proj',
  'blk.*.ffn_norm': 'transformer.h.*.ln_2',
  'blk.*.ffn_up': 'transformer.h.*.mlp.c_fc',
  'blk.*.ffn_down': 'transformer.h.*.mlp.c_proj',
};

export const gpt2: GgufArchitecture = {
  names: GPT2_NAMES,
  transposed: ['blk.*.attn_qkv', 'blk.*.attn_output', 'blk.*.ffn_up', 'blk.*.ffn_down'],
  parts: FUSED,
  config: (file) => ({ model_type: 'gpt2', ...gpt2Words(file) }),
};

export const starcoder: GgufArchitecture = {
  names: GPT2_NAMES,
  parts: FUSED,
  config: (file) => ({ model_type: 'gpt_bigcode', ...gpt2Words(file), multi_query: file.keyValueHeadCount === 1 }),
};

export const gptNeox: GgufArchitecture = {
  names: {
    token_embd: 'gpt_neox.embed_in',
    output_norm: 'gpt_neox.final_layer_norm',
    output: 'embed_out',
    'blk.*.attn_norm': 'gpt_neox.layers.*.input_layernorm',
    'blk.*.attn_qkv': 'gpt_neox.layers.*.attention.query_key_value',
    'blk.*.attn_output': 'gpt_neox.layers.*.attention.dense',
    'blk.*.ffn_norm': 'gpt_neox.layers.*.post_attention_layernorm',
    'blk.*.ffn_up': 'gpt_neox.layers.*.mlp.dense_h_to_4h',
    'blk.*.ffn_down': 'gpt_neox.layers.*.mlp.dense_4h_to_h',
  },
  parts: FUSED,
  config: (file) => ({
    model_type: 'gpt_neox',
    ...llamaWords(file),
    layer_norm_eps: file.positive('attention.layer_norm_epsilon'),
    use_parallel_residual: file.flag('use_parallel_residual') ?? true,
    attention_bias: file.has('blk.0.attn_qkv.bias'),
  }),
};

const FALCON_NAMES = {
  token_embd: 'transformer.word_embeddings',
  output_norm: 'transformer.ln_f',
  output: 'lm_head',
  'blk.*.attn_qkv': 'transformer.h.*.self_attention.query_key_value',
  'blk.*.attn_output': 'transformer.h.*.self_attention.dense',
  'blk.*.ffn_up': 'transformer.h.*.mlp.dense_h_to_4h',
  'blk.*.ffn_down': 'transformer.h.*.mlp.dense_4h_to_h',
};

/** Falcon of one key/value head: one norm. */
export const falcon: GgufArchitecture = {
  names: { ...FALCON_NAMES, 'blk.*.attn_norm': 'transformer.h.*.input_layernorm' },
  parts: FUSED,
  config: (file) => ({
    model_type: 'falcon',
    vocab_size: file.vocabularySize,
    hidden_size: file.size('embedding_length'),
    ffn_hidden_size: file.size('feed_forward_length'),
    num_hidden_layers: file.size('block_count'),
    num_attention_heads: file.headCount,
    num_kv_heads: file.keyValueHeadCount,
    max_position_embeddings: file.size('context_length'),
    layer_norm_epsilon: file.positive('attention.layer_norm_epsilon'),
    bias: file.has('blk.0.attn_qkv.bias'),
    new_decoder_architecture: file.keyValueHeadCount > 1,
    num_ln_in_parallel_attn: file.has('blk.0.attn_norm_2.weight') ? 2 : 1,
    ...rope(file),
    ...common(file),
  }),
};

/** Falcon of two norms: attention’s is the second. */
export const falconOfTwoNorms: GgufArchitecture = {
  ...falcon,
  names: { ...FALCON_NAMES, 'blk.*.attn_norm': 'transformer.h.*.ln_mlp', 'blk.*.attn_norm_2': 'transformer.h.*.ln_attn' },
};

export const bloom: GgufArchitecture = {
  names: {
    ...FALCON_NAMES,
    token_embd_norm: 'transformer.word_embeddings_layernorm',
    'blk.*.attn_norm': 'transformer.h.*.input_layernorm',
    'blk.*.ffn_norm': 'transformer.h.*.post_attention_layernorm',
  },
  parts: FUSED,
  config: (file) => ({
    model_type: 'bloom',
    vocab_size: file.vocabularySize,
    hidden_size: file.size('embedding_length'),
    n_layer: file.size('block_count'),
    n_head: file.headCount,
    seq_length: file.size('context_length'),
    layer_norm_epsilon: file.positive('attention.layer_norm_epsilon'),
    ...common(file),
  }),
};

export const mpt: GgufArchitecture = {
  names: {
    token_embd: 'transformer.wte',
    output_norm: 'transformer.norm_f',
    output: 'lm_head',
    'blk.*.attn_norm': 'transformer.blocks.*.norm_1',
    'blk.*.attn_qkv': 'transformer.blocks.*.attn.Wqkv',
    'blk.*.attn_output': 'transformer.blocks.*.attn.out_proj',
    'blk.*.ffn_norm': 'transformer.blocks.*.norm_2',
    'blk.*.ffn_up': 'transformer.blocks.*.ffn.up_proj',
    'blk.*.ffn_down': 'transformer.blocks.*.ffn.down_proj',
  },
  config: (file) => {
    const width = file.size('embedding_length');
    const clip = file.positive('attention.clamp_kqv');
    return {
      model_type: 'mpt',
      vocab_size: file.vocabularySize,
      d_model: width,
      n_layers: file.size('block_count'),
      n_heads: file.headCount,
      max_seq_len: file.size('context_length'),
      expansion_ratio: file.size('feed_forward_length') / width,
      layer_norm_epsilon: file.positive('attention.layer_norm_epsilon'),
      no_bias: !file.has('blk.0.attn_qkv.bias'),
      attn_config: {
        alibi: file.positive('attention.max_alibi_bias') !== undefined,
        alibi_bias_max: file.positive('attention.max_alibi_bias') ?? 0,
        qk_ln: file.has('blk.0.attn_q_norm.weight'),
        ...(clip !== undefined && { clip_qkv: clip }),
      },
      ...common(file),
    };
  },
};

export const phi2: GgufArchitecture = {
  names: {
    token_embd: 'model.embed_tokens',
    output_norm: 'model.final_layernorm',
    output: 'lm_head',
    'blk.*.attn_norm': 'model.layers.*.input_layernorm',
    'blk.*.attn_qkv': 'model.layers.*.self_attn',
    'blk.*.attn_q': 'model.layers.*.self_attn.q_proj',
    'blk.*.attn_k': 'model.layers.*.self_attn.k_proj',
    'blk.*.attn_v': 'model.layers.*.self_attn.v_proj',
    'blk.*.attn_output': 'model.layers.*.self_attn.dense',
    'blk.*.ffn_up': 'model.layers.*.mlp.fc1',
    'blk.*.ffn_down': 'model.layers.*.mlp.fc2',
  },
  // Older files have the three in one.
  parts: { 'blk.*.attn_qkv': (file) => queriesKeysValues(file, ['q_proj', 'k_proj', 'v_proj']) },
  config: (file) => ({ model_type: 'phi', ...llamaWords(file), layer_norm_eps: file.positive('attention.layer_norm_epsilon') }),
};
