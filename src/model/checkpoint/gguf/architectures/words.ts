/** What most architectures have in common, in the words of config.json. */
import type { JsonObject } from '../../json';
import type { GgufDescription } from '../description';
import { rope } from './rope';

/** Sizes, positions and head as Llama’s config.json has them. @throws Problem `config-invalid` */
export function llamaWords(file: GgufDescription): JsonObject {
  return {
    vocab_size: file.vocabularySize,
    hidden_size: file.size('embedding_length'),
    intermediate_size: file.size('feed_forward_length'),
    num_hidden_layers: file.size('block_count'),
    num_attention_heads: file.headCount,
    num_key_value_heads: file.keyValueHeadCount,
    head_dim: file.headWidth,
    max_position_embeddings: file.size('context_length'),
    ...rope(file),
    ...common(file),
  };
}

/** Sizes as GPT-2’s config.json has them. @throws Problem `config-invalid` */
export function gpt2Words(file: GgufDescription): JsonObject {
  return {
    vocab_size: file.vocabularySize,
    n_positions: file.size('context_length'),
    n_embd: file.size('embedding_length'),
    n_layer: file.size('block_count'),
    n_head: file.headCount,
    n_inner: file.size('feed_forward_length'),
    layer_norm_epsilon: file.positive('attention.layer_norm_epsilon'),
    ...common(file),
  };
}

/** What is said of every model. */
export function common(file: GgufDescription): JsonObject {
  const causal = file.flag('attention.causal');
  return {
    tie_word_embeddings: !file.has('output.weight'),
    ...(causal !== undefined && { is_causal: causal }),
    ...((file.optionalCount('expert_count') ?? 0) > 0 && { num_local_experts: file.optionalCount('expert_count') }),
  };
}

/** Epsilon of norms by the root of the mean square. */
export const rmsEpsilon = (file: GgufDescription): JsonObject => ({ rms_norm_eps: file.positive('attention.layer_norm_rms_epsilon') });

/** Biases of the layers that have them. */
export const biases = (file: GgufDescription): JsonObject => ({
  attention_bias: file.has('blk.0.attn_q.bias'),
  mlp_bias: file.has('blk.0.ffn_up.bias'),
});
