/** What blocks are told of positions: made once for all blocks whose specifications are the same object, and for all lengths that agree on it. */
import type { AttentionSpec } from '../../model/architecture/model-spec';
import { alibiBiases } from '../../model/architecture/parts/alibi';
import { queryFactors } from '../../model/architecture/parts/query-growth';
import { rotaryTables, rotationOf } from '../../model/architecture/parts/rotary';
import { floats, type Feed } from './session-pool';

/** Some positions of a prompt. */
export interface Span {
  /** the first of them */
  readonly from: number;
  /** one past the last */
  readonly to: number;
  /** the first whose key they see; absent: `from` */
  readonly keysFrom?: number;
  /** of the whole prompt, on which rotation may depend */
  readonly promptLength: number;
}

/** Tables of positions 0 … rows − 1. */
interface Kept {
  readonly rows: number;
  readonly rotation: number;
  readonly tables: unknown;
}

/** See the head of this file. */
export class PositionTables {
  private readonly kept = new WeakMap<object, Kept>();

  /** The inputs of a block for some positions; see `positionalInputs`. */
  feeds({ rotary, alibi, nHeads, queryGrowth }: AttentionSpec, span: Span): Readonly<Record<string, Feed>> {
    const { from, to, keysFrom = from, promptLength } = span;
    const rows = (table: Float32Array, width: number, start = from) =>
      floats(table.subarray(start * width, to * width), [to - start, width]);
    const feeds: Record<string, Feed> = {};
    if (rotary) {
      const make = (count: number) => rotaryTables(rotary, promptLength, count);
      const { cos, sin } = this.tables(rotary, promptLength, make, rotationOf(rotary, promptLength));
      feeds['rotary_cos'] = rows(cos, rotary.width / 2);
      feeds['rotary_sin'] = rows(sin, rotary.width / 2);
    }
    if (alibi) {
      const table = this.tables(alibi, promptLength, (count) => alibiBiases(alibi, count));
      feeds['alibi'] = rows(table, nHeads, keysFrom);
    }
    if (queryGrowth) {
      const table = this.tables(queryGrowth, promptLength, (count) => queryFactors(queryGrowth, count));
      feeds['query_growth'] = rows(table, 1);
    }
    return feeds;
  }

  /** @param make tables of so many positions */
  private tables<T>(spec: object, rows: number, make: (rows: number) => T, rotation = 0): T {
    const known = this.kept.get(spec);
    if (known?.rotation === rotation && known.rows >= rows) return known.tables as T;
    // A prompt that grows token by token has tables made anew now and then, not each time.
    const count = known?.rotation === rotation ? Math.max(rows, 2 * known.rows) : rows;
    const tables = make(count);
    this.kept.set(spec, { rows: count, rotation, tables });
    return tables;
  }
}
