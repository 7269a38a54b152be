/** Layers that a family keeps in one tensor, and a file in several, each under the name of the whole with one of these after it (`c_attn.q.weight`). */
export const PARTS_OF_LAYERS = ['q', 'k', 'v', 'gate', 'up'] as const;

/** See above. */
export type PartOfLayer = (typeof PARTS_OF_LAYERS)[number];

/** The name of a part of a layer, from that of its weight or bias: `c_attn.q.weight` from `c_attn.weight`. */
export function partOfLayer(tensor: string, part: PartOfLayer): string {
  return tensor.replace(/\.(?=\w+$)/, `.${part}.`);
}

/** The name of the tensor at an index of a stack, such as `model.layers.0.mlp.experts.down_proj[3]`. */
export function inStack(stack: string, index: number): string {
  return `${stack}[${index}]`;
}
