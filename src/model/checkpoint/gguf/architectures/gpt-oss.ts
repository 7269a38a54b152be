/** gpt-oss: experts with biases, whose gate and linear half llama.cpp's conversion keeps apart, and heads with sinks. */
import type { JsonObject } from '../../json';
import type { GgufDescription } from '../description';
import { ofExperts, type GgufArchitecture } from './architecture';
import { LLAMA_NAMES } from './llama-like';
import { llamaWords, rmsEpsilon } from './words';

const { 'blk.*.ffn_norm': _norm, ...WITHOUT_NORM } = LLAMA_NAMES;

/** As llama.cpp numbers the softmax over the experts that were chosen. */
const SOFTMAX_OF_CHOSEN = 3;

const STACKS = { 'blk.*.ffn_gate_exps': 'gate_proj', 'blk.*.ffn_up_exps': 'up_proj', 'blk.*.ffn_down_exps': 'down_proj' };
const MODULE = 'model.layers.*.mlp';

/** Which blocks see a window: every second one from the first on, where the file does not say it of each. @throws Problem `config-invalid` */
function windows(file: GgufDescription): JsonObject {
  const slides = file.flags('attention.sliding_window_pattern');
  return {
    sliding_window: file.size('attention.sliding_window'),
    ...(slides && { layer_types: slides.map((does) => (does ? 'sliding_attention' : 'full_attention')) }),
  };
}

export const gptOss: GgufArchitecture = {
  names: {
    ...WITHOUT_NORM,
    'blk.*.post_attention_norm': LLAMA_NAMES['blk.*.ffn_norm'],
    'blk.*.ffn_gate_inp': `${MODULE}.router`,
    ...Object.fromEntries(Object.keys(STACKS).map((stack) => [stack, `${MODULE}.experts`])),
  },
  wholeNames: { 'blk.*.attn_sinks': 'model.layers.*.self_attn.sinks' },
  parts: Object.fromEntries(Object.entries(STACKS).map(([stack, name]) => [stack, ofExperts(name)])),
  config(file) {
    const gating = file.number('expert_gating_func') ?? SOFTMAX_OF_CHOSEN;
    if (gating !== SOFTMAX_OF_CHOSEN)
      throw file.unsound(
        'expert_gating_func',
        `is ${gating}, unlike that of gpt-oss, which is ${SOFTMAX_OF_CHOSEN} (softmax of those chosen)`,
      );
    const { rope_scaling: stretched, ...words } = llamaWords(file);
    return {
      model_type: 'gpt_oss',
      ...words,
      // As published. The file cannot say it.
      rope_scaling: stretched === null ? { rope_type: 'default' } : { ...(stretched as JsonObject), truncate: false },
      ...rmsEpsilon(file),
      ...windows(file),
      intermediate_size: file.optionalSize('expert_feed_forward_length') ?? file.size('feed_forward_length'),
      num_local_experts: file.expertCount,
      num_experts_per_tok: file.size('expert_used_count'),
      attention_bias: file.has('blk.0.attn_q.bias'),
    };
  },
};
