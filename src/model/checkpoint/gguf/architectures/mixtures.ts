/** Mixtures of experts whose other tensors are Llama’s: the matrices of all experts of a block are one tensor, which is cut into those of each. */
import { Problem } from '../../../../core/problem';
import type { JsonObject } from '../../json';
import type { GgufDescription } from '../description';
import { ofExperts, type GgufArchitecture } from './architecture';
import { HEAD_NORMS, LLAMA_NAMES } from './llama-like';
import { llamaWords, rmsEpsilon } from './words';

/** Names and cuts of the experts of a module. @param names of an expert's gate, what it reads with and what it writes with */
function experts(module: string, names: readonly [string, string, string]): Required<Pick<GgufArchitecture, 'names' | 'parts'>> {
  const stacks = ['blk.*.ffn_gate_exps', 'blk.*.ffn_up_exps', 'blk.*.ffn_down_exps'];
  return {
    names: { 'blk.*.ffn_gate_inp': `${module}.gate`, ...Object.fromEntries(stacks.map((stack) => [stack, `${module}.experts`])) },
    parts: Object.fromEntries(stacks.map((stack, i) => [stack, ofExperts(names[i])])),
  };
}

const OF_MIXTRAL = experts('model.layers.*.block_sparse_moe', ['w1', 'w3', 'w2']);
/** Names of the experts of Qwen and DeepSeek. */
export const OF_QWEN = experts('model.layers.*.mlp', ['gate_proj', 'up_proj', 'down_proj']);

/**
 * How many experts there are, and how many are chosen.
 *
 * @param renormalised whether llama.cpp lets the weights of those chosen sum to 1
 * @throws Problem `config-invalid` for a way to choose that llama.cpp has for other models
 */
function choice(file: GgufDescription, renormalised: boolean) {
  const gating = file.number('expert_gating_func') ?? SOFTMAX;
  if (gating !== SOFTMAX) throw file.unsound('expert_gating_func', `is ${gating}, where only 1 (softmax) is supported`);
  const scale = file.number('expert_weights_scale') ?? 1;
  if (scale !== 1 && scale !== 0) throw file.unsound('expert_weights_scale', `is ${scale}, which is not supported`);
  return {
    num_experts: file.expertCount,
    num_experts_per_tok: file.size('expert_used_count'),
    norm_topk_prob: file.flag('expert_weights_norm') ?? renormalised,
  };
}

/** As llama.cpp numbers what turns the router's logits into weights. */
export const SOFTMAX = 1;

/** The width of an expert. */
export const expertWidth = (file: GgufDescription): JsonObject => ({ moe_intermediate_size: file.size('expert_feed_forward_length') });

/** Files say that they are a Llama. */
export const mixtral: GgufArchitecture = {
  names: { ...LLAMA_NAMES, ...OF_MIXTRAL.names },
  parts: OF_MIXTRAL.parts,
  pairsHeads: true,
  config: (file) => {
    const { num_experts_per_tok, norm_topk_prob } = choice(file, true);
    if (!file.has('blk.0.ffn_gate_exps.weight')) {
      throw new Problem(
        'weights-missing',
        'The GGUF file holds a mixture of experts without their stacked tensors (blk.0.ffn_gate_exps.weight).',
        'Files of early 2024 and before have a tensor for each expert: choose a newer file of this model.',
      );
    }
    if (!norm_topk_prob) throw file.unsound('expert_weights_norm', 'is false, unlike that of Mixtral');
    return {
      model_type: 'mixtral',
      ...llamaWords(file),
      ...rmsEpsilon(file),
      num_local_experts: file.expertCount,
      num_experts_per_tok,
      sliding_window: file.optionalSize('attention.sliding_window') ?? null,
    };
  },
};

export const qwen2moe: GgufArchitecture = {
  names: {
    ...LLAMA_NAMES,
    ...OF_QWEN.names,
    'blk.*.ffn_gate_inp_shexp': 'model.layers.*.mlp.shared_expert_gate',
    'blk.*.ffn_gate_shexp': 'model.layers.*.mlp.shared_expert.gate_proj',
    'blk.*.ffn_up_shexp': 'model.layers.*.mlp.shared_expert.up_proj',
    'blk.*.ffn_down_shexp': 'model.layers.*.mlp.shared_expert.down_proj',
  },
  parts: OF_QWEN.parts,
  rowVectors: ['blk.*.ffn_gate_inp_shexp'],
  config: (file) => ({
    model_type: 'qwen2_moe',
    ...llamaWords(file),
    ...rmsEpsilon(file),
    ...choice(file, false),
    ...expertWidth(file),
    shared_expert_intermediate_size: file.size('expert_shared_feed_forward_length'),
    qkv_bias: file.has('blk.0.attn_q.bias'),
  }),
};

export const qwen3moe: GgufArchitecture = {
  names: { ...LLAMA_NAMES, ...HEAD_NORMS, ...OF_QWEN.names },
  parts: OF_QWEN.parts,
  config: (file) => ({
    model_type: 'qwen3_moe',
    ...llamaWords(file),
    ...rmsEpsilon(file),
    ...choice(file, true),
    ...expertWidth(file),
    attention_bias: file.has('blk.0.attn_q.bias'),
  }),
};

export const olmoe: GgufArchitecture = {
  names: { ...LLAMA_NAMES, ...HEAD_NORMS, ...OF_QWEN.names },
  parts: OF_QWEN.parts,
  config: (file) => ({
    model_type: 'olmoe',
    ...llamaWords(file),
    ...rmsEpsilon(file),
    ...choice(file, false),
    clip_qkv: file.positive('attention.clamp_kqv') ?? null,
    attention_bias: file.has('blk.0.attn_q.bias'),
  }),
};
