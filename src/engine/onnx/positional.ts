/** What a block's graph is told of the positions of a prompt. */
import type { AttentionSpec } from '../../model/architecture/model-spec';
import type { GraphBuilder, Value } from './graph-builder';
import { DataType } from './proto';

/** Inputs of a block that depend on nothing but positions; each is [T, …]. See `positionalInputs`. */
export interface Positional {
  readonly rotary: RotaryInputs | null;
  /** [T,H] */
  readonly alibi: Value | null;
  /** [T,1] what rotated queries are multiplied with */
  readonly queryGrowth: Value | null;
}

/** Cosines and sines of positions, each [n, rotary width / 2]. */
export interface RotaryInputs {
  readonly cos: Value;
  readonly sin: Value;
}

/**
 * Declares the inputs that a block needs for its positions: `rotary_cos` and `rotary_sin` [T, rotary width / 2] where it rotates
 * (the frequencies may depend on the prompt's length), `alibi` [T,H] where it has biases, `query_growth` [T,1] where queries grow.
 *
 * @param keyPositions how many positions have keys, by its name
 */
export function positionalInputs(b: GraphBuilder, { nHeads, rotary, alibi, queryGrowth }: AttentionSpec, keyPositions = 'T'): Positional {
  const table = (name: string, width: number, rows = 'T') => b.input(name, DataType.FLOAT, [rows, width]);
  return {
    rotary: rotary ? { cos: table('rotary_cos', rotary.width / 2), sin: table('rotary_sin', rotary.width / 2) } : null,
    alibi: alibi ? table('alibi', nHeads, keyPositions) : null,
    queryGrowth: queryGrowth ? table('query_growth', 1) : null,
  };
}
