import { floats, type Feed } from '../onnx/session-pool';

/** A change of some columns, at all positions from one on. */
interface ColumnChange {
  readonly column: number;
  readonly count: number;
  readonly first: number;
  /** what they become, [positions from `first` on, count]; null: 0 */
  readonly values: Float32Array | null;
}

/** What becomes of rows [n,width]: `x · keep + patched`. */
export interface EditedRows {
  readonly keep: Float32Array;
  readonly patched: Float32Array;
}

/** What becomes of a tensor [T,width]. Only patched values are held; the factors are made when a graph asks for them. */
export class RowEdit {
  private readonly changes: ColumnChange[] = [];

  constructor(private readonly width: number) {}

  /** Switches `count` columns off at all positions. */
  zero(column: number, count: number): void {
    this.changes.push({ column, count, first: 0, values: null });
  }

  /** Patches in values [n,count] at the n positions from `first` on. */
  patch(first: number, column: number, count: number, values: Float32Array): void {
    this.changes.push({ column, count, first, values });
  }

  /** The edit of one position. */
  at(position: number): EditedRows {
    return this.rows(position, 1);
  }

  /** The edit of the first positions: one row for all of them, where they are treated alike. */
  first(positions: number): EditedRows {
    return this.rows(0, this.changes.every(({ values }) => values === null) ? 1 : positions);
  }

  /** The edit of the first positions, a row for each. */
  each(positions: number): EditedRows {
    return this.rows(0, positions);
  }

  private rows(from: number, count: number): EditedRows {
    const { width } = this;
    const keep = new Float32Array(count * width).fill(1);
    const patched = new Float32Array(count * width);
    for (const change of this.changes) {
      for (let row = Math.max(0, change.first - from); row < count; row++) {
        const at = row * width + change.column;
        const value = (from + row - change.first) * change.count;
        keep.fill(0, at, at + change.count);
        if (change.values) patched.set(change.values.subarray(value, value + change.count), at);
      }
    }
    return { keep, patched };
  }
}

/** The inputs of a graph that edits a tensor of this name; see `editsAsInputs`. */
export function editFeeds(name: string, { keep, patched }: EditedRows, width: number): Record<string, Feed> {
  const shape = [keep.length / width, width];
  return { [`${name}_keep`]: floats(keep, shape), [`${name}_patched`]: floats(patched, shape) };
}
