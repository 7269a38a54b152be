/**
 * Rows of a graph that go through experts: each expert is one of as many conditional branches, of which those are computed, and whose
 * weights are read, that some row goes to.
 */
import type { GraphBuilder, Value } from './graph-builder';
import { DataType } from './proto';
import { range, rowCount, scalar } from './shapes';

/** Which expert each of m rows goes to. */
export interface RoutedRows {
  /** [m] 64-bit integers */
  readonly experts: Value;
  /** [E] 1 for experts that some row goes to, else 0 */
  readonly atWork: Value;
  /** [m] where each row is found once all are ordered by their experts, and by their place within one */
  readonly back: Value;
}

/** @param experts [m] 64-bit integers below `count` */
export function routedRows(b: GraphBuilder, experts: Value, count: number): RoutedRows {
  const m = rowCount(b, experts);
  const ones = b.op('Expand', [b.floats([1]), m]);
  const atWork = b.op('ScatterElements', [b.floats([...new Float32Array(count)]), experts, ones], { axis: 0 });
  // No two rows are level, so that sorting twice gives each row's place.
  const place = range(b, 0, scalar(b, m));
  const order = ascending(b, b.op('Add', [b.op('Mul', [experts, m]), place]), m);
  return { experts, atWork, back: ascending(b, order, m) };
}

/** [m] the indices that sort x [m], which holds no number twice. */
function ascending(b: GraphBuilder, x: Value, m: Value): Value {
  const [, places] = b.ops('TopK', [x, m], { axis: 0, largest: 0, sorted: 1 }, [0, 1]);
  return places;
}

/**
 * What each row's expert makes of it: [m,width].
 *
 * @param body what an expert makes of its rows: of the indices [n] of these among the m, [n,width]. Only called for; it may read whatever the
 *   graph has.
 */
export function throughExperts(
  b: GraphBuilder,
  { experts, atWork, back }: RoutedRows,
  count: number,
  width: number,
  body: (expert: number, rows: Value) => Value,
): Value {
  const made = Array.from({ length: count }, (_, expert) => {
    const isAtWork = b.op('Cast', [b.op('Gather', [atWork, b.ints(expert)], { axis: 0 })], { to: DataType.BOOL });
    const rowsOf = () => b.op('Squeeze', [b.op('NonZero', [b.op('Equal', [experts, b.ints([expert])])]), b.ints([0])]);
    return b.either(
      isAtWork,
      () => body(expert, rowsOf()),
      () => b.floats([], [0, width]),
    );
  });
  return b.op('Gather', [made.length === 1 ? made[0] : b.op('Concat', made, { axis: 0 }), back], { axis: 0 });
}
