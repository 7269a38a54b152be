// cspell:ignore probs
/** Mixtures with shared experts after dense blocks, whose experts may be chosen in groups: GLM-4.5, and DeepSeek's with latent attention. */
import type { JsonObject } from '../../json';
import type { GgufDescription } from '../description';
import type { GgufArchitecture } from './architecture';
import { HEAD_NORMS, LLAMA_NAMES } from './llama-like';
import { expertWidth, OF_QWEN, SOFTMAX } from './mixtures';
import { scaling } from './rope';
import { common, llamaWords, rmsEpsilon } from './words';

/** As llama.cpp numbers it; see `SOFTMAX`. */
const SIGMOID = 2;

const SHARED_EXPERTS = {
  'blk.*.ffn_gate_shexp': 'model.layers.*.mlp.shared_experts.gate_proj',
  'blk.*.ffn_up_shexp': 'model.layers.*.mlp.shared_experts.up_proj',
  'blk.*.ffn_down_shexp': 'model.layers.*.mlp.shared_experts.down_proj',
};
const CORRECTION = { 'blk.*.exp_probs_b': 'model.layers.*.mlp.gate.e_score_correction_bias' };

/** Blocks, less those that predict further tokens and follow the last one. @throws Problem `config-invalid` */
function blocks(file: GgufDescription): number {
  const count = file.size('block_count') - (file.optionalCount('nextn_predict_layers') ?? 0);
  if (count < 1) throw file.unsound('nextn_predict_layers', 'leaves no block');
  return count;
}

/** Experts, how they are chosen, and which blocks are dense. @throws Problem `config-invalid` */
function expertWords(file: GgufDescription): JsonObject {
  return {
    n_routed_experts: file.expertCount,
    num_experts_per_tok: file.size('expert_used_count'),
    n_shared_experts: file.optionalCount('expert_shared_count') ?? 0,
    ...expertWidth(file),
    first_k_dense_replace: file.optionalCount('leading_dense_block_count') ?? 0,
    n_group: file.optionalSize('expert_group_count') ?? 1,
    topk_group: file.optionalSize('expert_group_used_count') ?? 1,
    norm_topk_prob: file.flag('expert_weights_norm') ?? false,
    routed_scaling_factor: file.positive('expert_weights_scale') ?? 1,
  };
}

const { 'blk.*.ffn_norm': _norm, ...WITHOUT_NORM } = LLAMA_NAMES;

export const glm4moe: GgufArchitecture = {
  names: {
    ...WITHOUT_NORM,
    'blk.*.post_attention_norm': LLAMA_NAMES['blk.*.ffn_norm'],
    ...HEAD_NORMS,
    ...OF_QWEN.names,
    ...SHARED_EXPERTS,
  },
  wholeNames: CORRECTION,
  parts: OF_QWEN.parts,
  config(file) {
    const gating = file.number('expert_gating_func') ?? SIGMOID;
    if (gating !== SIGMOID) throw file.unsound('expert_gating_func', `is ${gating}, unlike that of GLM, which is 2 (sigmoid)`);
    return {
      model_type: 'glm4_moe',
      ...llamaWords(file),
      ...rmsEpsilon(file),
      ...expertWords(file),
      num_hidden_layers: blocks(file),
      attention_bias: file.has('blk.0.attn_q.bias'),
      use_qk_norm: file.has('blk.0.attn_q_norm.weight'),
    };
  },
};

/** Numbers of experts of DeepSeek V2 and V3, which are chosen in groups. */
const IN_GROUPS: readonly number[] = [160, 256];

