import type { RandomTensor } from './random-shards';

/** Sizes of a Qwen 2 with experts. */
export interface QwenMoeShape {
  readonly vocabSize: number;
  readonly dModel: number;
  readonly layers: number;
  readonly heads: number;
  readonly experts: number;
  /** experts that each token goes to */
  readonly chosen: number;
  /** width of an expert */
  readonly expertWidth: number;
  readonly sharedWidth: number;
  readonly context: number;
}

/** Eight layers of Qwen1.5-MoE-A2.7B, with a small vocabulary: 4.7 billion parameters, 9.4 GB in 16 bits. */
export const QWEN_MOE: QwenMoeShape = {
  vocabSize: 32_000,
  dModel: 2048,
  layers: 8,
  heads: 16,
  experts: 60,
  chosen: 4,
  expertWidth: 1408,
  sharedWidth: 5632,
  context: 4096,
};

/** The tensors under their published names, in the order of the model. */
export function qwenMoeTensors({ vocabSize: V, dModel: d, layers, experts, expertWidth, sharedWidth }: QwenMoeShape): RandomTensor[] {
  const gated = (name: string, width: number): RandomTensor[] => [
    { name: `${name}.gate_proj.weight`, shape: [width, d] },
    { name: `${name}.up_proj.weight`, shape: [width, d] },
    { name: `${name}.down_proj.weight`, shape: [d, width] },
  ];
  const block = (l: number): RandomTensor[] => {
    const at = `model.layers.${l}`;
    const attention = ['q', 'k', 'v'].flatMap((name) => [
      { name: `${at}.self_attn.${name}_proj.weight`, shape: [d, d] },
      { name: `${at}.self_attn.${name}_proj.bias`, shape: [d] },
    ]);
    return [
      { name: `${at}.input_layernorm.weight`, shape: [d] },
      ...attention,
      { name: `${at}.self_attn.o_proj.weight`, shape: [d, d] },
      { name: `${at}.post_attention_layernorm.weight`, shape: [d] },
      { name: `${at}.mlp.gate.weight`, shape: [experts, d] },
      ...Array.from({ length: experts }, (_, e) => gated(`${at}.mlp.experts.${e}`, expertWidth)).flat(),
      ...gated(`${at}.mlp.shared_expert`, sharedWidth),
      { name: `${at}.mlp.shared_expert_gate.weight`, shape: [1, d] },
    ];
  };
  return [
    { name: 'model.embed_tokens.weight', shape: [V, d] },
    ...Array.from({ length: layers }, (_, l) => block(l)).flat(),
    { name: 'model.norm.weight', shape: [d] },
    { name: 'lm_head.weight', shape: [V, d] },
  ];
}

/** Its config.json. */
export function qwenMoeConfig(shape: QwenMoeShape): object {
  return {
    model_type: 'qwen2_moe',
    vocab_size: shape.vocabSize,
    hidden_size: shape.dModel,
    intermediate_size: shape.sharedWidth,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.heads,
    num_experts: shape.experts,
    num_experts_per_tok: shape.chosen,
    moe_intermediate_size: shape.expertWidth,
    shared_expert_intermediate_size: shape.sharedWidth,
    max_position_embeddings: shape.context,
  };
}

/** Bytes, in 16 bits, of the weights that one token goes through. */
export function activeBytes({ dModel: d, layers, experts, chosen, expertWidth, sharedWidth }: QwenMoeShape): number {
  return 2 * layers * (4 * d * d + experts * d + 3 * d * (chosen * expertWidth + sharedWidth));
}
