/**
 * Llama 4, text only. llama.cpp knows more of it than its files say: the length of a chunk, how queries grow, which layers rotate, and that
 * of the two published models the one with 128 experts norms no heads.
 */
import type { GgufDescription } from '../description';
import { ofExperts, type GgufArchitecture } from './architecture';
import { LLAMA_NAMES } from './llama-like';
import { expertWidth } from './mixtures';
import { llamaWords, rmsEpsilon } from './words';

const MODULE = 'model.layers.*.feed_forward';
const LAYERS = { gate: 'gate_proj', up: 'up_proj', down: 'down_proj' };

/** Tensors whose names have one of these parts in them, under the names of its layers. */
const each = (name: (part: string) => string, as: (layer: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(LAYERS).map(([part, layer]) => [name(part), as(layer)]));

/** What llama.cpp computes with whatever a file says, so that only a file that says the same is understood alike. */
const ALWAYS = { 'attention.temperature_length': 8192, 'attention.temperature_scale': 0.1 };

const WITHOUT_HEAD_NORMS = 128;

/** @throws Problem `config-invalid` for what the published models do not have */
function checkPublished(file: GgufDescription): void {
  if (file.number('attention.sliding_window') !== undefined)
    throw file.unsound('attention.sliding_window', 'is given, as in MobileLLM, whose layers see everything: not supported');
  for (const [key, value] of Object.entries(ALWAYS)) {
    const given = file.number(key) ?? value;
    if (given !== value) throw file.unsound(key, `is ${given}, unlike that of Llama 4, which is ${value}`);
  }
}

export const llama4: GgufArchitecture = {
  names: {
    ...LLAMA_NAMES,
    'blk.*.ffn_gate_inp': `${MODULE}.router`,
    ...each(
      (part) => `blk.*.ffn_${part}`,
      (layer) => `${MODULE}.${layer}`,
    ),
    ...each(
      (part) => `blk.*.ffn_${part}_shexp`,
      (layer) => `${MODULE}.shared_expert.${layer}`,
    ),
    ...each(
      (part) => `blk.*.ffn_${part}_exps`,
      () => `${MODULE}.experts`,
    ),
  },
  parts: Object.fromEntries(Object.entries(LAYERS).map(([part, layer]) => [`blk.*.ffn_${part}_exps`, ofExperts(layer)])),
  config(file) {
    checkPublished(file);
    const { intermediate_size: dense, ...words } = llamaWords(file);
    const { moe_intermediate_size: width } = expertWidth(file);
    return {
      model_type: 'llama4_text',
      ...words,
      ...rmsEpsilon(file),
      intermediate_size: width,
      intermediate_size_mlp: dense,
      num_local_experts: file.expertCount,
      num_experts_per_tok: file.size('expert_used_count'),
      interleave_moe_layer_step: file.size('interleave_moe_layer_step'),
      use_qk_norm: file.expertCount !== WITHOUT_HEAD_NORMS,
      attention_bias: file.has('blk.0.attn_q.bias'),
    };
  },
};