/** Latent attention in the words of config.json. @throws Problem `config-invalid` */
function latentWords(file: GgufDescription): JsonObject {
  const rotated = file.size('rope.dimension_count');
  // Files that hold keys and values apart say in the first two how wide the bottleneck is.
  const width = file.optionalSize('attention.key_length_mla') ?? file.size('attention.key_length');
  if (width <= rotated)
    throw file.unsound('attention.key_length', `is ${width}, of which ${rotated} features are rotated and none are left`);
  const base = file.positive('rope.freq_base');
  const stretched = scaling(file, rotated / 2);
  const logarithm = file.number('rope.scaling.yarn_log_multiplier');
  // Files have one weight for both; in all models that were published they are the same.
  const weight = logarithm === undefined ? undefined : logarithm / 0.1;
  return {
    vocab_size: file.vocabularySize,
    hidden_size: file.size('embedding_length'),
    intermediate_size: file.size('feed_forward_length'),
    num_hidden_layers: blocks(file),
    num_attention_heads: file.headCount,
    num_key_value_heads: file.headCount,
    max_position_embeddings: file.size('context_length'),
    q_lora_rank: file.optionalSize('attention.q_lora_rank') ?? null,
    kv_lora_rank: file.size('attention.kv_lora_rank'),
    qk_nope_head_dim: width - rotated,
    qk_rope_head_dim: rotated,
    v_head_dim: file.optionalSize('attention.value_length_mla') ?? file.size('attention.value_length'),
    attention_bias: file.has('blk.0.attn_kv_a_mqa.bias'),
    ...(base !== undefined && { rope_theta: base }),
    rope_scaling: stretched && weight ? { ...stretched, mscale: weight, mscale_all_dim: weight } : stretched,
    ...rmsEpsilon(file),
    ...common(file),
  };
}

const SPLIT = { 'blk.*.attn_k_b': 'model.layers.*.self_attn.kv_b_proj.k', 'blk.*.attn_v_b': 'model.layers.*.self_attn.kv_b_proj.v' };

/** What makes keys and values of the bottleneck in one matrix, as older files have it. Newer ones that repeat it head by head are read by it. */
export const deepseek2Whole: GgufArchitecture = {
  names: {
    ...LLAMA_NAMES,
    'blk.*.attn_q_a': 'model.layers.*.self_attn.q_a_proj',
    'blk.*.attn_q_a_norm': 'model.layers.*.self_attn.q_a_layernorm',
    'blk.*.attn_q_b': 'model.layers.*.self_attn.q_b_proj',
    'blk.*.attn_kv_a_mqa': 'model.layers.*.self_attn.kv_a_proj_with_mqa',
    'blk.*.attn_kv_a_norm': 'model.layers.*.self_attn.kv_a_layernorm',
    'blk.*.attn_kv_b': 'model.layers.*.self_attn.kv_b_proj',
    ...OF_QWEN.names,
    ...SHARED_EXPERTS,
  },
  wholeNames: CORRECTION,
  parts: OF_QWEN.parts,
  config(file) {
    const words = latentWords(file);
    const count = file.optionalCount('expert_count') ?? 0;
    if (count === 0) return { model_type: 'deepseek_v3', ...words, first_k_dense_replace: blocks(file) };
    // Only files of V2 do not say it.
    const gating = file.number('expert_gating_func') ?? SOFTMAX;
    if (gating !== SOFTMAX && gating !== SIGMOID)
      throw file.unsound('expert_gating_func', `is ${gating}, where 1 (softmax) and 2 (sigmoid) are supported`);
    if (IN_GROUPS.includes(count) && file.optionalSize('expert_group_count') === undefined)
      throw file.unsound(
        'expert_group_count',
        `is missing, and models with ${count} experts choose them in groups: the file does not say in which`,
      );
    const experts = expertWords(file);
    if (gating === SIGMOID) return { model_type: 'deepseek_v3', ...words, ...experts };
    const isGrouped = (file.optionalSize('expert_group_count') ?? 1) > 1;
    return { model_type: 'deepseek_v2', ...words, ...experts, topk_method: isGrouped ? 'group_limited_greedy' : 'greedy' };
  },
};

/** What makes keys and what makes values of the bottleneck, head by head: as llama.cpp has converted them since May 2025. */
export const deepseek2: GgufArchitecture = {
  ...deepseek2Whole,
  names: { ...deepseek2Whole.names, ...SPLIT },
  byHeads: { 'blk.*.attn_k_b': 'transposed', 'blk.*.attn_v_b': 'as they are' },
};
