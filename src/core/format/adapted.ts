/** Matrices of a block that an adapter can update, by the branch that they are of, as TransformerLens names them; of a mixture those of all its experts, and its router. */
export const ADAPTED_MATRICES = {
  W_Q: 'attn',
  W_K: 'attn',
  W_V: 'attn',
  W_O: 'attn',
  W_gate: 'mlp',
  W_in: 'mlp',
  W_out: 'mlp',
  router: 'mlp',
} as const;
/** Name of a matrix of a block. */
export type AdaptedMatrix = keyof typeof ADAPTED_MATRICES;

/** All of them, in the order of a block. */
export const MATRIX_NAMES = Object.keys(ADAPTED_MATRICES) as readonly AdaptedMatrix[];
