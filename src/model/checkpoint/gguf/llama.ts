/** What llama.cpp calls the parts of a model of Llama's layout, and what config.json calls them. */
import { Problem } from '../../../core/problem';
import type { JsonObject } from '../json';
import type { GgufHeader, GgufValue } from './header';

/** Parts of a block by llama.cpp's name, and the names that transformers has for them. */
const PARTS: Readonly<Record<string, string>> = {
  attn_norm: 'input_layernorm',
  ffn_norm: 'post_attention_layernorm',
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
};

/** The name of a tensor in transformers; undefined for one that no model of this layout has. */
export function llamaName(name: string): string | undefined {
  if (name === 'token_embd.weight') return 'model.embed_tokens.weight';
  if (name === 'output_norm.weight') return 'model.norm.weight';
  if (name === 'output.weight') return 'lm_head.weight';
  const [, layer, part, kind] = /^blk\.(\d+)\.(\w+)\.(weight|bias)$/.exec(name) ?? [];
  return part !== undefined && Object.hasOwn(PARTS, part) ? `model.layers.${layer}.${PARTS[part]}.${kind}` : undefined;
}

/** How many heads' rows of a tensor are stored pair by pair: those of queries and keys. */
export function pairedHeads(name: string, { metadata }: GgufHeader): number | undefined {
  const [, part] = /^blk\.\d+\.attn_([qk])\.(?:weight|bias)$/.exec(name) ?? [];
  if (part === undefined) return undefined;
  const heads = metadata.get('llama.attention.head_count');
  const count = part === 'q' ? heads : (metadata.get('llama.attention.head_count_kv') ?? heads);
  return typeof count === 'number' ? count : undefined;
}

/** The fields of config.json that a header implies. @throws Problem `config-invalid` */
export function llamaConfig({ metadata, tensors }: GgufHeader): JsonObject {
  const architecture = metadata.get('general.architecture');
  if (architecture !== 'llama') {
    throw new Problem(
      'unknown-architecture',
      `The file holds a model of the architecture ${JSON.stringify(architecture ?? null)}; of GGUF files those of llama can be read.`,
      'Choose the original model in safetensors.',
    );
  }
  const of = (key: string): GgufValue | undefined => metadata.get(`llama.${key}`);
  if (Number(of('expert_count') ?? 0) > 0) {
    throw new Problem('unknown-architecture', 'The file holds a mixture of experts, which is not supported.', 'Choose a dense model.');
  }
  const has = (name: string): boolean => tensors.some((tensor) => tensor.name === name);
  if (has('rope_freqs.weight')) {
    throw new Problem(
      'config-invalid',
      'The file stretches its positions by factors of its own (rope_freqs), which is not supported.',
      'Choose the original model in safetensors.',
    );
  }
  return {
    model_type: 'llama',
    architectures: ['LlamaForCausalLM'],
    vocab_size: tensors.find(({ name }) => name === 'token_embd.weight')?.shape[0],
    hidden_size: of('embedding_length'),
    intermediate_size: of('feed_forward_length'),
    num_hidden_layers: of('block_count'),
    num_attention_heads: of('attention.head_count'),
    num_key_value_heads: of('attention.head_count_kv') ?? null,
    head_dim: of('attention.key_length') ?? null,
    rms_norm_eps: of('attention.layer_norm_rms_epsilon'),
    max_position_embeddings: of('context_length'),
    rope_theta: of('rope.freq_base') ?? 10_000,
    rope_scaling: scaling(of),
    attention_bias: has('blk.0.attn_q.bias'),
    mlp_bias: has('blk.0.ffn_up.bias'),
    tie_word_embeddings: !has('output.weight'),
  };
}

function scaling(of: (key: string) => GgufValue | undefined): JsonObject | null {
  const type = of('rope.scaling.type');
  if (type === undefined || type === 'none') return null;
  const original = of('rope.scaling.original_context_length');
  return {
    rope_type: type,
    factor: of('rope.scaling.factor'),
    ...(original !== undefined && { original_max_position_embeddings: original }),
  };
}
