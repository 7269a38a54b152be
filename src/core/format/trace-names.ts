/**
 * Names of the tensors of one forward pass, spelled as TransformerLens spells its hook points, because that is what the
 * field's users type. `l` is a block's index from 0. Shapes use the letters of docs/method.md: T prompt tokens, d model
 * width, H query heads, G key/value heads, k head width, F feed-forward width, V vocabulary.
 */
export const traceName = {
  /** [T,d] token embedding */
  embed: 'embed',
  /** [T,d] learned position embedding; absent in models without one */
  posEmbed: 'pos_embed',
  /** [T,d] residual stream entering the block */
  residPre: (l: number) => `blocks.${l}.hook_resid_pre`,
  /** [T,d] after the first norm, with its gain and bias */
  ln1: (l: number) => `blocks.${l}.ln1.hook_normalized`,
  /** [T,H,k] queries, bias included, before norm and rotation */
  q: (l: number) => `blocks.${l}.attn.hook_q`,
  /** [T,G,k] keys, bias included, before norm and rotation */
  k: (l: number) => `blocks.${l}.attn.hook_k`,
  /** [T,G,k] values */
  v: (l: number) => `blocks.${l}.attn.hook_v`,
  /** [T,H,k] queries after their norm and rotation; rotated layers only */
  rotQ: (l: number) => `blocks.${l}.attn.hook_rot_q`,
  /** [T,G,k] keys after their norm and rotation; rotated layers only */
  rotK: (l: number) => `blocks.${l}.attn.hook_rot_k`,
  /** [H,T,T] attention probabilities */
  pattern: (l: number) => `blocks.${l}.attn.hook_pattern`,
  /** [T,H,k] heads before the output projection */
  z: (l: number) => `blocks.${l}.attn.hook_z`,
  /** [T,d] attention output, bias included, before the norm that follows; blocks with such a norm only */
  attnRaw: (l: number) => `blocks.${l}.attn.hook_out`,
  /** [T,d] what attention adds to the stream, bias included */
  attnOut: (l: number) => `blocks.${l}.hook_attn_out`,
  /** [T,d] residual stream between attention and feed-forward; absent in parallel blocks */
  residMid: (l: number) => `blocks.${l}.hook_resid_mid`,
  /** [T,d] after the second norm, with its gain and bias */
  ln2: (l: number) => `blocks.${l}.ln2.hook_normalized`,
  /** [T,F] neuron coefficients: after the non-linearity; for a gated MLP act(gate)·up; of the experts at work one after the other, each times its gate */
  mlpPost: (l: number) => `blocks.${l}.mlp.hook_post`,
  /** [T,E] probability of each expert; mixtures of experts only, as are the next three */
  router: (l: number) => `blocks.${l}.mlp.hook_expert_weights`,
  /** [T,K] the chosen experts, most likely first */
  experts: (l: number) => `blocks.${l}.mlp.hook_expert_indices`,
  /** [T,K] what their outputs are multiplied with */
  expertGates: (l: number) => `blocks.${l}.mlp.hook_expert_gates`,
  /** [T,1] what the output of the shared expert is multiplied with */
  sharedGate: (l: number) => `blocks.${l}.mlp.hook_shared_expert_gate`,
  /** [T,d] feed-forward output, bias included, before the norm that follows; blocks with such a norm only */
  mlpRaw: (l: number) => `blocks.${l}.mlp.hook_out`,
  /** [T,d] what the feed-forward layer adds to the stream, bias included */
  mlpOut: (l: number) => `blocks.${l}.hook_mlp_out`,
  /** [T,d] residual stream leaving the block */
  residPost: (l: number) => `blocks.${l}.hook_resid_post`,
  /** [T,d] after the final norm */
  lnFinal: 'ln_final.hook_normalized',
  /** [T,V] */
  logits: 'logits',
} as const;

/** A dense row-major float tensor. */
export interface Tensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}
