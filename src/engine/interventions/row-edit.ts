import { joined } from '../../core/pass/vector';
import { floats, type Feed } from '../onnx/session-pool';
import type { ComponentValues } from './component-values';

/** A change of some columns. */
interface ColumnChange {
  readonly column: number;
  readonly count: number;
  /** null: all */
  readonly positions: ReadonlySet<number> | null;
  /** what they become, [count] at each position that is there; null: 0 */
  readonly values: ComponentValues | null;
  /** whether the values are added to what is there */
  readonly adds?: true;
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

  /** Switches `count` columns off. @param positions null: at all of them */
  zero(column: number, count: number, positions: readonly number[] | null): void {
    this.changes.push({ column, count, positions: positions && new Set(positions), values: null });
  }

  /** Patches in values of `count` columns at the positions that they are there for. */
  patch(column: number, count: number, values: ComponentValues): void {
    this.changes.push({ column, count, positions: null, values });
  }

  /** Adds values to all columns at the positions that they are there for. */
  add(values: ComponentValues): void {
    this.changes.push({ column: 0, count: this.width, positions: null, values, adds: true });
  }

  /** The edit of one position. */
  at(position: number): EditedRows {
    return this.rows(position, 1);
  }

  /** The edit of the first positions: one row for all of them, where they are treated alike. */
  first(positions: number): EditedRows {
    const alike = this.changes.every(({ values, positions: some }) => values === null && some === null);
    return this.rows(0, alike ? 1 : positions);
  }

  /** The edits of the first positions of several copies of a tensor: one row for all, where nothing is changed, or one each. */
  static ofEach(edits: readonly RowEdit[], positions: number): EditedRows {
    if (edits.every(({ changes }) => changes.length === 0)) return edits[0].rows(0, 1);
    const each = edits.map((edit) => edit.each(positions));
    return { keep: joined(each.map(({ keep }) => keep)), patched: joined(each.map(({ patched }) => patched)) };
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
      for (let row = 0; row < count; row++) {
        const value = change.values?.get(from + row);
        const isChanged = change.values === null ? (change.positions?.has(from + row) ?? true) : value !== undefined;
        if (!isChanged) continue;
        const at = row * width + change.column;
        if (change.adds) {
          value?.forEach((x, i) => (patched[at + i] += x));
          continue;
        }
        keep.fill(0, at, at + change.count);
        patched.fill(0, at, at + change.count);
        if (value) patched.set(value, at);
      }
    }
    return { keep, patched };
  }
}

/** The inputs of a graph that edits a tensor of this name; see `editsAsInputs`. */
export function editFeeds(name: string, { keep, patched }: EditedRows, width: number): Record<string, Feed> {
  // Of a tensor without features (the coefficients of no neurons) any number of rows is the same.
  const shape = [width === 0 ? 1 : keep.length / width, width];
  return { [`${name}_keep`]: floats(keep, shape), [`${name}_patched`]: floats(patched, shape) };
}
