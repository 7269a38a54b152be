/** Where the vectors of nodes belong, for lenses that have a map for every border. */
import { NODE_KINDS, type NodeKind } from '../format/node-kinds';
import type { StreamPlace } from '../pass/lens';

/**
 * Where the vector of a node belongs: what a block reads with, to the stream that enters it; what it writes, to the one that leaves it.
 * Between a block's branches there is no border; its stream there is read as the one that leaves it.
 */
export function placeOf(kind: NodeKind, layer: number): StreamPlace {
  const { role } = NODE_KINDS[kind];
  if (role === 'embedding') return { border: 0, as: 'part' };
  const reads = role === 'query' || role === 'key' || kind === 'ln1' || kind === 'ln2' || kind === 'mlp_bias_in';
  return { border: reads || kind === 'resid_pre' ? layer : layer + 1, as: role === 'stream' ? 'stream' : 'part' };
}
